import { type Token, tokens } from '../../core/sql/tokens.ts';

/** What is wrong with a statement, and where in it. */
export interface Breach {
  message: string;
  fix?: string;
  offset: number;
}

/** The engine's numbers for kinds of statement. */
export const KIND = { select: 1 } as const;

/**
 * Kinds of statement that change nothing but what the engine has in memory: SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER,
 * BEGIN and the like, SET VARIABLE, CREATE MACRO, DROP, SET, MERGE INTO.
 */
const HARMLESS: ReadonlySet<number> = new Set([KIND.select, 2, 3, 5, 7, 9, 10, 13, 14, 15, 20, 30]);

/** Statements that write files, load code, or hide other statements, by their first words, with what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  copy: 'To read a file into a table, use INSERT INTO … FROM read_csv(…). What the last statement gives is what is exported.',
  export: 'What the last statement gives is what is exported.',
  import: 'Write the statements into the file itself.',
  attach: `A DuckDB file can be read with read_duckdb('file.duckdb', table_name = '…').`,
  detach: '',
  install: 'CSV, JSON and Parquet files can be read without extensions.',
  load: 'CSV, JSON and Parquet files can be read without extensions.',
  force: '',
  pragma: 'Use DESCRIBE, SHOW, or a function such as pragma_table_info(…).',
  call: 'Use SELECT … FROM.',
  prepare: '',
  execute: '',
  deallocate: '',
  explain: '',
  checkpoint: '',
  vacuum: '',
  analyze: '',
};

/** Settings that decide what values mean, but not how they are written. All others are the user's, in the editor's settings. */
const SETTINGS: ReadonlySet<string> = new Set([
  ...['timezone', 'variable', 'schema', 'search_path', 'default_collation', 'default_order'],
  ...['default_null_order', 'null_order', 'integer_division', 'ieee_floating_point_ops'],
]);

/** Functions that write files, or that run SQL made of text, in which all this could not be seen. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  'enable_logging',
  'enable_profiling',
  'query',
  'json_execute_serialized_sql',
]);

/** What a statement does beyond reading, as far as its words tell; undefined where they tell nothing. */
export function breachOf(statement: string): Breach | undefined {
  const said = [...tokens(statement)].filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  return badStart(said.filter(({ text }) => text !== '(')) ?? badCall(said);
}

/** What is wrong with a kind of statement, as the engine tells it, that may come before the query. */
export function breachOfKind(kind: number): string | undefined {
  return HARMLESS.has(kind) ? undefined : 'This statement cannot be used: a query may only read.';
}

function badStart([first, ...rest]: readonly Token[]): Breach | undefined {
  if (first?.kind !== 'word') return undefined;
  const word = first.text.toLowerCase();
  const fix = REFUSED[word];
  if (fix !== undefined) return breach(first, `${word.toUpperCase()} cannot be used: a query may only read.`, fix);
  if (word === 'set' || word === 'reset') return badSetting(rest);
  if (word !== 'create') return undefined;
  const what = rest.find(({ text }) => !/^(?:or|replace|persistent|temporary|temp)$/i.test(text));
  return what?.text.toLowerCase() === 'secret'
    ? breach(what, 'CREATE SECRET cannot be used: queries read files on this machine only.')
    : undefined;
}

function badSetting(after: readonly Token[]): Breach | undefined {
  const name = after.find(({ text }) => !/^(?:session|local|global)$/i.test(text));
  // “SET TIME ZONE …” has a name of two words.
  if (name === undefined || SETTINGS.has(nameOf(name)) || nameOf(name) === 'time') return undefined;
  const fix = 'Memory, threads and what queries may read are in the settings of the editor.';
  return breach(name, `A query cannot change the engine’s setting “${nameOf(name)}”.`, fix);
}

function badCall(said: readonly Token[]): Breach | undefined {
  const called = said.find((token, i) => said[i + 1]?.text === '(' && FUNCTIONS.has(nameOf(token)));
  return called && breach(called, `The function ${nameOf(called)} cannot be used: a query may only read.`);
}

/** A name as the engine looks it up, for which neither quotes nor case matter. */
function nameOf({ kind, text }: Token): string {
  return (kind === 'name' ? text.slice(1, -1) : text).toLowerCase();
}

function breach({ start }: Token, message: string, fix = ''): Breach {
  return { message, offset: start, ...(fix === '' ? {} : { fix }) };
}
