import { stringify } from 'csv-stringify/sync';
import type { FileFormat } from '../core/destination/destination.ts';
import type { CsvOptions, TextOptions } from '../core/sync/textOptions.ts';

const FORMULA = /^[=+\-@\t\r]/;
const BYTE_ORDER_MARK = '\ufeff';

/** What each file begins with: in CSV the header, unless it is off, and the byte order mark, if it is on. */
export function fileHead({ format, csv }: TextOptions & { format: FileFormat }, columns: readonly string[]): Buffer {
  if (format !== 'csv') return Buffer.alloc(0);
  return Buffer.from(`${csv.bom ? BYTE_ORDER_MARK : ''}${csv.header ? csvRecord(columns, csv) : ''}`);
}

/** One CSV record of text with its line break, quoted by the same rule as the lines that the engine makes. */
export function csvRecord(values: readonly string[], options: CsvOptions): string {
  const texts = values.map((value) => (options.escapeFormulas && FORMULA.test(value) ? `'${value}` : value));
  return stringify([texts], {
    delimiter: options.delimiter,
    quoted: options.quoteAll,
    quoted_empty: true,
    quoted_match: needsQuotes(options),
    record_delimiter: options.crlf ? 'windows' : 'unix',
  });
}

/** What is quoted besides values with a delimiter or a quote: line breaks, and what would be read as NULL. */
function needsQuotes({ nullText }: CsvOptions): RegExp {
  if (nullText === '') return /[\r\n]/;
  return new RegExp(`[\\r\\n]|^${nullText.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`);
}
