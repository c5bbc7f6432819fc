import { createHash } from 'node:crypto';
import type { FrameWriter } from './frames.ts';
import { ParallelGzip } from './gzip.ts';
import type { FileHead } from './protocol.ts';

/** One file on its way out: optionally gzipped, counted, hashed, and sent in frames. */
export class OutputFile {
  readonly #frames: FrameWriter;
  readonly #gzip: ParallelGzip | undefined;
  readonly #hash = createHash('sha256');
  /** Bytes sent, after gzip. */
  bytes = 0;
  /** Bytes taken, before gzip. */
  plainBytes = 0;

  /** Begins a file. @param gzipLevel 1 to 9, or undefined to send the bytes as they are */
  static async begin(frames: FrameWriter, head: FileHead, gzipLevel: number | undefined): Promise<OutputFile> {
    await frames.fileStart(head);
    return new OutputFile(frames, gzipLevel);
  }

  private constructor(frames: FrameWriter, gzipLevel: number | undefined) {
    this.#frames = frames;
    this.#gzip = gzipLevel === undefined ? undefined : new ParallelGzip(gzipLevel, (bytes) => this.#send(bytes));
  }

  /** Takes the next bytes; they must not be changed while they are held. Resolves when more may come. */
  async write(block: Buffer): Promise<void> {
    this.plainBytes += block.length;
    await (this.#gzip === undefined ? this.#send(block) : this.#gzip.write(block));
  }

  /** How many of the last bytes that were taken may still be looked at. */
  get heldBytes(): number {
    return this.#gzip === undefined ? this.#frames.waitingBytes : this.#gzip.heldBytes;
  }

  /** Waits until all that was taken has been sent, so that `bytes` is exact. */
  async flush(): Promise<void> {
    await this.#gzip?.flush();
  }

  /** The most that the file could have, were it ended after so many more bytes. */
  worstBytes(more: number): number {
    return this.#gzip === undefined ? this.bytes + more : this.bytes + this.#gzip.worstBytes(more);
  }

  /** How many more bytes may be taken for certain, if the file is to have no more than so many in the end. */
  fitting(maxBytes: number): number {
    return this.#gzip === undefined ? maxBytes - this.bytes : this.#gzip.fitting(maxBytes - this.bytes);
  }

  /** Ends the file and sends its statistics. @param rows how many records went into it */
  async end(rows: number): Promise<void> {
    await this.#gzip?.end();
    const { bytes, plainBytes } = this;
    await this.#frames.fileEnd({ rows, bytes, plainBytes, sha256: this.#hash.digest('hex') });
  }

  async #send(bytes: Buffer): Promise<void> {
    this.bytes += bytes.length;
    this.#hash.update(bytes);
    await this.#frames.data(bytes);
  }
}
