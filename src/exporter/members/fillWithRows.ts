import { createHash } from 'node:crypto';
import type { RowColumn } from '../../core/rows/rowColumns.ts';
import { engineProblem } from '../duckdb/engineError.ts';
import { type FileOptions, REPORT_EVERY_MS } from '../protocol.ts';
import { jsonOf, RowLines, type RowTexts } from '../rows/rowLines.ts';
import { readRows } from '../rows/rowReader.ts';
import type { MemberKey } from './memberKey.ts';
import type { MemberTable } from './memberTable.ts';

/** So much text waits in memory that is not the engine's to count. */
const FLUSH_CHARACTERS = 4 * 1024 * 1024;
/** The most that the engine takes at a time. */
const CHUNK_ROWS = 2048;

/**
 * Fills the table with the rows that the host sends.
 * @throws ProblemError `invalid-argument` for a value that does not fit its column, `disk-full`
 */
export async function fillWithRows(
  table: MemberTable,
  columns: readonly RowColumn[],
  key: MemberKey,
  files: FileOptions,
  pipe: AsyncIterable<Buffer>,
  report: (rows: number) => void,
): Promise<void> {
  const { DuckDBDataChunk, UUID, uuidValue, VARCHAR } = await import('@duckdb/node-api');
  const appender = await table.create();
  // One for all rows: what chunks have outside of JavaScript's memory does not make it collect them.
  const chunk = DuckDBDataChunk.create([VARCHAR, VARCHAR, UUID]);
  const lines = new RowLines(columns, files);
  let waiting = 0;
  let count = 0;
  let reported = Date.now();
  const append = (texts: readonly RowTexts[]): void => {
    const text = lines.write(texts);
    const keys = texts.map((row) => keyOf(row, key));
    const hashes = texts.map((row) => uuidValue(BigInt(`0x${md5(jsonArray(row, key.allIndexes))}`)));
    chunk.reset();
    chunk.setColumns([recordsOf(text, files.format === 'csv'), keys, hashes]);
    waiting += text.length;
    try {
      appender.appendDataChunk(chunk);
      if (waiting < FLUSH_CHARACTERS) return;
      waiting = 0;
      appender.flushSync();
    } catch (error) {
      throw engineProblem(error);
    }
  };
  for await (const rows of readRows(pipe)) {
    for (let at = 0; at < rows.length; at += CHUNK_ROWS) {
      append(rows.slice(at, at + CHUNK_ROWS).map((row) => lines.texts(row)));
    }
    count += rows.length;
    if (Date.now() - reported < REPORT_EVERY_MS) continue;
    reported = Date.now();
    report(count);
  }
  try {
    appender.closeSync();
  } catch (error) {
    throw engineProblem(error);
  }
}

/** The records of a text, without their line feeds. @param quotes whether one within quotes belongs to the record */
function recordsOf(text: string, quotes: boolean): string[] {
  const lines = text.split('\n');
  lines.pop();
  if (!quotes || !text.includes('"')) return lines;
  const records: string[] = [];
  let begun: string | undefined;
  for (const line of lines) {
    const record: string = begun === undefined ? line : `${begun}\n${line}`;
    // A line with an odd number of quotes begins or ends one that has a line feed within.
    const odd = line.split('"').length % 2 === 0;
    const open: boolean = (begun !== undefined) !== odd;
    if (!open) records.push(record);
    begun = open ? record : undefined;
  }
  return records;
}

function keyOf(row: RowTexts, { keyIndexes }: MemberKey): string | null {
  return keyIndexes.some((i) => row[i] === undefined) ? null : jsonArray(row, keyIndexes);
}

function jsonArray(row: RowTexts, indexes: readonly number[]): string {
  return `[${indexes.map((i) => jsonOf(row[i], false)).join(',')}]`;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
