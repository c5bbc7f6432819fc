import type { Writable } from 'node:stream';
import { ProblemError } from '../problem.ts';
import { RowBatches, type RowIterator, rowIterator, type RowSequence } from '../rows/rowBatches.ts';
import type { RowColumn } from '../rows/rowColumns.ts';
import type { Feeding } from './exporterProcess.ts';

/**
 * Sends a caller's rows down the pipe to the exporter: batches, each with its length before it (four bytes, big endian),
 * and a length of zero at the end. Rows are pulled only while the pipe takes more. The caller's iterator is ended by
 * `return()` when the pipe breaks or the feeding is stopped, also while a row is being waited for.
 */
export function feedRows(pipe: Writable, columns: readonly RowColumn[], sequence: RowSequence): Feeding {
  const feed = new RowFeed(pipe);
  return { done: feed.run(columns, sequence), stop: () => feed.stop() };
}

class RowFeed {
  readonly #pipe: Writable;
  #iterator: RowIterator | undefined;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(pipe: Writable) {
    this.#pipe = pipe;
    // The exporter is gone, and says elsewhere why.
    pipe.on('error', () => this.stop());
    pipe.on('close', () => this.stop());
    pipe.on('drain', () => this.#wake?.());
  }

  /** @throws ProblemError when the caller's rows fail or do not fit; resolves when all are sent, or when stopped */
  async run(columns: readonly RowColumn[], sequence: RowSequence): Promise<void> {
    try {
      const batches = new RowBatches(columns);
      const single = 'rows' in sequence;
      const iterator = (this.#iterator = rowIterator(sequence));
      for (let next = await this.#next(iterator); next.done !== true; next = await this.#next(iterator)) {
        if (this.#stopped) return;
        const full = single ? [batches.add(next.value)] : batches.addAll(next.value);
        for (const batch of full) if (batch !== undefined && !(await this.#send(batch))) return;
      }
      const rest = batches.rest();
      if (rest !== undefined) await this.#send(rest);
      await this.#send(Buffer.alloc(0));
    } catch (error) {
      if (this.#stopped) return;
      this.stop();
      throw problemOf(error);
    }
  }

  /** Ends the caller's iterator. Not waited for: one that hangs must not keep the run from its end. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake?.();
    void endIterator(this.#iterator);
    this.#iterator = undefined;
  }

  async #next(iterator: RowIterator): Promise<IteratorResult<unknown, unknown>> {
    try {
      const next = await iterator.next();
      if (next.done === true) this.#iterator = undefined;
      return next;
    } catch (error) {
      // An iterator that has failed is over.
      this.#iterator = undefined;
      throw error;
    }
  }

  /** @returns whether more may come */
  async #send(batch: Buffer): Promise<boolean> {
    if (this.#pipe.destroyed) this.stop();
    if (this.#stopped) return false;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(batch.length);
    this.#pipe.cork();
    this.#pipe.write(length);
    const room = this.#pipe.write(batch);
    this.#pipe.uncork();
    if (!room) await new Promise<void>((resolve) => (this.#wake = resolve));
    // Set while it was waited.
    return !(this.#stopped as boolean);
  }
}

async function endIterator(iterator: RowIterator | undefined): Promise<void> {
  try {
    await iterator?.return?.();
  } catch {
    // What the run fails with is known; what the caller's cleaning up fails with adds nothing to it.
  }
}

function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ProblemError(
    { code: 'query-failed', message: `The rows could not be read: ${message}` },
    { cause: error },
  );
}
