import { Arguments } from '../arguments.ts';
import { invalidArgument, ProblemError } from '../problem.ts';

export const COLUMN_TYPES = [
  'text',
  'integer',
  'decimal',
  'double',
  'boolean',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'blob',
  'json',
] as const;

/** What the values of a column are; `src/api.ts` says how each may be passed. */
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** A column of the rows that a caller passes. */
export interface RowColumn {
  name: string;
  /** Missing where each value decides by itself. */
  type?: ColumnType;
}

/** Reads the columns that a caller has named. @throws ProblemError `invalid-argument` */
export function parseColumns(value: unknown): RowColumn[] {
  if (!Array.isArray(value) || value.length === 0) throw invalidArgument('“columns” must name at least one column.');
  return value.map((column: unknown, i) => {
    const path = `columns[${i}].`;
    const given = new Arguments(column, path);
    const name = given.text('name');
    given.refuse('name', name.isWellFormed() ? undefined : 'It is not valid Unicode.');
    return given.has('type') ? { name, type: given.choice('type', COLUMN_TYPES, 'text') } : { name };
  });
}

/**
 * Refuses names that are there more than once, which the objects of JSON Lines cannot hold.
 * @param who gives the columns, for the message: `the query gives`
 * @throws ProblemError `duplicate-column`, naming them
 */
export function refuseDuplicates(names: readonly string[], who: string, fix: string): void {
  const seen = new Set<string>();
  const twice = new Set(names.filter((name) => seen.size === seen.add(name).size));
  if (twice.size === 0) return;
  const list = [...twice].map((name) => `“${name}”`).join(', ');
  const message = `JSON Lines needs column names that are unique, but ${who} ${list} more than once.`;
  throw new ProblemError({ code: 'duplicate-column', message, fix });
}

/**
 * A `ProblemError` for a value that cannot be written.
 * @param row counts from 1
 * @param why a sentence about the value, as in `It is no date.`
 */
export function valueProblem(row: number, { name, type }: RowColumn, why: string): ProblemError {
  const column = type === undefined ? `“${name}”` : `“${name}” (${type})`;
  return invalidArgument(`Row ${row}, column ${column}: ${why} Nothing was written.`);
}
