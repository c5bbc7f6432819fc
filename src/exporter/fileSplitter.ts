import type { FrameWriter } from './frames.ts';
import { OutputFile } from './outputFile.ts';
import { RecordCounter } from './recordCounter.ts';

/** Close to a file's end, so much goes into it at a time, and its size is looked at in between. */
const PIECE_BYTES = 64 * 1024;
/** What is kept free for the end of a record that has begun when a file nears its end. */
const RESERVE_BYTES = 64 * 1024;

/** How a stream of records is cut into files. */
export interface SplitOptions {
  /** What each file begins with: a header, a byte order mark; may be empty. */
  head: Buffer;
  /** Whether quotes have a meaning: they do in CSV. */
  quotes: boolean;
  gzipLevel: number | undefined;
  maxFileBytes: number;
  maxFileRows: number | undefined;
  /** Names the files, which are counted from 0; by default the host does. */
  nameOf?: (part: number) => string;
}

/**
 * Cuts a stream of records into files, at the ends of records only. A file stays below its size by the bytes that go to
 * S3; only a record that is larger than that makes a file larger.
 */
export class FileSplitter {
  readonly #frames: FrameWriter;
  readonly #options: SplitOptions;
  readonly #counter: RecordCounter;
  #file: OutputFile | undefined;
  #files = 0;
  #rowsBefore = 0;
  #atRecordEnd = true;
  /** The beginning of a record that is kept back near a file's end, as its size decides which file it goes into. */
  #kept = Buffer.alloc(0) as Buffer;

  constructor(frames: FrameWriter, options: SplitOptions) {
    this.#frames = frames;
    this.#options = options;
    this.#counter = new RecordCounter(options.quotes);
  }

  /** Records taken so far. */
  get rows(): number {
    return this.#counter.records;
  }

  /** How many of the last bytes that were taken may still be looked at. */
  get heldBytes(): number {
    return this.#file?.heldBytes ?? this.#frames.waitingBytes;
  }

  /** Takes the next bytes; they must not be changed while they are held. Resolves when more may come. */
  async write(block: Buffer): Promise<void> {
    let rest = this.#kept.length === 0 ? block : Buffer.concat([this.#kept, block]);
    this.#kept = Buffer.alloc(0);
    while (rest.length > 0) {
      const file = await this.#currentFile();
      rest = rest.subarray(await this.#take(file, rest));
    }
    // However large the record is, the block is let go of.
    if (this.#kept.buffer === block.buffer) this.#kept = Buffer.from(this.#kept);
  }

  /** Ends the last file. There is always one, if only of a head. Nothing is held afterwards. */
  async end(): Promise<void> {
    if (this.#kept.length > 0) {
      this.#counter.add(this.#kept);
      await (await this.#currentFile()).write(this.#kept);
    }
    if (this.#files === 0) await this.#currentFile();
    await this.#endFile();
    this.#kept = Buffer.alloc(0);
    await this.#frames.flush();
  }

  /** Puts as much as fits into the file. @returns how many bytes that was; 0 when the file was ended instead */
  async #take(file: OutputFile, rest: Buffer): Promise<number> {
    const { maxFileBytes } = this.#options;
    const rowsLeft = this.#rowsLeft();
    if (file.worstBytes(rest.length) + RESERVE_BYTES > maxFileBytes) {
      await file.flush();
      if (file.worstBytes(rest.length) + RESERVE_BYTES > maxFileBytes) return this.#takePiece(file, rest, rowsLeft);
    }
    if (rowsLeft === undefined || this.#counter.addIfFewer(rest, rowsLeft)) {
      if (rowsLeft === undefined) this.#counter.add(rest);
      this.#atRecordEnd = this.#counter.endsWith(rest.at(-1));
      await file.write(rest);
      return rest.length;
    }
    const taken = this.#counter.addUntil(rest, rest.length, rowsLeft);
    await file.write(rest.subarray(0, taken));
    if (this.#rowsLeft() === 0) await this.#endFile();
    return taken;
  }

  async #takePiece(file: OutputFile, rest: Buffer, rowsLeft = Number.POSITIVE_INFINITY): Promise<number> {
    const mark = this.#counter.mark();
    const length = Math.min(file.fitting(this.#options.maxFileBytes), PIECE_BYTES);
    const taken = this.#counter.addUntil(rest, length, rowsLeft);
    if (taken === 0 && this.#atRecordEnd) {
      this.#kept = rest;
      return rest.length;
    }
    if (taken === 0) this.#counter.add(rest);
    const piece = taken === 0 ? rest : rest.subarray(0, taken);
    const full = file.worstBytes(piece.length) > this.#options.maxFileBytes;
    if (full && this.#atRecordEnd && mark.records > this.#rowsBefore) {
      this.#counter.reset(mark);
      await this.#endFile();
      return 0;
    }
    this.#atRecordEnd = taken > 0;
    await file.write(piece);
    await file.flush();
    if (this.#rowsLeft() === 0) await this.#endFile();
    return piece.length;
  }

  #rowsLeft(): number | undefined {
    const { maxFileRows } = this.#options;
    return maxFileRows === undefined ? undefined : maxFileRows - (this.#counter.records - this.#rowsBefore);
  }

  async #currentFile(): Promise<OutputFile> {
    if (this.#file !== undefined) return this.#file;
    const name = this.#options.nameOf?.(this.#files);
    this.#files++;
    this.#file = await OutputFile.begin(this.#frames, name === undefined ? {} : { name }, this.#options.gzipLevel);
    if (this.#options.head.length > 0) await this.#file.write(this.#options.head);
    return this.#file;
  }

  async #endFile(): Promise<void> {
    await this.#file?.end(this.#counter.records - this.#rowsBefore);
    this.#file = undefined;
    this.#rowsBefore = this.#counter.records;
    this.#atRecordEnd = true;
  }
}
