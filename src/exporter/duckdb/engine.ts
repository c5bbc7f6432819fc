import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { ProblemError } from '../../core/problem.ts';
import type { EngineOptions } from '../protocol.ts';
import { engineProblem } from './engineError.ts';
import type { ProjectedColumn } from './projection.ts';
import { KIND } from './readOnly.ts';

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
        // Nothing is ever downloaded, and nothing is taken from what the user has stored for other programs.
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        allow_persistent_secrets: 'false',
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
    // It counts how far a query is only where it is to show it.
    const settings = ['errors_as_json = true', 'enable_progress_bar = true', 'enable_progress_bar_print = false'];
    await connection.run(settings.map((setting) => `SET ${setting}`).join('; '));
    return new Engine(connection);
  }

  /** How much of the statement that is running is done, up to 100; undefined where that cannot be told, or not yet. */
  get percent(): number | undefined {
    const { percentage } = this.connection.progress;
    // Of a source that it takes as a whole, it says 0 until the end.
    return percentage <= 0 ? undefined : percentage;
  }

  /**
   * Checks a statement that gives rows, without running it.
   * @throws ProblemError `query-failed` or `source-missing`
   */
  async describe(sql: string): Promise<ProjectedColumn[]> {
    try {
      const prepared = await this.connection.prepare(sql);
      try {
        return columnsOf(prepared);
      } finally {
        prepared.destroySync();
      }
    } catch (error) {
      throw engineProblem(error);
    }
  }

  /** Stops what is running and lets go of everything. */
  close(): void {
    this.connection.interrupt();
    this.connection.closeSync();
  }
}

/** The columns that a statement gives; none where it gives no rows. */
export function columnsOf(prepared: DuckDBPreparedStatement): ProjectedColumn[] {
  if ((prepared.statementType as number) !== KIND.select) return [];
  return Array.from({ length: prepared.columnCount }, (_, i) => ({
    name: prepared.columnName(i),
    type: prepared.columnType(i),
  }));
}
