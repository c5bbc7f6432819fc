import { ProblemError } from '../problem.ts';
import { positionAt } from './position.ts';
import { tokens } from './tokens.ts';

/** A parameter in a query: `${date}`, `${run_time}`, `${env:NAME}` or `${input:NAME}`. */
export interface ParameterUse {
  /** What stands between the braces. */
  name: string;
  /** UTF-16 offset and length of all of it. */
  start: number;
  length: number;
}

/** The value of a parameter, as text that the engine casts to the type; null is NULL. */
export interface BoundValue {
  type: 'DATE' | 'TIMESTAMPTZ' | 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN';
  text: string | null;
}

/** Values by the names of parameters. */
export type BoundValues = Readonly<Record<string, BoundValue>>;

const KNOWN = /^(?:date|run_time|env:[A-Za-z_]\w*|input:[A-Za-z_][\w.-]{0,63})$/;

/**
 * The parameters of a query, in their order. What stands in strings, quoted names and comments is none.
 * @throws ProblemError `query-failed` with the position of one that is not known
 */
export function parametersOf(sql: string): ParameterUse[] {
  const uses: ParameterUse[] = [];
  if (!sql.includes('${')) return uses;
  for (const { kind, text, start } of tokens(sql)) {
    if (kind !== 'parameter') continue;
    const name = text.slice(2, -1).trim();
    if (!KNOWN.test(name)) throw unknown(sql, text, start);
    uses.push({ name, start, length: text.length });
  }
  return uses;
}

/** The names of the inputs that queries ask for, each once. @throws ProblemError as `parametersOf` does */
export function inputsOf(...queries: readonly string[]): string[] {
  const names = queries.flatMap((sql) => parametersOf(sql).map(({ name }) => name));
  return [...new Set(names.filter((name) => name.startsWith('input:')).map((name) => name.slice('input:'.length)))];
}

/** The values that a run itself gives: its time, and the day of it in UTC. */
export function runValues(at: Date): BoundValues {
  const text = at.toISOString();
  return { date: { type: 'DATE', text: text.slice(0, 10) }, run_time: { type: 'TIMESTAMPTZ', text } };
}

function unknown(sql: string, text: string, start: number): ProblemError {
  return new ProblemError({
    code: 'query-failed',
    message: `There is no parameter ${text.length > 80 ? `${text.slice(0, 80)}…` : text}.`,
    fix: 'Parameters are ${date}, ${run_time}, ${env:NAME} and ${input:NAME}.',
    position: positionAt(sql, start),
  });
}
