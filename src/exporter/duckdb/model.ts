import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import { ProblemError } from '../../core/problem.ts';
import { positionAt } from '../../core/sql/position.ts';
import type { Readable } from '../protocol.ts';
import { confine } from './confinement.ts';
import { columnsOf, type Engine } from './engine.ts';
import { engineProblem } from './engineError.ts';
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
 * Shuts the engine in, runs all statements of a model but the last, and checks the last, which has to give rows. Nothing
 * but what the engine has in memory can be changed.
 * @throws ProblemError `query-failed` or `source-missing`, with the position in `sql` where the engine knows it
 */
export async function prepareModel(
  engine: Engine,
  sql: string,
  { readable, files = [] }: Reach,
): Promise<PreparedQuery> {
  await confine(engine.connection, readable, files);
  const statements = splitStatements(sql);
  const last = statements.pop();
  if (last === undefined) throw new ProblemError({ code: 'query-failed', message: 'There is no query to run.' });
  for (const statement of statements) {
    const text = new UserStatement(sql, statement);
    await text.prepared(engine, async (prepared) => {
      text.refuse(breachOfKind(prepared.statementType));
      await prepared.run();
    });
  }
  await engine.connection.run('SET lock_configuration = true');
  const text = new UserStatement(sql, last);
  const columns = await text.prepared(engine, (prepared) => Promise.resolve(columnsOf(prepared)));
  const message = 'The last statement gives no rows. An export needs a query, such as SELECT … or FROM ….';
  text.refuse(columns.length === 0 ? message : undefined);
  return { sql: last.text, columns };
}

/** A statement in the user's text, for errors that name its place. */
class UserStatement {
  readonly #sql: string;
  readonly #statement: Statement;

  constructor(sql: string, statement: Statement) {
    this.#sql = sql;
    this.#statement = statement;
  }

  /** Has the engine check the statement, unless its words tell already that it could do harm. @throws ProblemError */
  async prepared<R>(engine: Engine, use: (prepared: DuckDBPreparedStatement) => Promise<R>): Promise<R> {
    const { text, start } = this.#statement;
    const breach = breachOf(text);
    this.refuse(breach?.message, breach?.fix, breach?.offset);
    let prepared: DuckDBPreparedStatement | undefined;
    try {
      // One statement only: the engine refuses more.
      prepared = await engine.connection.prepare(text);
      return await use(prepared);
    } catch (error) {
      throw error instanceof ProblemError ? error : engineProblem(error, { sql: this.#sql, text, start });
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
