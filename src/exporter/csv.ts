import { stringify } from 'csv-stringify/sync';
import type { FileFormat } from '../core/destination/fileFormat.ts';
import type { CsvOptions, TextOptions } from '../core/sync/textOptions.ts';

const FORMULA = /^[=+\-@\t\r]/;
const BYTE_ORDER_MARK = '\ufeff';

/** What each file begins with: in CSV the header, unless it is off, and the byte order mark, if it is on. */
export function fileHead({ format, csv }: TextOptions & { format: FileFormat }, columns: readonly string[]): Buffer {
  if (format !== 'csv') return Buffer.alloc(0);
  return Buffer.from(`${csv.bom ? BYTE_ORDER_MARK : ''}${csv.header ? header(columns, csv) : ''}`);
}

function header(columns: readonly string[], csv: CsvOptions): string {
  return csvRecords([columns.map((name) => (csv.escapeFormulas ? withoutFormula(name) : name))], csv);
}

/** CSV records with their line breaks, null for NULL, quoted by the same rule as the lines that the engine makes. */
export function csvRecords(records: (string | null)[][], options: CsvOptions): string {
  const { nullText } = options;
  const asNull = { value: nullText, quoted: false, quoted_match: null };
  return stringify(records, {
    delimiter: options.delimiter,
    quoted: options.quoteAll,
    // It would quote NULL, too; the empty string is one of those that need quotes.
    quoted_empty: false,
    quoted_match: needsQuotes(options),
    record_delimiter: options.crlf ? 'windows' : 'unix',
    ...(nullText === '' ? {} : { cast: { null: () => asNull } }),
  });
}

/** Text with an apostrophe before it, if a spreadsheet would take it for a formula. */
export function withoutFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** What is quoted besides values with a delimiter or a quote: nothing at all, line breaks, what would be read as NULL. */
function needsQuotes({ nullText }: CsvOptions): RegExp {
  return new RegExp(`[\\r\\n]|^$|^${nullText.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`);
}
