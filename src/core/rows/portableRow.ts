import { types } from 'node:util';
import { type RowColumn, valueProblem } from './rowColumns.ts';
import { invalidArgument } from '../problem.ts';

/** Deeper than data is, and far from what the stack holds. */
const MAX_DEPTH = 200;

/** Why a value cannot go over to the exporter. */
class Misfit extends Error {}

/** A row as it goes over to the exporter. */
export interface PortableRow {
  values: unknown[];
  /** About how many bytes it has there. */
  bytes: number;
}

/**
 * Copies a row so that it can be sent: the caller may use the same array again for the next. Objects become plain ones, by
 * their `toJSON` where they have one: sending them would take their class away, and with it what they are.
 * @param number counts from 1
 * @throws ProblemError `invalid-argument`, naming row and column
 */
export function portableRow(row: unknown, number: number, columns: readonly RowColumn[]): PortableRow {
  if (!Array.isArray(row)) {
    const fix = 'Arrays of rows belong into “batches”, single rows into “rows”.';
    throw invalidArgument(`Row ${number} is not an array of values. Nothing was written.`, fix);
  }
  if (row.length !== columns.length) {
    const message = `Row ${number} has ${row.length} values, but there are ${columns.length} columns. Nothing was written.`;
    throw invalidArgument(message);
  }
  const sum = { bytes: 0 };
  const values = columns.map((column, i) => {
    try {
      return portable(row[i], sum, 0);
    } catch (error) {
      if (error instanceof Misfit) throw valueProblem(number, column, error.message);
      throw error;
    }
  });
  return { values, bytes: sum.bytes };
}

function portable(value: unknown, sum: { bytes: number }, depth: number): unknown {
  sum.bytes += 9;
  if (typeof value === 'string') sum.bytes += value.length * 2;
  if (typeof value === 'function' || typeof value === 'symbol') throw new Misfit(`A ${typeof value} is no value.`);
  if (typeof value !== 'object' || value === null || types.isDate(value)) return value;
  if (types.isUint8Array(value)) {
    sum.bytes += value.length;
    return new Uint8Array(value);
  }
  if (depth === MAX_DEPTH) throw new Misfit('It is nested too deeply, or within itself.');
  if (hasToJson(value)) return portable(value.toJSON(), sum, depth + 1);
  // Not `map`, which would leave out what is missing in an array with holes.
  if (Array.isArray(value)) return Array.from(value, (item) => portable(item, sum, depth + 1));
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind !== 'Object') throw new Misfit(`A value of the kind ${kind} has no text.`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, portable(item, sum, depth + 1)]));
}

function hasToJson(value: object): value is { toJSON: () => unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
