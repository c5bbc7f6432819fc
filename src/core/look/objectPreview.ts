import type { Destination } from '../destination/destination.ts';
import { formatBytes, formatRows } from '../format.ts';
import type { Store } from '../s3/store.ts';
import type { Cell, TableColumn, TableMessage, TableSource, TableState } from '../table/tableSource.ts';
import { withKinds } from './columnKinds.ts';
import { Content } from './content.ts';
import { CsvRecords } from './csvRecords.ts';
import { type FileFacts, fileFacts, type FileFormatKind } from './fileFacts.ts';
import { JsonlRecords } from './jsonlRecords.ts';
import { ObjectBytes } from './objectBytes.ts';
import type { FileRecord, Read, RecordReader } from './records.ts';
import { TextLines } from './textLines.ts';

export const DEFAULT_ROWS = 1000;

/** What one step of loading reads at most, in bytes of text; a record more. Who asks for more rows than usual waits longer. */
const STEP_BYTES = 4 << 20;
/** What a preview holds at most. */
const MOST_BYTES = 16 << 20;
const MOST_CELLS = 500_000;
/** Fields that are read, also those of which no cell is kept: they cost time. Ten rows of a hundred thousand. */
const MOST_FIELDS = 1_000_000;
const STEP_CELLS = 200_000;
const STEP_FIELDS = 500_000;

/** Where objects and what is known of them are read. */
export type PreviewStore = Pick<Store, 'readRange' | 'readText'>;

/** The beginning of an object, as text and as rows; more of it can be loaded. */
export class ObjectPreview implements TableSource {
  readonly format: FileFormatKind;
  readonly #bytes: ObjectBytes;
  readonly #content: Content;
  readonly #facts: FileFacts;
  readonly #reader: RecordReader;
  readonly #rows: Cell[][] = [];
  /** Records that came with others and were not asked for yet. */
  #spare: FileRecord[] = [];
  #columns: TableColumn[] = [];
  #kindsOf = 0;
  #cells = 0;
  #fields = 0;
  #size = 0;
  #stopped: string | undefined;
  #failed: string | undefined;
  #pending: string | undefined;
  /** The text of the rows of the first step. */
  text = '';
  /** Whether there is more in the object than `text`. */
  truncated = false;

  private constructor(bytes: ObjectBytes, content: Content, facts: FileFacts, first: string | undefined) {
    this.#bytes = bytes;
    this.#content = content;
    this.#facts = facts;
    this.#pending = first;
    this.format = facts.format ?? (looksLikeJsonl(first ?? '') ? 'jsonl' : 'text');
    this.#reader =
      this.format === 'csv'
        ? new CsvRecords(facts.csv)
        : this.format === 'jsonl'
          ? new JsonlRecords(facts.columns)
          : new TextLines();
  }

  /**
   * Reads the beginning of an object.
   * @param rows how many records, or lines, are wanted; fewer come where they are very long
   * @param signal ends all reading, also what is loaded later
   * @throws ProblemError `source-missing` where there is no such object, `unreadable` when it is no text, and as the store
   */
  static async open(
    store: PreviewStore,
    destination: Destination,
    key: string,
    { rows = DEFAULT_ROWS, signal }: { rows?: number; signal?: AbortSignal } = {},
  ): Promise<ObjectPreview> {
    const bytes = await ObjectBytes.open(store, key, signal);
    const [facts, content] = await Promise.all([fileFacts(store, destination, key, bytes.facts), Content.open(bytes)]);
    const preview = new ObjectPreview(bytes, content, facts, await content.next());
    await preview.#load(rows, true);
    return preview;
  }

