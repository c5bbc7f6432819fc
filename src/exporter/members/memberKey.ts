import { invalidArgument, ProblemError } from '../../core/problem.ts';
import type { Column } from '../protocol.ts';

/** Where a row's key and its values are found. */
export interface MemberKey {
  /** The key columns, in the order in which the caller named them. */
  columns: Column[];
  /**
   * Their places among all columns, and those of all columns, ordered by name: neither the order of the query's columns
   * nor that of the key's names makes another key or another row.
   */
  keyIndexes: number[];
  allIndexes: number[];
}

/**
 * Finds the key among the columns: by the exact name, else by the only one that differs in case alone.
 * @param who gives the columns, for messages: `the query gives`
 * @throws ProblemError `invalid-argument` for a name that no column has, `duplicate-column` for one that several have
 */
export function memberKey(primaryKey: readonly string[], columns: readonly Column[], who: string): MemberKey {
  if (primaryKey.length === 0) throw invalidArgument('“primaryKey” must name at least one column.');
  const indexes = primaryKey.map((name) => indexOf(name, columns, who));
  const twice = indexes.find((index, i) => indexes.indexOf(index) !== i);
  if (twice !== undefined) {
    const message = `“primaryKey” names the column “${columns[twice]?.name ?? ''}” more than once.`;
    throw new ProblemError({ code: 'duplicate-column', message, fix: 'Name each column of the key once.' });
  }
  return {
    columns: indexes.flatMap((index) => columns[index] ?? []),
    keyIndexes: byName(indexes, columns),
    allIndexes: byName([...columns.keys()], columns),
  };
}

function indexOf(name: string, columns: readonly Column[], who: string): number {
  const exact = indexesOf(columns, (column) => column === name);
  const lower = name.toLowerCase();
  const found = exact.length > 0 ? exact : indexesOf(columns, (column) => column.toLowerCase() === lower);
  const [index, another] = found;
  const list = columns.map((column) => `“${column.name}”`).join(', ');
  if (index === undefined) {
    const message = `There is no key column “${name}”: ${who} ${list}. Nothing was written.`;
    throw invalidArgument(message, 'Name columns of the result in “primaryKey”, or add the column to it.');
  }
  if (another !== undefined) {
    const message = `The key column “${name}” could be any of several: ${who} ${list}. Nothing was written.`;
    throw new ProblemError({ code: 'duplicate-column', message, fix: 'Give the columns different names with AS.' });
  }
  return index;
}

function indexesOf(columns: readonly Column[], wanted: (name: string) => boolean): number[] {
  return columns.flatMap(({ name }, i) => (wanted(name) ? [i] : []));
}

function byName(indexes: readonly number[], columns: readonly Column[]): number[] {
  const name = (index: number): string => columns[index]?.name ?? '';
  return [...indexes].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : a - b));
}
