import { ProblemError } from '../../core/problem.ts';
import { type CsvHeader, csvHeader } from '../csvHeader.ts';
import type { Engine } from '../duckdb/engine.ts';
import { csvRowsSql, jsonKeysSql, type JsonLayout, jsonRowsSql, parquetRowsSql } from '../duckdb/sourceSql.ts';
import { fileKind } from '../fileKind.ts';
import { OpenSource } from '../openSource.ts';
import { innerExtension, sourceFormat } from '../outputNames.ts';
import type { ComparedRun, SourceFile } from '../protocol.ts';

/** The rows of a file, as text. */
export interface FileRows {
  /** Names of the columns, each once: of several with one name, the others have a number. */
  names: string[];
  /** SQL that gives the columns in that order, called `c0`, `c1` … */
  sql: string;
}

/** What is known of a run's files besides what stands in them. */
export interface Known extends Pick<ComparedRun, 'columns' | 'csv'> {
  /** Of CSV, where nothing else tells. */
  delimiter?: string;
  /** Whether all files of both runs are JSON: then the values are as they stand there, `"1"` another than `1`. */
  json: boolean;
}

/**
 * Finds out how to read the rows of a file. CSV and JSON give the text that stands in them; values of Parquet become text.
 * @throws ProblemError naming the file, for one that has no rows
 */
export async function fileRows(engine: Engine, file: SourceFile, known: Known): Promise<FileRows> {
  const source = await OpenSource.open(file);
  try {
    const { head, tail } = await source.ends();
    const kind = fileKind(file.name, head, tail);
    const format = kind.contentType === 'application/vnd.apache.parquet' ? 'parquet' : sourceFormat(file.name);
    if (format === undefined || (kind.compressed && !kind.gzip && format !== 'parquet')) {
      throw new ProblemError({
        code: 'invalid-argument',
        message: `The file “${file.name}” is none of CSV, JSON and Parquet.`,
      });
    }
    const packed = kind.gzip ? 'gzip' : 'none';
    if (format === 'parquet') return await parquetRows(engine, file.path);
    if (format === 'json') {
      const layout = innerExtension(file.name) === '.json' ? 'auto' : 'newline_delimited';
      return await jsonRows(engine, file, layout, packed, known);
    }
    return csvRows(file, await source.firstText(kind.gzip), packed, known);
  } finally {
    await source.close();
  }
}

async function parquetRows(engine: Engine, path: string): Promise<FileRows> {
  const names = (await engine.describe(parquetRowsSql(path))).map(({ name }) => name);
  const list = names.map((name, i) => `CAST("${name.replaceAll('"', '""')}" AS VARCHAR) AS c${i}`);
  return { names: once(names), sql: `SELECT ${list.join(', ')} FROM (${parquetRowsSql(path)})` };
}

async function jsonRows(
  engine: Engine,
  file: SourceFile,
  layout: JsonLayout,
  packed: 'gzip' | 'none',
  { columns, json }: Known,
): Promise<FileRows> {
  const names = columns ?? (await jsonNames(engine, file, layout, packed));
  if (names.length === 0) return NO_ROWS;
  const list = names.map((_, i) => `c${i}`).join(', ');
  return {
    names: [...names],
    sql: `SELECT * FROM (${jsonRowsSql(file.path, names, layout, packed, json)}) AS t(${list})`,
  };
}

async function jsonNames(
  engine: Engine,
  file: SourceFile,
  layout: JsonLayout,
  packed: 'gzip' | 'none',
): Promise<string[]> {
  const result = await engine.connection.runAndReadAll(jsonKeysSql(file.path, layout, packed));
  const names = result.getRows().map(([name]) => name);
  if (names.every((name) => typeof name === 'string')) return names;
  const message = `The file “${file.name}” has a record that is not an object, or that has a key twice.`;
  throw new ProblemError({ code: 'query-failed', message });
}

function csvRows(
  file: SourceFile,
  { text, whole }: { text: string; whole: boolean },
  packed: 'gzip' | 'none',
  known: Known,
): FileRows {
  if (text === '') return NO_ROWS;
  const { columns, csv, delimiter } = known;
  if (columns !== undefined && csv !== undefined) {
    const newLine = csv.crlf ? '\r\n' : '\n';
    const written: CsvHeader = { delimiter: csv.delimiter, newLine, blankLines: 0, names: [...columns] };
    return { names: once(columns), sql: csvRowsSql(file.path, written, packed, csv) };
  }
  const guesses = [delimiter, innerExtension(file.name) === '.csv' ? undefined : '\t', undefined];
  const headers = guesses.flatMap((guess) => csvHeader(text, whole, guess) ?? []);
  const expected = JSON.stringify(columns);
  const header =
    headers.find(({ names }) => JSON.stringify(names) === expected) ?? headers.find(isLikely) ?? headers[0];
  if (header === undefined) {
    const message = `The header of the file “${file.name}” does not end within its first MiB.`;
    throw new ProblemError({ code: 'query-failed', message });
  }
  if (header.unreadable !== undefined) {
    throw new ProblemError({
      code: 'query-failed',
      message: `The file “${file.name}” cannot be read. ${header.unreadable}`,
    });
  }
  // A run's manifest names the columns: a first record of other names is data.
  const own = columns?.length === header.names.length ? columns : header.names;
  const first = own === header.names || JSON.stringify(header.names) === expected;
  return { names: once(own), sql: csvRowsSql(file.path, header, packed, { header: first }) };
}

function isLikely({ names }: CsvHeader): boolean {
  return names.length > 1;
}

const NO_ROWS: FileRows = { names: [], sql: '' };

function once(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
