import { refuseDuplicates } from '../core/rows/rowColumns.ts';
import { splitterOf } from './exportQuery.ts';
import type { FrameWriter } from './frames.ts';
import { type FileOptions, type JobProgress, type JobSummary, REPORT_EVERY_MS, type RowsJob } from './protocol.ts';
import { readRows } from './rows/rowReader.ts';
import { RowLines } from './rows/rowLines.ts';

/** Large enough that priming each block with a dictionary costs little; see the blocks of a query. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * Writes the rows that the host sends. What S3 does not take is not read from the pipe.
 * @param pipe the host's batches
 * @throws ProblemError `invalid-argument` for a value that does not fit its column, `duplicate-column`
 */
export async function exportRows(
  { columns }: RowsJob,
  files: FileOptions,
  pipe: AsyncIterable<Buffer>,
  frames: FrameWriter,
  report: (progress: JobProgress) => void,
): Promise<JobSummary> {
  const names = columns.map(({ name }) => name);
  if (files.format === 'jsonl') refuseDuplicates(names, '“columns” names', 'Give the columns different names.');
  const splitter = splitterOf(frames, files, names);
  const lines = new RowLines(columns, files);
  let text = '';
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(text);
    text = '';
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) await splitter.write(bytes.subarray(at, at + BLOCK_BYTES));
  };
  let reported = Date.now();
  for await (const rows of readRows(pipe)) {
    text += lines.add(rows);
    if (text.length >= BLOCK_BYTES) await flush();
    if (Date.now() - reported < REPORT_EVERY_MS) continue;
    reported = Date.now();
    report({ rows: splitter.rows, bytes: frames.bytes });
  }
  await flush();
  await splitter.end();
  report({ rows: splitter.rows, bytes: frames.bytes });
  return { columns: columns.map(({ name, type }) => ({ name, type: type ?? 'any' })), rows: splitter.rows };
}
