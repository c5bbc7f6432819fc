import path from 'node:path';
import { ProblemError } from '../core/problem.ts';
import { csvRecord } from './csv.ts';
import { Engine } from './duckdb/engine.ts';
import { engineProblem } from './duckdb/engineError.ts';
import { projectionSql, sqlString } from './duckdb/projection.ts';
import type { FrameWriter } from './frames.ts';
import { NamedPipe } from './namedPipe.ts';
import { OutputFile } from './outputFile.ts';
import type { JobProgress, JobSummary, QueryJob } from './protocol.ts';
import { RecordCounter } from './recordCounter.ts';

/** Large enough that priming each block with a dictionary costs little, small enough that both cores get some. */
const BLOCK_BYTES = 1024 * 1024;
const REPORT_EVERY_MS = 200;

/** The line is one unquoted column; a delimiter is never written, as there is no second. */
const RAW_LINES = `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x1f', USE_TMP_FILE false`;
const CSV = `FORMAT csv, HEADER false, USE_TMP_FILE false`;

/**
 * Runs a query and sends its result as one file. The engine writes the text into a named pipe; here it is counted,
 * gzipped and framed. What S3 does not take, the query does not produce.
 * @throws ProblemError; the frames then end without `end`
 */
export async function exportQuery(
  job: QueryJob,
  frames: FrameWriter,
  report: (progress: JobProgress) => void,
): Promise<JobSummary> {
  const engine = await Engine.open(job.engine);
  const query = await engine.prepare(job.sql);
  const names = query.columns.map(({ name }) => name);
  if (job.format === 'jsonl') refuseDuplicates(names);

  const pipe = await NamedPipe.create(path.join(job.engine.scratch, 'rows'), BLOCK_BYTES);
  try {
    const projection = projectionSql(query.sql, query.columns, job.format);
    const options = job.format === 'csv' ? CSV : RAW_LINES;
    const copied = engine.connection
      .run(`COPY (${projection}) TO ${sqlString(pipe.path)} (${options})`)
      .finally(() => pipe.writerDone());
    // Looked at when the pipe has ended; until then a failure must not count as unhandled.
    copied.catch(() => undefined);

    const file = new OutputFile(frames, job.gzip ? job.gzipLevel : undefined);
    const counter = new RecordCounter(job.format === 'csv');
    const progress = (): void => report({ rows: counter.records, bytes: frames.bytes });
    let reported = Date.now();
    if (job.format === 'csv') await file.write(csvRecord(names));
    for await (const block of pipe) {
      counter.add(block);
      await file.write(block);
      if (Date.now() - reported < REPORT_EVERY_MS) continue;
      reported = Date.now();
      progress();
    }
    const rows = await copied.then(rowCount, (error: unknown) => {
      throw engineProblem(error);
    });
    if (rows !== counter.records) {
      const message = `The engine wrote ${rows} rows, but ${counter.records} arrived.`;
      throw new ProblemError({ code: 'query-failed', message });
    }
    await file.end(rows);
    await frames.end();
    progress();
    return { columns: query.columns.map(({ name, type }) => ({ name, type: String(type) })), rows };
  } finally {
    pipe.destroy();
  }
}

async function rowCount(result: { getRows(): Promise<unknown[][]> }): Promise<number> {
  const rows = await result.getRows();
  return Number(rows[0]?.[0]);
}

function refuseDuplicates(names: readonly string[]): void {
  const seen = new Set<string>();
  const twice = new Set(names.filter((name) => seen.size === seen.add(name).size));
  if (twice.size === 0) return;
  const list = [...twice].map((name) => `“${name}”`).join(', ');
  throw new ProblemError({
    code: 'duplicate-column',
    message: `JSON Lines needs column names that are unique, but the query gives ${list} more than once.`,
    fix: 'Give the columns different names with AS.',
  });
}
