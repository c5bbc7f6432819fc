import { existsSync, renameSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

/** Three million people with eight columns of the usual kinds: some 310 MB as CSV. */
const PEOPLE = `
  SELECT
    i AS id,
    'user' || i || '@example.com' AS email,
    (['US', 'DE', 'JP', 'BR', 'IN'])[1 + (i % 5)] AS country,
    round(random() * 10000, 2)::DECIMAL(12, 2) AS lifetime_value,
    TIMESTAMP '2024-01-01' + (i % 31536000) * INTERVAL 1 second AS last_seen,
    i % 3 = 0 AS active,
    CASE WHEN i % 7 <> 0 THEN 'Note "' || (i % 1000) || '", ok' END AS note,
    random() AS score
  FROM range(ROWS) AS r(i)`;

/** Text of words that repeat as words of a language do. */
const PROSE = `
  SELECT
    i AS id,
    array_to_string(list_transform(range(25), lambda k: (['the', 'of', 'and', 'shipment', 'invoice', 'customer', 'delayed',
      'to', 'in', 'a', 'was', 'received', 'confirmed', 'warehouse', 'is', 'that', 'for', 'order', 'returned', 'paid'])
      [1 + (hash(i * 31 + k) % 20)::INTEGER]), ' ') AS note
  FROM range(ROWS) AS r(i)`;

/** Numbers only. */
const MEASUREMENTS = `
  SELECT i AS id, random() AS a, random() * 1e6 AS b, (random() * 1e9)::BIGINT AS c, round(random(), 3) AS d
  FROM range(ROWS) AS r(i)`;

/** Text in which nothing repeats. */
const HASHES = `SELECT i AS id, md5(i::VARCHAR) AS digest, sha256(i::VARCHAR) AS signature FROM range(ROWS) AS r(i)`;

export const DATASETS = { people: PEOPLE, prose: PROSE, measurements: MEASUREMENTS, hashes: HASHES } as const;
export type Dataset = keyof typeof DATASETS;

/** Makes a Parquet file of a data set, unless it is there. The same every time. */
export async function makeData(file: string, dataset: Dataset, rows: number): Promise<void> {
  if (existsSync(file)) return;
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  await connection.run('SELECT setseed(0.5)');
  const query = DATASETS[dataset].replace('ROWS', String(rows));
  await connection.run(`COPY (${query}) TO '${file}.part' (FORMAT parquet, COMPRESSION zstd)`);
  connection.closeSync();
  renameSync(`${file}.part`, file);
}
