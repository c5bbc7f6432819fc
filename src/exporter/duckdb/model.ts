import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import { ProblemError, type QueryPosition } from '../../core/problem.ts';
import { positionAt } from '../../core/sql/position.ts';
import { withPlainSpaces } from '../../core/sql/tokens.ts';
import type { QueryJob, Readable } from '../protocol.ts';
import { confine } from './confinement.ts';
import { columnsOf, type Engine } from './engine.ts';
import { engineProblem } from './engineError.ts';
import { Parameters } from './parameters.ts';
import type { ProjectedColumn } from './projection.ts';
import { breachOf, breachOfKind } from './readOnly.ts';
import { splitStatements, type Statement } from './statements.ts';

/** A statement that gives rows, checked by the engine but not run. */
export interface PreparedQuery {
  sql: string;
  columns: ProjectedColumn[];
}

/** What a model may reach. */
export interface Reach {
  readable: Readable;
  /** Files that the engine itself needs after the model has run. */
  files?: readonly string[];
}

/**
 * Shuts the engine in, runs the preparation and all statements of a model but the last, and checks the last, which has to
 * give rows. Nothing but what the engine has in memory can be changed.
 * @throws ProblemError `query-failed` or `source-missing`, with the position in the text where the engine knows it
 */
export async function prepareModel(
  engine: Engine,
  { sql, preparation, parameters }: Omit<QueryJob, 'kind'>,
  { readable, files = [] }: Reach,
): Promise<PreparedQuery> {
  await confine(engine.connection, readable, files);
  const bound = new Parameters(parameters);
  if (preparation !== undefined) {
    try {
      for (const statement of statementsOf(preparation))
        await run(engine, new UserStatement(preparation, statement, bound));
    } catch (error) {
      throw error instanceof ProblemError
        ? new ProblemError({ ...error.problem, inPreparation: true }, { cause: error })
        : error;
    }
  }
  const statements = statementsOf(sql);
  const last = statements.pop();
  if (last === undefined) throw new ProblemError({ code: 'query-failed', message: 'There is no query to run.' });
  for (const statement of statements) await run(engine, new UserStatement(sql, statement, bound));
  await engine.connection.run('SET lock_configuration = true');
  const statement = new UserStatement(sql, last, bound);
  const { text, columns } = await statement.prepared(engine, (prepared, text) =>
    Promise.resolve({ text, columns: columnsOf(prepared) }),
  );
  const message = 'The last statement gives no rows. An export needs a query, such as SELECT … or FROM ….';
  statement.refuse(columns.length === 0 ? message : undefined);
  return { sql: text, columns: columns.map(({ name, type }) => ({ name: bound.restored(name), type })) };
}

/** The statements of a text, as the engine is to see them. @throws ProblemError `query-failed` */
function statementsOf(sql: string): Statement[] {
  const end = sql.indexOf('\0');
  if (end < 0) return splitStatements(withPlainSpaces(sql));
  // The engine would take it for the end, and leave out what follows.
  const message = 'There is a NUL character in the query, which no query may have.';
  throw new ProblemError({ code: 'query-failed', message, position: positionAt(sql, end) });
}

/** Runs a statement before the query. */
async function run(engine: Engine, statement: UserStatement): Promise<void> {
  await statement.prepared(engine, async (prepared) => {
    statement.refuse(breachOfKind(prepared.statementType));
    await prepared.run();
  });
  if (!statement.makesMacro) return;
  const found = await engine.connection.runAndReadAll(HIDING_MACROS);
  const [[name] = []] = found.getRows();
  if (name === undefined) return;
  // The lines of an export are made with such functions.
  statement.refuse(`The macro “${String(name)}” has the name of a function of the engine.`, 'Give it another name.');
}

/** Macros that the engine would take in the place of its own functions. */
const HIDING_MACROS = `SELECT any_value(function_name) FROM duckdb_functions()
  GROUP BY lower(function_name) HAVING bool_or(internal) AND bool_or(NOT internal) LIMIT 1`;

/** A statement in the user's text, for errors that name its place. */
class UserStatement {
  readonly #sql: string;
  readonly #statement: Statement;
  readonly #parameters: Parameters;

  constructor(sql: string, statement: Statement, parameters: Parameters) {
    this.#sql = sql;
    this.#statement = statement;
    this.#parameters = parameters;
  }

  get makesMacro(): boolean {
    return /\bcreate\b/i.test(this.#statement.text) && /\b(?:macro|function)\b/i.test(this.#statement.text);
  }

  /**
   * Has the engine check the statement, unless its words tell already that it could do harm.
   * @param use gets it, and its text as the engine sees it
   * @throws ProblemError
   */
  async prepared<R>(engine: Engine, use: (prepared: DuckDBPreparedStatement, text: string) => Promise<R>): Promise<R> {
    const { text, start } = this.#statement;
    const breach = breachOf(text);
    this.refuse(breach?.message, breach?.fix, breach?.offset);
    const bound = await this.#parameters.bind(engine.connection, text);
    let prepared: DuckDBPreparedStatement | undefined;
    try {
      // One statement only: the engine refuses more.
      prepared = await engine.connection.prepare(bound.text);
      return await use(prepared, bound.text);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const place = (offset: number): QueryPosition => positionAt(this.#sql, start + bound.offsetOf(offset));
      const { problem } = engineProblem(error, { text: bound.text, place });
      const message = this.#parameters.restored(problem.message);
      throw new ProblemError({ ...problem, message }, { cause: error });
    } finally {
      prepared?.destroySync();
    }
  }

  /** @throws ProblemError with the message, if there is one, at an offset in the statement, by default at its first word */
  refuse(message: string | undefined, fix?: string, offset?: number): void {
    if (message === undefined) return;
    const { text, start } = this.#statement;
    const position = positionAt(this.#sql, start + (offset ?? text.length - text.trimStart().length));
    throw new ProblemError({ code: 'query-failed', message, position, ...(fix === undefined ? {} : { fix }) });
  }
}
