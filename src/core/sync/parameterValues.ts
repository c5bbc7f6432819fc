import { invalidArgument, ProblemError } from '../problem.ts';
import { type BoundValue, type BoundValues, parametersOf } from '../sql/parameters.ts';
import { positionAt } from '../sql/position.ts';

/** Variables that hold what must not be sent to anybody. */
const SECRET = /SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|(?:^|_)(?:API|ACCESS|PRIVATE)_?KEY(?!_ID$)/i;

/**
 * The values for a query's parameters, but for those that each run gives by itself.
 * @param inputs what a caller has passed for `${input:…}`, or a person has typed
 * @throws ProblemError `query-failed` for a variable that is not set, or that is a secret, with its position;
 * `invalid-argument` for an input that is missing, or that is no single value
 */
export function valuesOf(sql: string, inputs: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): BoundValues {
  const values: Record<string, BoundValue> = {};
  for (const { name, start } of parametersOf(sql)) {
    const [kind, of = ''] = name.split(/:(.*)/s);
    if (kind === 'input') values[name] = inputValue(of, inputs);
    if (kind !== 'env') continue;
    const text = env[of];
    const refuse = (message: string, fix: string): ProblemError =>
      new ProblemError({ code: 'query-failed', message, fix, position: positionAt(sql, start) });
    if (SECRET.test(of)) {
      throw refuse(`The environment variable ${of} may hold a secret, and is not put into data.`, 'Use another name.');
    }
    if (text === undefined) {
      throw refuse(`The environment variable ${of} is not set.`, 'Set it before the editor starts.');
    }
    values[name] = { type: 'VARCHAR', text };
  }
  return values;
}

function inputValue(name: string, inputs: Readonly<Record<string, unknown>>): BoundValue {
  const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (value === null) return { type: 'VARCHAR', text: null };
  if (typeof value === 'string') return { type: 'VARCHAR', text: value };
  if (typeof value === 'boolean') return { type: 'BOOLEAN', text: String(value) };
  if (value === undefined) throw invalidArgument(`“inputs.${name}” is missing: the query asks for \${input:${name}}.`);
  if (typeof value !== 'number') throw invalidArgument(`“inputs.${name}” must be text, a number, true, false or null.`);
  if (Number.isSafeInteger(value)) return { type: 'BIGINT', text: String(value) };
  if (Number.isFinite(value) && !Number.isInteger(value)) return { type: 'DOUBLE', text: String(value) };
  throw invalidArgument(`“inputs.${name}” is a number that has lost digits.`, 'Pass it as text.');
}
