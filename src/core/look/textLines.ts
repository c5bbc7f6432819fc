import { formatBytes } from '../format.ts';
import type { TableColumn } from '../table/tableSource.ts';
import { Lines } from './lines.ts';
import { type FileRecord, MAX_RECORD_BYTES, type Read, type RecordReader } from './records.ts';

const COLUMNS: readonly TableColumn[] = [{ name: 'text', kind: 'text' }];
/** A line that is longer is cut: an editor does not show more of it anyway. */
const MOST_LINE = 1 << 20;

/** Reads text that has no other form, line by line. */
export class TextLines implements RecordReader {
  readonly #lines = new Lines();
  #end = 0;
  #count = 0;

  add(text: string): Promise<Read> {
    const records = this.#lines.add(text).map((line): FileRecord => {
      this.#end += Buffer.byteLength(line) + 1;
      this.#count++;
      return { cells: [line.replace(/\r$/, '').slice(0, MOST_LINE)], fields: 1, end: this.#end };
    });
    const line = (this.#count + 1).toLocaleString('en-US');
    const stopped = `Line ${line} is longer than ${formatBytes(MAX_RECORD_BYTES)}. It and what follows is not shown.`;
    return Promise.resolve(this.#lines.rest.length > MAX_RECORD_BYTES ? { records, stopped } : { records });
  }

  end(): Promise<Read> {
    const last = this.#lines.rest;
    if (last === '') return Promise.resolve({ records: [] });
    return Promise.resolve({ records: [{ cells: [last], fields: 1, end: this.#end + Buffer.byteLength(last) }] });
  }

  columns(): readonly TableColumn[] {
    return COLUMNS;
  }

  remarks(): string[] {
    return [];
  }
}
