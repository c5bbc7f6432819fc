import { stringify } from 'csv-stringify/sync';

/** One CSV record with its line break, quoted as the engine's writer quotes: where needed, and an empty string as `""`. */
export function csvRecord(values: readonly (string | null)[]): Buffer {
  return Buffer.from(stringify([[...values]], { quoted_empty: true, quoted_match: /[\r\n]/ }));
}
