import { rm } from 'node:fs/promises';
import path from 'node:path';
import { ProblemError } from '../core/problem.ts';
import { copySql } from './duckdb/copySql.ts';
import type { Engine } from './duckdb/engine.ts';
import { engineProblem } from './duckdb/engineError.ts';
import type { FileSplitter } from './fileSplitter.ts';
import type { LineSource } from './lineSource.ts';
import { NamedPipe } from './namedPipe.ts';
import { PipeThread } from './pipeThread.ts';
import { type EngineOptions, REPORT_EVERY_MS } from './protocol.ts';
import { SpoolFile } from './spoolFile.ts';

/** Large enough that priming each block with a dictionary costs little, small enough that both cores get some. */
const BLOCK_BYTES = 1024 * 1024;

/** Has the engine write lines, and puts them into files: those of one query after the other. */
export class CopyOut {
  readonly #options: EngineOptions;
  readonly #thread: PipeThread | undefined;
  #first: Promise<LineSource> | undefined;

  /** Gets ready, which is done by the time that an engine has started. */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#thread = options.spool ? undefined : new PipeThread(BLOCK_BYTES);
    this.#first = this.#lineSource();
    // A failure is seen when the first lines are written.
    this.#first.catch(() => undefined);
  }

  /**
   * Writes the lines of a projection. What the splitter does not take, the engine does not produce.
   * @param report is told now and then how many there are, and how much of the work is done, up to 100, where that can be told
   * @returns how many rows there were
   * @throws ProblemError
   */
  async copy(
    engine: Engine,
    projection: string,
    splitter: FileSplitter,
    report: (rows: number, percent?: number) => void,
  ): Promise<number> {
    const lines = await (this.#first ?? this.#lineSource());
    this.#first = undefined;
    let done: number | undefined;
    // Also while no lines come, which is when it matters most: the engine may have to read all before it gives the first.
    const reporting = setInterval(() => {
      const { percent } = engine;
      if (percent !== undefined) done = Math.max(percent, done ?? 0);
      if (splitter.rows > 0 || done !== undefined) report(splitter.rows, done);
    }, REPORT_EVERY_MS);
    try {
      const copied = engine.connection.run(copySql(projection, lines.path)).finally(() => lines.writerDone());
      // Looked at when the lines have ended; until then a failure must not count as unhandled.
      copied.catch(() => undefined);
      for await (const block of lines) {
        await splitter.write(block);
        lines.letGo(splitter.heldBytes);
      }
      const rows = await copied.then(rowCount, (error: unknown) => {
        throw engineProblem(error);
      });
      if (rows !== splitter.rows) {
        const message = `The engine wrote ${rows} rows, but ${splitter.rows} arrived.`;
        throw new ProblemError({ code: 'query-failed', message });
      }
      await splitter.end();
      lines.letGo(0);
      report(rows);
      return rows;
    } finally {
      clearInterval(reporting);
      lines.destroy();
      // The next query of the run writes to the same place.
      await rm(lines.path, { force: true });
    }
  }

  async #lineSource(): Promise<LineSource> {
    const file = path.join(this.#options.scratch, 'rows');
    return this.#thread === undefined ? new SpoolFile(file, BLOCK_BYTES) : NamedPipe.create(file, this.#thread);
  }
}

async function rowCount(result: { getRows(): Promise<unknown[][]> }): Promise<number> {
  const rows = await result.getRows();
  return Number(rows[0]?.[0]);
}
