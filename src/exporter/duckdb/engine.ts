import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { ProblemError } from '../../core/problem.ts';
import type { EngineOptions } from '../protocol.ts';
import { engineProblem, positionAt } from './engineError.ts';
import type { ProjectedColumn } from './projection.ts';
import { splitStatements, type Statement } from './statements.ts';

/** A statement that gives rows, checked by the engine but not run. */
export interface PreparedQuery {
  sql: string;
  columns: ProjectedColumn[];
}

/** DuckDB's number for SELECT among the kinds of statement; FROM, WITH, VALUES, DESCRIBE … count as SELECT, too. */
const SELECT = 1;

/** The embedded query engine, in memory, working in the process's working directory. */
export class Engine {
  readonly connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  /** Starts it. @throws ProblemError `engine-unavailable` when its native part does not load */
  static async open(options: EngineOptions): Promise<Engine> {
    let connection: DuckDBConnection;
    try {
      const { DuckDBInstance } = await import('@duckdb/node-api');
      const instance = await DuckDBInstance.create(':memory:', {
        memory_limit: `${Math.floor(options.memoryLimit / 1024)}KiB`,
        threads: String(options.threads),
        temp_directory: options.scratch,
        // Nothing is ever downloaded without the user's word.
        autoinstall_known_extensions: 'false',
      });
      connection = await instance.connect();
    } catch (error) {
      const problem = {
        code: 'engine-unavailable',
        message: `The query engine could not be started on ${process.platform}-${process.arch}.`,
        fix: 'Install the build of the extension that is made for this platform.',
      } as const;
      throw new ProblemError(problem, { cause: error });
    }
    await connection.run('SET errors_as_json = true');
    return new Engine(connection);
  }

  /**
   * Runs all statements but the last and checks the last, which has to give rows.
   * @throws ProblemError `query-failed` or `source-missing`, with the position in `sql` where the engine knows it
   */
  async prepare(sql: string): Promise<PreparedQuery> {
    const statements = splitStatements(sql);
    const last = statements.pop();
    if (last === undefined) throw new ProblemError({ code: 'query-failed', message: 'There is no query to run.' });
    for (const statement of statements) {
      await this.#attempt(sql, statement, () => this.connection.run(statement.text));
    }
    const prepared = await this.#attempt(sql, last, () => this.connection.prepare(last.text));
    try {
      return { sql: last.text, columns: columnsOf(prepared, positionAt(sql, firstWord(last))) };
    } finally {
      prepared.destroySync();
    }
  }

  /** Stops what is running and lets go of everything. */
  close(): void {
    this.connection.interrupt();
    this.connection.closeSync();
  }

  async #attempt<R>(sql: string, { text, start }: Statement, action: () => Promise<R>): Promise<R> {
    try {
      return await action();
    } catch (error) {
      throw engineProblem(error, { sql, text, start });
    }
  }
}

function columnsOf(prepared: DuckDBPreparedStatement, position: { line: number; column: number }): ProjectedColumn[] {
  if ((prepared.statementType as number) !== SELECT || prepared.columnCount === 0) {
    const message = 'The last statement gives no rows. An export needs a query, such as SELECT … or FROM ….';
    throw new ProblemError({ code: 'query-failed', message, position });
  }
  return Array.from({ length: prepared.columnCount }, (_, i) => ({
    name: prepared.columnName(i),
    type: prepared.columnType(i),
  }));
}

function firstWord({ text, start }: Statement): number {
  return start + (text.length - text.trimStart().length);
}
