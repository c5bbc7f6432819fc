import { rm } from 'node:fs/promises';
import path from 'node:path';
import { ProblemError } from '../core/problem.ts';
import { refuseDuplicates } from '../core/rows/rowColumns.ts';
import { fileHead } from './csv.ts';
import { copySql } from './duckdb/copySql.ts';
import { Engine } from './duckdb/engine.ts';
import { engineProblem } from './duckdb/engineError.ts';
import { prepareModel } from './duckdb/model.ts';
import { projectionSql } from './duckdb/projection.ts';
import { FileSplitter } from './fileSplitter.ts';
import type { FrameWriter } from './frames.ts';
import { NamedPipe } from './namedPipe.ts';
import type { EngineOptions, FileOptions, JobProgress, JobSummary, QueryJob } from './protocol.ts';
import { SpoolFile } from './spoolFile.ts';

/** Large enough that priming each block with a dictionary costs little, small enough that both cores get some. */
const BLOCK_BYTES = 1024 * 1024;
const REPORT_EVERY_MS = 200;

/**
 * Runs a query and sends its result. The engine writes the text into a named pipe; here it is cut into files, gzipped and
 * framed. What S3 does not take, the query does not produce.
 * @throws ProblemError
 */
export async function exportQuery(
  job: QueryJob,
  files: FileOptions,
  options: EngineOptions,
  frames: FrameWriter,
  report: (progress: JobProgress) => void,
): Promise<JobSummary> {
  const engine = await Engine.open(options);
  const query = await prepareModel(engine, job, options);
  const names = query.columns.map(({ name }) => name);
  if (files.format === 'jsonl') refuseDuplicates(names, 'the query gives', 'Give the columns different names with AS.');
  const projection = projectionSql(query.sql, query.columns, files.format, files);
  const rows = await copyOut(engine, projection, options, splitterOf(frames, files, names), (rows) =>
    report({ rows, bytes: frames.bytes }),
  );
  return { columns: query.columns.map(({ name, type }) => ({ name, type: String(type) })), rows };
}

/** A splitter for records that are lines of a format. @param nameOf names the files, where they have names of their own */
export function splitterOf(
  frames: FrameWriter,
  files: FileOptions,
  columns: readonly string[],
  nameOf?: (part: number) => string,
): FileSplitter {
  return new FileSplitter(frames, {
    head: fileHead(files, columns),
    quotes: files.format === 'csv',
    gzipLevel: files.gzipLevel,
    maxFileBytes: files.maxFileBytes,
    maxFileRows: files.maxFileRows,
    ...(nameOf === undefined ? {} : { nameOf }),
  });
}

/** Has the engine write the lines of a projection, and puts them into files. @returns how many rows there were */
export async function copyOut(
  engine: Engine,
  projection: string,
  { scratch, spool }: EngineOptions,
  splitter: FileSplitter,
  report: (rows: number) => void,
): Promise<number> {
  const file = path.join(scratch, 'rows');
  const lines = spool ? new SpoolFile(file, BLOCK_BYTES) : await NamedPipe.create(file, BLOCK_BYTES);
  try {
    const copied = engine.connection.run(copySql(projection, lines.path)).finally(() => lines.writerDone());
    // Looked at when the lines have ended; until then a failure must not count as unhandled.
    copied.catch(() => undefined);
    let reported = Date.now();
    for await (const block of lines) {
      await splitter.write(block);
      if (Date.now() - reported < REPORT_EVERY_MS) continue;
      reported = Date.now();
      report(splitter.rows);
    }
    const rows = await copied.then(rowCount, (error: unknown) => {
      throw engineProblem(error);
    });
    if (rows !== splitter.rows) {
      const message = `The engine wrote ${rows} rows, but ${splitter.rows} arrived.`;
      throw new ProblemError({ code: 'query-failed', message });
    }
    await splitter.end();
    report(rows);
    return rows;
  } finally {
    lines.destroy();
    // The next query of the run writes to the same place.
    await rm(file, { force: true });
  }
}

async function rowCount(result: { getRows(): Promise<unknown[][]> }): Promise<number> {
  const rows = await result.getRows();
  return Number(rows[0]?.[0]);
}
