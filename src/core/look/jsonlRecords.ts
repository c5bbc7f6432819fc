import { formatBytes } from '../format.ts';
import type { Cell, ColumnKind, TableColumn } from '../table/tableSource.ts';
import { Lines } from './lines.ts';
import { type FileRecord, MAX_COLUMNS, MAX_RECORD_BYTES, type Read, type RecordReader } from './records.ts';

/** Numbers that JavaScript would write otherwise: with a fraction or an exponent, or with many digits. */
const MAY_LOSE_DIGITS = /\d[.eE]|\d{16}|-0/;
/** Numbers of longer lines are not kept as they are written, which takes time and memory. */
const MOST_EXACT = 256 * 1024;

/** The column of lines that are no objects. */
const VALUE = 'value';

/** Reads JSON Lines. The columns are the keys of all records, in the order in which they first appear. */
export class JsonlRecords implements RecordReader {
  readonly #known: ReadonlyMap<string, TableColumn>;
  readonly #names = new Map<string, number>();
  /** What the values of a column have been so far; text where they have been several things. */
  readonly #kinds: (ColumnKind | undefined)[] = [];
  readonly #lines = new Lines();
  #end = 0;
  /** Lines of the file that have ended. */
  #line = 0;
  /** Lines that cannot be read as JSON, and the first of them. */
  #unread = 0;
  #firstUnread = 0;
  #left = 0;
  #inexact = false;
  #stopped: string | undefined;

  /** @param columns those that are known, in their order */
  constructor(columns: readonly TableColumn[] = []) {
    this.#known = new Map(columns.map((column) => [column.name, column]));
    for (const { name } of columns) this.#place(name);
  }

  add(text: string): Promise<Read> {
    const read = this.#read(this.#lines.add(text), 1);
    if (this.#lines.rest.length > MAX_RECORD_BYTES) this.#stopped ??= this.#tooLong();
    return Promise.resolve({ ...read, ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }) });
  }

  end(): Promise<Read> {
    const last = this.#lines.rest;
    return Promise.resolve(this.#read(last === '' ? [] : [last], 0));
  }

  columns(): readonly TableColumn[] {
    return [...this.#names].map(([name, i]) => this.#known.get(name) ?? { name, kind: this.#kinds[i] ?? 'text' });
  }

  remarks(): string[] {
    const number = (count: number): string => count.toLocaleString('en-US');
    const remarks: string[] = [];
    if (this.#unread > 0) {
      const first = number(this.#firstUnread);
      const lines =
        this.#unread === 1
          ? `Line ${first} cannot be read as JSON: it is`
          : `${number(this.#unread)} lines, of which line ${first} is the first, cannot be read as JSON: they are`;
      remarks.push(`${lines} shown as text in the column “${VALUE}”.`);
    }
    if (this.#left > 0)
      remarks.push(`There are more than ${number(MAX_COLUMNS)} keys: those that came first are shown.`);
    if (this.#inexact)
      remarks.push('Numbers in very long lines are shown as JavaScript reads them, which may lose digits.');
    return remarks;
  }

  #read(lines: readonly string[], lineBreak: number): Read {
    const records: Read['records'] = [];
    for (const line of lines) {
      this.#end += Buffer.byteLength(line) + lineBreak;
      if (line.length > MAX_RECORD_BYTES) this.#stopped ??= this.#tooLong();
      if (this.#stopped !== undefined) break;
      this.#line++;
      if (line.trim() === '') continue;
      records.push({ ...this.#cells(line), end: this.#end });
    }
    return { records };
  }

  #cells(line: string): Pick<FileRecord, 'cells' | 'fields'> {
    try {
      const exactly = MAY_LOSE_DIGITS.test(line);
      if (exactly && line.length > MOST_EXACT) this.#inexact = true;
      const value: unknown = exactly && line.length <= MOST_EXACT ? JSON.parse(line, exactNumber) : JSON.parse(line);
      const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
      return this.#put(isRecord ? (value as Record<string, unknown>) : { [VALUE]: value });
    } catch {
      // No JSON, or nested deeper than the language can follow.
      if (this.#unread++ === 0) this.#firstUnread = this.#line;
      return this.#put({ [VALUE]: line });
    }
  }

  #put(record: Readonly<Record<string, unknown>>): Pick<FileRecord, 'cells' | 'fields'> {
    const cells: Cell[] = [];
    const names = Object.keys(record);
    for (const name of names) {
      const place = this.#place(name);
      if (place === undefined) continue;
      const value = record[name];
      while (cells.length < place) cells.push(false);
      cells[place] = cellOf(value);
      if (value === null) continue;
      const kind = kindOf(value);
      this.#kinds[place] = (this.#kinds[place] ?? kind) === kind ? kind : 'text';
    }
    return { cells, fields: names.length };
  }

  #place(name: string): number | undefined {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size === MAX_COLUMNS) {
      this.#left++;
      return undefined;
    }
    this.#names.set(name, this.#names.size);
    return this.#names.size - 1;
  }

  #tooLong(): string {
    const line = (this.#line + 1).toLocaleString('en-US');
    return `Line ${line} is longer than ${formatBytes(MAX_RECORD_BYTES)}. It and what follows is not shown.`;
  }
}

/** What the language has, but its types do not know yet. */
const exact = JSON as unknown as { rawJSON?: (text: string) => unknown; isRawJSON?: (value: unknown) => boolean };

/** Keeps numbers as they are written: JavaScript's own would lose digits. */
function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const { source } = context ?? {};
  return typeof value === 'number' && source !== undefined && exact.rawJSON !== undefined
    ? exact.rawJSON(source)
    : value;
}

function isExactNumber(value: unknown): boolean {
  return exact.isRawJSON?.(value) === true;
}

function kindOf(value: unknown): ColumnKind {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number' || isExactNumber(value)) return 'number';
  return typeof value === 'object' ? 'nested' : 'text';
}

function cellOf(value: unknown): Cell {
  if (value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
