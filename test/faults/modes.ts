/** A row of the syncs that the faults are tried on. */
export type Row = readonly [id: number, value: string];

/** What three runs of a sync read, one after the other. Members join, leave, come back, and change. */
export const TABLES: readonly [Row[], Row[], Row[]] = [
  [
    [1, 'a'],
    [2, 'a'],
    [3, 'a'],
    [4, 'a'],
  ],
  [
    [2, 'a'],
    [3, 'b'],
    [4, 'a'],
    [5, 'a'],
    [6, 'a'],
  ],
  [
    [1, 'a'],
    [3, 'c'],
    [4, 'b'],
    [6, 'a'],
    [7, 'a'],
    [8, 'a'],
  ],
];

/** A mode, and what is in the sync's folder when runs have completed. */
export interface ModeUnderTest {
  name: string;
  settings: Record<string, unknown>;
  /** The rows that a run writes, given the table of the completed run before it. */
  written: (table: readonly Row[], before: readonly Row[] | undefined) => readonly Row[];
  /** Whether the files of earlier runs go. */
  replaces: boolean;
  /** Whether a run excludes another of the same sync. */
  locked: boolean;
}

const key = { primaryKey: ['id'] };
const isNew = ([id]: Row, before: readonly Row[] = []): boolean => before.every(([other]) => other !== id);
const isChanged = ([id, value]: Row, before: readonly Row[] = []): boolean =>
  before.some(([other, old]) => other === id && old !== value);

export const MODES: readonly ModeUnderTest[] = [
  { name: 'insert', settings: { mode: 'insert' }, written: (table) => table, replaces: false, locked: false },
  {
    // Small enough for one request.
    name: 'insert of one file',
    settings: { mode: 'insert', maxFileRows: 100 },
    written: (table) => table,
    replaces: false,
    locked: false,
  },
  { name: 'mirror', settings: { mode: 'mirror' }, written: (table) => table, replaces: true, locked: true },
  {
    name: 'insert of new rows',
    settings: { mode: 'insert', onlyNewRows: true, ...key },
    written: (table, before) => table.filter((row) => isNew(row, before)),
    replaces: false,
    locked: true,
  },
  {
    name: 'add',
    settings: { kind: 'audience', mode: 'add', ...key },
    written: (table, before) => table.filter((row) => isNew(row, before)),
    replaces: false,
    locked: true,
  },
  {
    name: 'upsert',
    settings: { kind: 'audience', mode: 'upsert', ...key },
    written: (table, before) => table.filter((row) => isNew(row, before) || isChanged(row, before)),
    replaces: false,
    locked: true,
  },
  {
    name: 'audience mirror',
    settings: { kind: 'audience', mode: 'mirror', ...key },
    written: (table) => table,
    replaces: true,
    locked: true,
  },
];

/** The lines that the sync's folder has when these runs (by the numbers of their tables) have completed. */
export function linesAfter({ written, replaces }: ModeUnderTest, completed: readonly number[]): string[] {
  let lines: string[] = [];
  let before: readonly Row[] | undefined;
  for (const run of completed) {
    const table = TABLES[run] ?? [];
    const own = written(table, before).map(([id, value]) => `${id},${value}`);
    lines = replaces ? own : [...lines, ...own];
    before = table;
  }
  return lines.sort();
}

/** The query that gives a table. */
export function queryOf(run: number): string {
  const rows = (TABLES[run] ?? []).map(([id, value]) => `(${id}, '${value}')`);
  return `SELECT * FROM (VALUES ${rows.join(', ')}) AS t(id, value)`;
}
