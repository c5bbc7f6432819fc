import { rm } from 'node:fs/promises';
import { ProblemError } from '../../core/problem.ts';
import type { Engine } from '../duckdb/engine.ts';
import { engineProblem, isOutOfMemory } from '../duckdb/engineError.ts';
import { sqlString } from '../duckdb/sqlText.ts';

/**
 * What is kept of the rows of a completed run: a Parquet file, packed with zstd, that has a row for each of them, in no
 * particular order, with two columns.
 * - `key` (text): the values of the key columns, ordered by the columns' names, as a JSON array without white space.
 * - `hash` (UUID, 16 bytes): MD5 of the values of all columns, ordered by the columns' names, as such a JSON array in UTF-8.
 *
 * Values are written as in JSON Lines without options, so that neither the output's format nor the engine's version
 * matters. The metadata of the file has the version of all this under this name.
 */
const VERSION_NAME = 's3destinations.members';
const VERSION = 1;

/** What the reader has to hold at once of each column; the engine's own size of a row group may be too much for wide keys. */
const ROW_GROUP_BYTES = 4 * 1024 * 1024;
const VECTOR_ROWS = 2048;
const MOST_VECTORS = 60;

/**
 * Writes the file. When it fails, there is none.
 * @param rows SQL that gives `key` and `hash`
 * @param keyBytes how long the keys are, about
 * @throws ProblemError
 */
export async function writeState(engine: Engine, rows: string, file: string, keyBytes: number): Promise<void> {
  const vectors = Math.floor(ROW_GROUP_BYTES / VECTOR_ROWS / (keyBytes + 16));
  const options = [
    'FORMAT parquet',
    'COMPRESSION zstd',
    `ROW_GROUP_SIZE ${VECTOR_ROWS * Math.min(Math.max(vectors, 1), MOST_VECTORS)}`,
    `KV_METADATA {${JSON.stringify(VERSION_NAME)}: '${VERSION}'}`,
    'USE_TMP_FILE false',
  ];
  try {
    await engine.connection.run(`COPY (${rows}) TO ${sqlString(file)} (${options.join(', ')})`);
  } catch (error) {
    await rm(file, { force: true });
    throw engineProblem(error);
  }
}

/** A file that can be read. */
export interface EarlierRows {
  /** SQL that gives `key` and `hash`. */
  sql: string;
  count: number;
}

/** @throws ProblemError `conflict` for what is no such file, or one of a newer version */
export async function openState(engine: Engine, file: string): Promise<EarlierRows> {
  const name = sqlString(file);
  try {
    const [version] = await column(
      engine,
      `SELECT decode(value) FROM parquet_kv_metadata(${name})
      WHERE decode(key) = ${sqlString(VERSION_NAME)}`,
    );
    if (Number(version) > VERSION) throw newer();
    const sql = `SELECT key, hash FROM read_parquet(${name}, hive_partitioning = false)`;
    const types = await column(engine, `SELECT column_type FROM (DESCRIBE ${sql})`);
    if (Number(version) !== VERSION || types.join() !== 'VARCHAR,UUID') throw new Error('It is another kind of file.');
    const [count] = await column(engine, `SELECT num_rows FROM parquet_file_metadata(${name})`);
    return { sql, count: Number(count) };
  } catch (error) {
    throw damaged(error);
  }
}

/** What a failure to read the file means. */
export function damaged(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const problem = engineProblem(error);
  if (problem.code === 'disk-full' || isOutOfMemory(error)) return problem;
  const message = `What was kept of the last completed run’s rows cannot be read: the file is damaged. Nothing was written.`;
  const fix = 'Run it once with “fullRun”, which takes all rows for new.';
  return new ProblemError({ code: 'conflict', message, fix, confirm: 'fullRun' }, { cause: error });
}

function newer(): ProblemError {
  const message = 'What was kept of the last completed run’s rows was written by a newer version. Nothing was written.';
  return new ProblemError({ code: 'conflict', message, fix: 'Update the extension.' });
}

async function column(engine: Engine, sql: string): Promise<unknown[]> {
  return (await engine.connection.runAndReadAll(sql)).getRows().map(([value]) => value);
}
