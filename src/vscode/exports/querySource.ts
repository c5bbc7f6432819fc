import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { cancelled, invalidArgument, ProblemError } from '../../core/problem.ts';
import { inputsOf, parametersOf } from '../../core/sql/parameters.ts';
import type { QuerySource } from '../../core/sync/exportSource.ts';
import { valuesOf } from '../../core/sync/parameterValues.ts';
import { askAll, askText, put, type Step } from '../multiStep.ts';
import { modelUri, readModel } from '../syncs/modelFile.ts';
import type { SqlSource } from './sqlSource.ts';

/** A query that can run, and what runs before it. */
export interface ReadyQuery {
  source: QuerySource;
  preparation?: SqlSource;
}

/** What decides on how a query is made ready. */
export interface QueryOf {
  source: SqlSource;
  /** `prepare` and `inputs` are of interest here. */
  given: Readonly<Record<string, unknown>>;
  /** Whether somebody can be asked for inputs. */
  interactive?: boolean;
}

/**
 * The preparation of a query: the file that the call names, else that of the settings, if it is there.
 * @throws ProblemError `source-missing` when there is no file that was named, `invalid-argument` when it cannot be one
 */
export async function preparationOf({ source, given }: QueryOf): Promise<SqlSource | undefined> {
  if (given.prepare === null || given.prepare === '') return undefined;
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder = folders.find(({ uri }) => uri.fsPath === source.workingDirectory);
  const named = given.prepare === undefined ? undefined : new Arguments(given).text('prepare');
  if (folder === undefined) {
    if (named === undefined) return undefined;
    throw invalidArgument('“prepare” names a file of a workspace folder, but none is open.');
  }
  const usual: unknown = vscode.workspace.getConfiguration('s3Destinations', folder.uri).get('query.prepare');
  const file = named ?? (typeof usual === 'string' ? usual : '');
  const { scheme, path } = modelUri(folder, file);
  const own = source.origin?.uri;
  if (file === '' || (own?.scheme === scheme && own.path === path)) return undefined;
  try {
    return await readModel(folder, file, 'preparation');
  } catch (error) {
    const isMissing = error instanceof ProblemError && error.code === 'source-missing';
    if (isMissing && named === undefined) return undefined;
    throw error;
  }
}

/**
 * Gives a query values for its parameters. What a person can be asked for is asked.
 * @throws ProblemError `invalid-argument` for an input that nobody gives, `query-failed` for a parameter that is not known
 * or has no value, `cancelled`
 */
export async function readyQuery(query: QueryOf, preparation: SqlSource | undefined): Promise<ReadyQuery> {
  const { source, given } = query;
  const prepared = preparation?.sql ?? '';
  inPreparation(() => parametersOf(prepared));
  const inputs: Record<string, unknown> = { ...objectOf(given.inputs) };
  const missing = inputsOf(prepared, source.sql).filter((name) => !Object.hasOwn(inputs, name));
  if (query.interactive === true && missing.length > 0) await ask(missing, inputs);
  const parameters = {
    ...inPreparation(() => valuesOf(prepared, inputs, process.env)),
    ...valuesOf(source.sql, inputs, process.env),
  };
  return {
    source: {
      ...({ kind: 'query', sql: source.sql } as const),
      ...(preparation === undefined ? {} : { preparation: prepared }),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    },
    ...(preparation === undefined ? {} : { preparation }),
  };
}

/** What is wrong with the preparation has its place there, and not in the query. */
function inPreparation<R>(work: () => R): R {
  try {
    return work();
  } catch (error) {
    throw error instanceof ProblemError ? new ProblemError({ ...error.problem, inPreparation: true }) : error;
  }
}

function objectOf(value: unknown): object {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw invalidArgument('“inputs” must be an object: values by their names.');
}

async function ask(names: readonly string[], answers: Record<string, unknown>): Promise<void> {
  const steps = names.map((name): Step<Record<string, unknown>> => ({
    ask: async (state, frame) => {
      const prompt = `The value for \${input:${name}}`;
      const value = typeof state[name] === 'string' ? state[name] : undefined;
      return put(await askText(frame, { prompt, value, validate: () => undefined }), (text) => (state[name] = text));
    },
  }));
  if (!(await askAll('Values for the Query', steps, answers))) throw cancelled();
}
