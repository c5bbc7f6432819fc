import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { LineSource } from './lineSource.ts';
import type { PipeThread } from './pipeThread.ts';

/** A named pipe that the query engine writes to as if it were a file, read by a thread into blocks of its ring. */
export class NamedPipe implements LineSource {
  readonly path: string;
  readonly #thread: PipeThread;
  /** Our own writer, without which the pipe would look ended before the engine has opened it. */
  #writer: number | undefined;
  /** The sizes of blocks that have arrived, and of those that were given out and are not free yet. */
  readonly #arrived: number[] = [];
  readonly #given: number[] = [];
  /** The first of the blocks that were given out. */
  #oldest = 0;
  #givenBytes = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** Makes the pipe at `path`, which must not exist. @param thread reads it; no other pipe meanwhile */
  static async create(path: string, thread: PipeThread): Promise<NamedPipe> {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    return new NamedPipe(path, thread);
  }

  private constructor(path: string, thread: PipeThread) {
    this.path = path;
    this.#thread = thread;
    // A writer finds a reader, and the reader whose reads wait finds a writer: none of these waits for anybody.
    const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const reader = openSync(path, constants.O_RDONLY);
    closeSync(first);
    thread.read(reader, (error, bytes) => this.#take(error, bytes));
  }

  writerDone(): void {
    if (this.#writer === undefined) return;
    closeSync(this.#writer);
    this.#writer = undefined;
  }

  letGo(held: number): void {
    for (let [bytes] = this.#given; bytes !== undefined && this.#givenBytes - bytes >= held; [bytes] = this.#given) {
      this.#given.shift();
      this.#givenBytes -= bytes;
      this.#thread.free(this.#oldest);
      this.#oldest = (this.#oldest + 1) % this.#thread.blocks;
    }
  }

  destroy(): void {
    if (!this.#ended) this.#thread.stop();
    this.#end();
    this.writerDone();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let block = 0; ; block = (block + 1) % this.#thread.blocks) {
      while (this.#arrived.length === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
      const bytes = this.#arrived.shift();
      if (bytes === undefined && this.#error !== undefined) throw this.#error;
      if (bytes === undefined) return;
      this.#given.push(bytes);
      this.#givenBytes += bytes;
      if (bytes > 0) yield this.#thread.bytesOf(block, bytes);
    }
  }

  #take(error: Error | undefined, bytes: number): void {
    if (this.#ended) return;
    if (error === undefined) this.#arrived.push(bytes);
    if (error !== undefined || bytes < this.#thread.blockBytes) this.#end(error);
    else this.#wakeUp();
  }

  #end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
