import type { TableState } from './tableSource.ts';

/** `First 1,000 of 1,234,567 rows`. */
export function rowsText({ rows, total, more, partial, note }: TableState): string {
  const number = (count: number): string => count.toLocaleString('en-US');
  const known = total ?? (more || partial === true ? undefined : rows);
  const noun = (known ?? rows) === 1 ? 'row' : 'rows';
  const counts =
    known === rows
      ? `${number(rows)} ${noun}`
      : `First ${number(rows)}${known === undefined ? '' : ` of ${number(known)}`} ${noun}`;
  return note === undefined ? counts : `${counts} · ${note}`;
}
