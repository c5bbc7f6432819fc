import { refuseDuplicates } from '../core/rows/rowColumns.ts';
import { CopyOut } from './copyOut.ts';
import { fileHead } from './csv.ts';
import { Engine } from './duckdb/engine.ts';
import { prepareModel } from './duckdb/model.ts';
import { projectionSql } from './duckdb/projection.ts';
import { FileSplitter } from './fileSplitter.ts';
import type { FrameWriter } from './frames.ts';
import type { EngineOptions, FileOptions, JobProgress, JobSummary, QueryJob } from './protocol.ts';

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
  const out = new CopyOut(options);
  const engine = await Engine.open(options);
  const query = await prepareModel(engine, job, options);
  const names = query.columns.map(({ name }) => name);
  if (files.format === 'jsonl') refuseDuplicates(names, 'the query gives', 'Give the columns different names with AS.');
  const projection = projectionSql(query.sql, query.columns, files.format, files);
  const rows = await out.copy(engine, projection, splitterOf(frames, files, names), (rows, percent) =>
    report({ rows, bytes: frames.bytes, percent }),
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
