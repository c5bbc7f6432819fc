/** What kind of values a column has: it decides on the icon, the side and how values are shown. */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'time' | 'nested' | 'binary';

/** A column of a table. */
export interface TableColumn {
  name: string;
  kind: ColumnKind;
  /** What the source calls the type, such as `DECIMAL(18,3)`: shown with the name. */
  type?: string;
}

/**
 * A value as it is shown: its text, so that no digit is lost on the way; null for NULL; false where the row has no such
 * field. Nested values are their JSON.
 */
export type Cell = string | null | false;

/** Something that the reader of a table has to know. */
export interface TableMessage {
  kind: 'info' | 'warning' | 'error';
  text: string;
}

/** What is known of a table now. */
export interface TableState {
  columns: readonly TableColumn[];
  /** How many rows can be read now. */
  rows: number;
  /** How many there are in all, where that is known. */
  total?: number;
  /** Whether `loadMore` can bring more. */
  more: boolean;
  /** There are more rows, or may be, than can be loaded. */
  partial?: boolean;
  /** What more there is to say of the rows, shown after their number: `4.2 MB of 2.0 GB read`. */
  note?: string;
  messages: readonly TableMessage[];
}

/** Where a table has its rows from. */
export interface TableSource {
  /** What is known now. Columns may only be added at the end. */
  state(): TableState;
  /** Rows from `start`, counted from 0; fewer than asked for only where `state().rows` ends. A row may be shorter than the columns. */
  rows(start: number, count: number): readonly (readonly Cell[])[] | Promise<readonly (readonly Cell[])[]>;
  /** Makes more rows readable, if there are any. @throws whatever hinders it: the rows that are there stay */
  loadMore?(): Promise<void>;
  /** The table was closed. */
  dispose?(): void;
}

/** A source of rows that are at hand. */
export function rowsAtHand(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  facts: Partial<Pick<TableState, 'total' | 'partial' | 'note' | 'messages'>> = {},
): TableSource {
  const state: TableState = { columns, rows: rows.length, more: false, messages: [], ...facts };
  return { state: () => state, rows: (start, count) => rows.slice(start, start + count) };
}

/** The kind of a column by the name that DuckDB, Postgres or MySQL gives its type. */
export function kindOfType(type: string): ColumnKind {
  const name = type.toLowerCase();
  if (/\[\d*\]$|^(struct|map|list|array|union|json|variant)/.test(name)) return 'nested';
  if (/^(u?(tiny|small|medium|big|huge)?int(?!erval)|decimal|numeric|float|double|real|number)/.test(name)) {
    return 'number';
  }
  if (name.startsWith('bool')) return 'boolean';
  if (/^(date|time|interval)/.test(name)) return 'time';
  if (/^(blob|bytea|binary|varbinary|bit)/.test(name)) return 'binary';
  return 'text';
}
