import { Arguments } from '../arguments.ts';
import { invalidArgument } from '../problem.ts';
import type { RowsSource } from '../sync/exportSource.ts';
import type { RowSequence, Sequence } from './rowBatches.ts';
import { parseColumns } from './rowColumns.ts';

/**
 * Reads from the argument of `exportRows` what is to be exported. Nothing is pulled yet.
 * @throws ProblemError `invalid-argument`
 */
export function parseRowsSource(value: unknown): RowsSource {
  const given = new Arguments(value);
  return { kind: 'rows', columns: parseColumns(given.raw('columns')), sequence: sequenceOf(given) };
}

function sequenceOf(given: Arguments): RowSequence {
  if (given.has('rows') === given.has('batches')) throw invalidArgument('Pass either “rows” or “batches”.');
  return given.has('rows')
    ? { rows: checked('rows', given.raw('rows')) }
    : { batches: checked('batches', given.raw('batches')) };
}

function checked(name: string, value: unknown): Sequence<unknown> {
  if (typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)) {
    return value as Sequence<unknown>;
  }
  throw invalidArgument(`“${name}” must be an array, or another iterable or asynchronous iterable.`);
}
