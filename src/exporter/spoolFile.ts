import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LineSource } from './lineSource.ts';

const POLL_MS = 20;

/**
 * A file that the query engine writes and that is read while it grows: where there are no named pipes in the file system.
 * It has no back-pressure: what S3 does not take piles up on disk.
 */
export class SpoolFile implements LineSource {
  readonly path: string;
  readonly #blockBytes: number;
  #writerDone = false;
  #destroyed = false;

  /** @param path where the writer will create the file */
  constructor(path: string, blockBytes: number) {
    this.path = path;
    this.#blockBytes = blockBytes;
  }

  writerDone(): void {
    this.#writerDone = true;
  }

  letGo(): void {
    // Each block is a new one.
  }

  destroy(): void {
    this.#destroyed = true;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const file = await this.#opened();
    if (file === undefined) return;
    try {
      let block = Buffer.allocUnsafeSlow(this.#blockBytes);
      for (let position = 0, filled = 0; !this.#destroyed;) {
        const done = this.#writerDone;
        const { bytesRead } = await file.read(block, filled, block.length - filled, position);
        position += bytesRead;
        filled += bytesRead;
        const ended = bytesRead === 0 && done;
        // Only whole blocks, so that the same rows make the same bytes however fast they come.
        if (filled === block.length || (ended && filled > 0)) {
          yield block.subarray(0, filled);
          block = Buffer.allocUnsafeSlow(this.#blockBytes);
          filled = 0;
        }
        // Only an end that is seen after the writer has ended is the end.
        if (ended) return;
        if (bytesRead === 0) await sleep(POLL_MS);
      }
    } finally {
      await file.close();
    }
  }

  /** The file once it is there; undefined when the writer ends without having made it. */
  async #opened(): Promise<FileHandle | undefined> {
    while (!this.#destroyed) {
      const done = this.#writerDone;
      try {
        return await open(this.path, 'r');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      if (done) return undefined;
      await sleep(POLL_MS);
    }
    return undefined;
  }
}
