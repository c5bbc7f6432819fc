import { serialize } from 'node:v8';
import { invalidArgument } from '../problem.ts';
import { portableRow } from './portableRow.ts';
import type { RowColumn } from './rowColumns.ts';

const BATCH_ROWS = 500;
const BATCH_BYTES = 1024 * 1024;

/** A number of things that come one after the other, at once or in time. */
export type Sequence<T> = Iterable<T> | AsyncIterable<T>;

/** The rows that a caller passes: one by one, or some at a time. */
export type RowSequence = { rows: Sequence<unknown> } | { batches: Sequence<unknown> };

/** Where rows are pulled from. `return` is called when no more are wanted. */
export type RowIterator = Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>;

/** Begins to pull. */
export function rowIterator(sequence: RowSequence): RowIterator {
  const items = 'rows' in sequence ? sequence.rows : sequence.batches;
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** Collects rows into batches of some hundred, or about 1 MiB, each serialised for the exporter. */
export class RowBatches {
  readonly #columns: readonly RowColumn[];
  #rows: unknown[][] = [];
  #bytes = 0;
  #count = 0;

  constructor(columns: readonly RowColumn[]) {
    this.#columns = columns;
  }

  /**
   * Takes a batch of the caller's and gives those that are full.
   * @throws ProblemError `invalid-argument` for what is not a batch, or has a row that cannot be written
   */
  *addAll(batch: unknown): Generator<Buffer> {
    if (typeof batch !== 'object' || batch === null || !(Symbol.iterator in batch)) {
      const message = `After row ${this.#count} comes a batch that is not an array of rows. Nothing was written.`;
      throw invalidArgument(message, 'Pass single rows as “rows”.');
    }
    for (const row of batch as Iterable<unknown>) {
      const full = this.add(row);
      if (full !== undefined) yield full;
    }
  }

  /** Takes a row. @returns a batch when one is full @throws ProblemError `invalid-argument` when it cannot be written */
  add(row: unknown): Buffer | undefined {
    const { values, bytes } = portableRow(row, ++this.#count, this.#columns);
    this.#rows.push(values);
    this.#bytes += bytes;
    return this.#rows.length >= BATCH_ROWS || this.#bytes >= BATCH_BYTES ? this.rest() : undefined;
  }

  /** What has been taken and not been given yet; undefined when there is nothing. */
  rest(): Buffer | undefined {
    if (this.#rows.length === 0) return undefined;
    const batch = serialize(this.#rows);
    this.#rows = [];
    this.#bytes = 0;
    return batch;
  }
}
