import { CsvError, type Info, type Options, parse, type Parser } from 'csv-parse';
import { csvHeader } from '../../exporter/csvHeader.ts';
import { formatBytes } from '../format.ts';
import type { CsvOptions } from '../sync/textOptions.ts';
import type { Cell, TableColumn } from '../table/tableSource.ts';
import { type FileRecord, MAX_COLUMNS, MAX_RECORD_BYTES, type Read, type RecordReader } from './records.ts';

/** What is known of a CSV file besides its text. */
export interface CsvHints {
  /** How it was written; what is not known is found out from its beginning. */
  options?: Partial<CsvOptions>;
  /** How files are usually written here: counts where the file's beginning says nothing else. */
  usual?: CsvOptions;
  /** Its columns, where they are known. */
  columns?: readonly TableColumn[];
}

/** How a CSV file is to be read. */
export interface CsvShape {
  delimiter: string;
  header: boolean;
  nullText: string;
  names: string[];
}

/** Finds out how a CSV file is written. @param text its beginning */
export function csvShape(text: string, { options = {}, usual, columns }: CsvHints): CsvShape {
  const begins = text.slice(0, 1 << 20);
  const usualDelimiter = usual?.delimiter;
  const firstLine = /^[^\r\n]*/.exec(begins)?.[0] ?? '';
  const delimiter =
    options.delimiter ??
    (usualDelimiter !== undefined && usualDelimiter !== ',' && firstLine.includes(usualDelimiter)
      ? usualDelimiter
      : (csvHeader(begins, true)?.delimiter ?? ','));
  const ended = csvHeader(begins, false, delimiter) !== undefined;
  // The last of what is at hand of a line may be cut.
  const first = (csvHeader(begins, true, delimiter)?.names ?? []).slice(0, ended ? undefined : -1);
  const known = columns?.map(({ name }) => name);
  const isKnown = known !== undefined && first.every((name, i) => name === known[i]);
  const header =
    options.header ??
    (known === undefined ? looksLikeHeader(first) : isKnown && (!ended || known.length === first.length));
  const names = header ? first : (known ?? first.map((_, i) => `column ${i + 1}`));
  return { delimiter, header, nullText: options.nullText ?? usual?.nullText ?? '', names };
}

/** Names are neither empty nor twice the same, and no numbers or dates. */
function looksLikeHeader(fields: readonly string[]): boolean {
  if (
    fields.some((field) => field.trim() === '' || /^[-+]?[\d.,]+$|^\d{4}-\d\d-\d\d|^(true|false|null)$/i.test(field))
  ) {
    return false;
  }
  return new Set(fields).size === fields.length;
}

/** Reads CSV. Whether a value stood in quotes tells an empty string from NULL. */
export class CsvRecords implements RecordReader {
  readonly #hints: CsvHints;
  #shape: CsvShape | undefined;
  #parser: Parser | undefined;
  #error: CsvError | Error | undefined;
  #headerRead = false;
  #width = 0;
  #rows = 0;
  /** Of the file, that records have taken; not those with nothing on them, which the parser counts. */
  #lines = 0;

  constructor(hints: CsvHints) {
    this.#hints = hints;
  }

  async add(text: string): Promise<Read> {
    this.#begin(text).write(Buffer.from(text));
    return this.#take();
  }

  async end(): Promise<Read> {
    this.#begin('').end();
    return this.#take();
  }

  columns(): readonly TableColumn[] {
    const { names = [], header = false } = this.#shape ?? {};
    const known = this.#hints.columns ?? [];
    const width = Math.min(Math.max(this.#width, names.length), MAX_COLUMNS);
    return Array.from({ length: width }, (_, i): TableColumn => {
      const name = names[i] ?? (header ? '' : `column ${i + 1}`);
      return known[i]?.name === name ? known[i] : { name, kind: 'text' };
    });
  }

  remarks(): string[] {
    const width = Math.max(this.#width, this.#shape?.names.length ?? 0);
    const remarks: string[] = [];
    if (width > MAX_COLUMNS) {
      const [all, shown] = [width, MAX_COLUMNS].map((count) => count.toLocaleString('en-US'));
      remarks.push(`There are ${all} columns: the first ${shown} are shown.`);
    }
    if (this.#shape !== undefined && !this.#shape.header && this.#hints.columns === undefined && width > 0) {
      remarks.push('The first line does not look like a header: the columns are numbered.');
    }
    return remarks;
  }

  #begin(text: string): Parser {
    if (this.#parser !== undefined) return this.#parser;
    const shape = csvShape(text, this.#hints);
    this.#shape = shape;
    const options: Options = {
      delimiter: shape.delimiter,
      record_delimiter: ['\n', '\r\n', '\r'],
      relax_quotes: true,
      relax_column_count: true,
      // In a file of one column, a line with nothing on it is a row with NULL.
      skip_empty_lines: shape.names.length > 1,
      max_record_size: MAX_RECORD_BYTES,
      info: true,
      cast: (value, { quoting }): Cell => (!quoting && value === shape.nullText ? null : value),
    };
    this.#parser = parse(options);
    this.#parser.on('error', (error) => {
      this.#error = error;
    });
    return this.#parser;
  }

  async #take(): Promise<Read> {
    const records: FileRecord[] = [];
    const take = (): void => {
      for (;;) {
        const read = this.#parser?.read() as { record: Cell[]; info: Info } | null | undefined;
        if (read === null || read === undefined) return;
        this.#keep(read.record, read.info.bytes, records);
      }
    };
    take();
    // The parser tells of errors and of the end in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    take();
    return this.#error === undefined ? { records } : { records, stopped: this.#explain(this.#error) };
  }

  #keep(cells: Cell[], end: number, records: FileRecord[]): void {
    this.#lines += linesOf(cells);
    if (this.#shape?.header === true && !this.#headerRead) {
      this.#headerRead = true;
      this.#width = cells.length;
      this.#shape.names = cells.map((cell) => (typeof cell === 'string' ? cell : ''));
      return;
    }
    this.#rows++;
    this.#width = Math.max(this.#width, cells.length);
    const fields = cells.length;
    records.push({ cells: fields > MAX_COLUMNS ? cells.slice(0, MAX_COLUMNS) : cells, fields, end });
  }

  #explain(error: Error): string {
    const [code, blank] = error instanceof CsvError ? [error.code, Number(error.empty_lines)] : [error.name, 0];
    const [number, line] = [this.#rows + 1, this.#lines + blank + 1].map((count) => count.toLocaleString('en-US'));
    const isHeader = this.#shape?.header === true && !this.#headerRead;
    const row = `${isHeader ? 'The header' : `Row ${number ?? ''}`}, which begins at line ${line ?? ''},`;
    switch (code) {
      case 'CSV_MAX_RECORD_SIZE':
        return `${row} is longer than ${formatBytes(MAX_RECORD_BYTES)}: either a quote is not closed, or this is no CSV. Nothing after it is shown.`;
      case 'CSV_QUOTE_NOT_CLOSED':
        return `${row} has a quote that is not closed before the file ends. It is not shown.`;
      default:
        return `${row} cannot be read as CSV (${code}). Nothing after it is shown.`;
    }
  }
}

/** How many lines of the file a record has taken: line breaks may stand in its values. */
function linesOf(cells: readonly Cell[]): number {
  let lines = 1;
  for (const cell of cells)
    if (typeof cell === 'string' && /[\r\n]/.test(cell)) lines += cell.split(/\r\n|\r|\n/).length - 1;
  return lines;
}
