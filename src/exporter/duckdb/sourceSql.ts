import type { CsvHeader } from '../csvHeader.ts';
import { sqlString } from './sqlText.ts';
import { strictJson, strictJsonValue } from './strictJson.ts';

/** How a file that is read has to be unpacked. */
export type Compression = 'gzip' | 'none';

/**
 * Reads the rows of a CSV file as text, so that `007` stays what it is; columns are called `c0`, `c1` …
 * @param written whether the first record is a header, and what stands for NULL
 */
export function csvRowsSql(
  file: string,
  header: CsvHeader,
  compression: Compression,
  written: { header?: boolean; nullText?: string } = {},
): string {
  const columns = header.names.map((_, i) => `'c${i}': 'VARCHAR'`);
  const newLine = header.newLine.replace('\r', '\\r').replace('\n', '\\n');
  const options = [
    `columns = {${columns.join(', ')}}`,
    // Nothing is guessed: the engine would take lines for comments and notes, and quoted text for NULL.
    'auto_detect = false',
    `header = ${written.header ?? true}`,
    `skip = ${header.blankLines}`,
    `delim = ${sqlString(header.delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    `new_line = '${newLine}'`,
    `nullstr = ${sqlString(written.nullText ?? '')}`,
    'allow_quoted_nulls = false',
    `compression = '${compression}'`,
    'hive_partitioning = false',
  ];
  return `SELECT * FROM read_csv(${sqlString(file)}, ${options.join(', ')})`;
}

/** Whether a JSON file has a record on each line, or is an array or whatever else it turns out to be. */
export type JsonLayout = 'newline_delimited' | 'auto';

/** The lines of a JSON file as JSON Lines: each record as it is written, but on one line. */
export function jsonLinesSql(file: string, layout: JsonLayout, compression: Compression): string {
  const from = `read_json_objects(${sqlString(file)}, ${jsonOptions(layout, compression)})`;
  // Within JSON a line break is nothing but white space.
  return `SELECT translate(${strictJson('CAST(json AS VARCHAR)')}, chr(10) || chr(13), '  ') FROM ${from}`;
}

/**
 * Finds the keys of all of a JSON file's records, in the order in which they first appear; all of the file is read for it.
 * The engine's own way would rename keys that differ in case only. A key of NULL stands for a record that is not an
 * object, or that has a key twice.
 */
export function jsonKeysSql(file: string, layout: JsonLayout, compression: Compression): string {
  const from = `read_json_objects(${sqlString(file)}, ${jsonOptions(layout, compression)})`;
  const once = 'len(list_distinct(json_keys(json))) = len(json_keys(json))';
  const keys = `CASE WHEN json_type(json) = 'OBJECT' AND ${once} THEN json_keys(json) ELSE [NULL] END`;
  const records = `SELECT json, row_number() OVER () AS r FROM ${from}`;
  return `SELECT k FROM (
    SELECT unnest(ks) AS k, generate_subscripts(ks, 1) AS i, r FROM (SELECT r, ${keys} AS ks FROM (${records}))
  ) GROUP BY k ORDER BY min(r * 1000000::HUGEINT + i)`;
}

/**
 * Reads what records have under the keys as text: strings without quotes, nested values as JSON, null as NULL.
 * @param asJson takes all values as JSON, and only what is missing for NULL
 */
export function jsonRowsSql(
  file: string,
  keys: readonly string[],
  layout: JsonLayout,
  compression: Compression,
  asJson = false,
): string {
  const from = `read_json_objects(${sqlString(file)}, ${jsonOptions(layout, compression)})`;
  const pointers = keys.map((key) => sqlString(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
  const values = keys.map((_, i) => (asJson ? `CAST(v[${i + 1}] AS VARCHAR)` : `v[${i + 1}]`));
  return `SELECT ${values.join(', ')} FROM (SELECT ${asJson ? 'json_extract' : 'json_extract_string'}(${strictJsonValue('json')}, [${pointers.join(', ')}]) AS v FROM ${from})`;
}

/** Reads the rows of a Parquet file. */
export function parquetRowsSql(file: string): string {
  return `SELECT * FROM read_parquet(${sqlString(file)}, hive_partitioning = false)`;
}

/** Without `hive_partitioning` a folder called `year=2024` would become a column. */
function jsonOptions(layout: JsonLayout, compression: Compression): string {
  const packing = compression === 'gzip' ? 'gzip' : 'uncompressed';
  return `format = '${layout}', compression = '${packing}', hive_partitioning = false`;
}