  state(): TableState {
    const more = this.#hasMore;
    // What is read to its end is known better than what a manifest says of it.
    const total = this.#isWhole ? this.#rows.length : this.#facts.rows;
    const { received, facts } = this.#bytes;
    const note = this.#bytes.isComplete ? undefined : `${formatBytes(received)} of ${formatBytes(facts.size)} read`;
    return {
      columns: this.#columns,
      rows: this.#rows.length,
      ...(total === undefined || total < this.#rows.length ? {} : { total }),
      more,
      ...(more || this.#isWhole ? {} : { partial: true }),
      ...(note === undefined ? {} : { note }),
      messages: this.#messages(),
    };
  }

  /** How many bytes it has unpacked, as far as its beginning tells. */
  get plainSize(): number {
    const { received, facts } = this.#bytes;
    return received === 0 ? 0 : (this.#content.plainBytes / received) * facts.size;
  }

  rows(start: number, count: number): readonly (readonly Cell[])[] {
    return this.#rows.slice(start, start + count);
  }

  async loadMore(): Promise<void> {
    await this.#load(DEFAULT_ROWS, false);
  }

  dispose(): void {
    void this.#content.close().catch(() => undefined);
  }

  get #hasMore(): boolean {
    if (this.#isFull || this.#failed !== undefined) return false;
    return (
      this.#spare.length > 0 || this.#pending !== undefined || !(this.#content.ended || this.#stopped !== undefined)
    );
  }

  /** Whether every row of the object has been read. */
  get #isWhole(): boolean {
    const isBroken = this.#content.broken !== undefined || this.#stopped !== undefined || this.#failed !== undefined;
    return this.#content.ended && this.#spare.length === 0 && this.#pending === undefined && !isBroken;
  }

  get #isFull(): boolean {
    return this.#size >= MOST_BYTES || this.#cells >= MOST_CELLS || this.#fields >= MOST_FIELDS;
  }

  #messages(): TableMessage[] {
    const messages = this.#content.messages();
    for (const text of [this.#stopped, this.#failed]) if (text !== undefined) messages.push({ kind: 'error', text });
    for (const text of this.#reader.remarks()) messages.push({ kind: 'info', text });
    if (this.#isFull && !this.#isWhole) {
      messages.push({
        kind: 'info',
        text: `A preview holds no more than these ${formatRows(this.#rows.length)}. Download the object to have all of it.`,
      });
    }
    return messages;
  }

  /** Reads rows until there are as many as a step has, or the limits are reached. */
  async #load(count: number, first: boolean): Promise<void> {
    const goal = this.#rows.length + count;
    const [mostBytes, mostCells, mostFields] =
      count > DEFAULT_ROWS ? [MOST_BYTES, MOST_CELLS, MOST_FIELDS] : [STEP_BYTES, STEP_CELLS, STEP_FIELDS];
    const kept: string[] = [];
    let keptBytes = 0;
    let end = 0;
    let cells = 0;
    let fields = 0;
    const isEnough = (): boolean => this.#rows.length >= goal || cells >= mostCells || fields >= mostFields;
    const take = (): boolean => {
      let taken = 0;
      for (const record of this.#spare) {
        if (isEnough()) break;
        this.#rows.push(record.cells);
        cells += record.cells.length + 1;
        fields += record.fields;
        end = record.end;
        taken++;
      }
      this.#spare = this.#spare.slice(taken);
      return isEnough();
    };
    let bytes = 0;
    try {
      // Once there is enough, a look at what follows tells whether there is more.
      while ((!take() && bytes < mostBytes) || (this.#spare.length === 0 && this.#pending === undefined)) {
        if (this.#stopped !== undefined || this.#content.ended) break;
        const text = this.#pending ?? (await this.#content.next());
        this.#pending = undefined;
        if (text !== undefined && (isEnough() || bytes >= mostBytes)) {
          this.#pending = text;
          break;
        }
        // Of content that breaks off, what follows its last whole record is none.
        if (text === undefined && this.#content.broken !== undefined) break;
        const read: Read = text === undefined ? await this.#reader.end() : await this.#reader.add(text);
        this.#spare = [...this.#spare, ...read.records];
        this.#stopped = read.stopped;
        if (text === undefined) continue;
        bytes += Buffer.byteLength(text);
        if (!first) continue;
        kept.push(text);
        keptBytes = bytes;
      }
      take();
    } catch (error) {
      this.#failed = 'No more can be read.';
      throw error;
    } finally {
      this.#cells += cells;
      this.#fields += fields;
      this.#size += bytes;
      this.#updateColumns();
      if (first) this.#keepText(kept, end, keptBytes);
    }
  }

  #keepText(kept: readonly string[], end: number, keptBytes: number): void {
    const whole = this.#isWhole;
    this.truncated = !whole;
    const all = kept.join('');
    // Where not one record ends in what was read, the text is all the same worth being seen.
    const cut = whole || this.#stopped !== undefined || end === 0 ? keptBytes : end;
    this.text = cut >= keptBytes ? all : Buffer.from(all).subarray(0, cut).toString();
  }

  #updateColumns(): void {
    const columns = this.#reader.columns();
    if (columns.length === this.#columns.length && this.#kindsOf > 0) return;
    this.#kindsOf = this.#rows.length;
    this.#columns = withKinds(columns, this.#rows.slice(0, DEFAULT_ROWS));
  }
}

/** Whether text begins with two lines that are JSON objects, or is one. */
function looksLikeJsonl(text: string): boolean {
  const lines = text.split('\n', 2).filter((line) => line.trim() !== '');
  return (
    lines.length > 0 &&
    lines.every((line) => {
      if (!line.trimStart().startsWith('{')) return false;
      try {
        JSON.parse(line);
        return true;
      } catch {
        return false;
      }
    })
  );
}
