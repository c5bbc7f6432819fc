import type { Cell, ColumnKind, TableColumn } from '../table/tableSource.ts';

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const BOOLEAN = /^(?:true|false)$/i;
const TIME =
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d(?::?\d\d)?)?)?$|^\d\d:\d\d:\d\d(?:\.\d+)?$/;
const NESTED = /^(?:\{[^]*\}|\[[^]*\])$/;

const TESTS: readonly [ColumnKind, RegExp][] = [
  ['number', NUMBER],
  ['boolean', BOOLEAN],
  ['time', TIME],
  ['nested', NESTED],
];

/**
 * Tells from values what kind a column of text is: the one that all values have that are there.
 * @param rows some; what comes later may be otherwise
 */
export function withKinds(columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): TableColumn[] {
  return columns.map((column, i) => {
    if (column.kind !== 'text' || column.type !== undefined) return column;
    let possible = TESTS;
    let seen = false;
    for (const row of rows) {
      const cell = row[i];
      if (typeof cell !== 'string' || cell === '') continue;
      seen = true;
      possible = possible.filter(([, test]) => test.test(cell));
      if (possible.length === 0) break;
    }
    const [kind = 'text'] = possible[0] ?? [];
    return seen ? { ...column, kind } : column;
  });
}
