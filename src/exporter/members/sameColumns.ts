import { ProblemError } from '../../core/problem.ts';
import type { Column, MemberState } from '../protocol.ts';

/**
 * Makes sure that rows can be told from earlier ones: their keys, and with `values` also what else they hold.
 * @throws ProblemError `invalid-argument` that says what has changed, with `confirm: 'fullRun'`
 */
export function refuseOtherColumns(
  earlier: MemberState,
  keyColumns: readonly Column[],
  columns: readonly Column[],
  values: boolean,
): void {
  if (difference(earlier.keyColumns, keyColumns) !== undefined) {
    const message = `The key has changed since the last completed run: it was ${list(earlier.keyColumns)} and is ${list(keyColumns)} now.`;
    throw changed(message, 'keys');
  }
  const how = values ? difference(earlier.columns, columns) : undefined;
  if (how !== undefined) throw changed(`The columns have changed since the last completed run: ${how}.`, 'rows');
}

/** Whether rows of the one hold the same as rows of the other, in whatever order. */
export function sameColumns(earlier: readonly Column[], columns: readonly Column[]): boolean {
  return difference(earlier, columns) === undefined;
}

function changed(message: string, what: string): ProblemError {
  return new ProblemError({
    code: 'invalid-argument',
    message: `${message} The ${what} cannot be compared with those of that run. Nothing was written.`,
    fix: 'Run it once with “fullRun”, which takes all rows for new, or give the columns the names and types they had.',
    confirm: 'fullRun',
  });
}

/** Says how columns differ, undefined if they do not. */
function difference(before: readonly Column[], now: readonly Column[]): string | undefined {
  const gone = without(before, now);
  const come = without(now, before);
  const sentences: string[] = [];
  for (const column of gone) {
    const at = come.findIndex(({ name }) => name === column.name);
    const [other] = at < 0 ? [] : come.splice(at, 1);
    sentences.push(
      other === undefined ? `“${column.name}” is gone` : `“${column.name}” was ${column.type} and is ${other.type} now`,
    );
  }
  sentences.push(...come.map(({ name }) => `“${name}” is new`));
  return sentences.length === 0 ? undefined : sentences.join(', ');
}

/** What is left of some columns when those are taken away that are among others, each as often as it is there. */
function without(columns: readonly Column[], others: readonly Column[]): Column[] {
  const rest = others.map(identity);
  return columns.filter((column) => {
    const at = rest.indexOf(identity(column));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function identity({ name, type }: Column): string {
  return JSON.stringify([name, textType(type)]);
}

const INTEGER = /\b(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|UHUGEINT|BIGNUM)\b/g;

/**
 * Types whose values have the same text are one: an integer column may become wider, an enum gain a value, and no row has
 * changed by that.
 */
function textType(type: string): string {
  return type
    .replace(/\bENUM\((?:'(?:[^']|'')*'(?:, ?)?)*\)/g, 'VARCHAR')
    .replace(/\bDECIMAL\(\d+, ?(\d+)\)/g, 'DECIMAL($1)')
    .replace(INTEGER, 'INTEGER');
}

function list(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `“${name}” (${type})`).join(', ');
}
