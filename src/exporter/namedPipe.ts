import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const MAX_READY_BLOCKS = 2;

/**
 * A named pipe that the query engine writes to as if it were a file, read in blocks.
 *
 * It is opened non-blocking and read as a socket: `fs` streams would make every 64 KiB a job of the same thread pool that
 * deflates. The bytes are read straight into the blocks.
 */
export class NamedPipe implements AsyncIterable<Buffer> {
  readonly path: string;
  readonly #blockBytes: number;
  readonly #socket: Socket;
  /** Our own writer, without which the pipe would look ended before the engine has opened it. */
  #writer: number | undefined;
  readonly #ready: Buffer[] = [];
  #block: Buffer;
  #filled = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** Makes the pipe at `path`, which must not exist. @param blockBytes how large the blocks are that it is read in */
  static async create(path: string, blockBytes: number): Promise<NamedPipe> {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    return new NamedPipe(path, blockBytes);
  }

  private constructor(path: string, blockBytes: number) {
    this.path = path;
    this.#blockBytes = blockBytes;
    this.#block = Buffer.allocUnsafeSlow(blockBytes);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const onread = { buffer: () => this.#room(), callback: (bytes: number) => this.#arrived(bytes) };
    this.#socket = new Socket({ fd: reader, readable: true, writable: false, onread });
    this.#socket.on('end', () => this.#finish());
    this.#socket.on('error', (error) => this.#finish(error));
    this.#socket.on('close', () => this.#finish());
  }

  /** Says that no more will be written: the pipe ends when it has been read empty. */
  writerDone(): void {
    if (this.#writer === undefined) return;
    closeSync(this.#writer);
    this.#writer = undefined;
  }

  /** Closes both ends. Whoever still writes gets an error. */
  destroy(): void {
    this.writerDone();
    this.#socket.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const block = this.#ready.shift();
      if (block !== undefined) {
        if (this.#ready.length < MAX_READY_BLOCKS && !this.#ended) this.#socket.resume();
        yield block;
        continue;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #room(): Uint8Array {
    return this.#block.subarray(this.#filled);
  }

  #arrived(bytes: number): boolean {
    this.#filled += bytes;
    if (this.#filled === this.#blockBytes) this.#deliver();
    return this.#ready.length < MAX_READY_BLOCKS;
  }

  #deliver(): void {
    this.#ready.push(this.#block.subarray(0, this.#filled));
    this.#block = Buffer.allocUnsafeSlow(this.#blockBytes);
    this.#filled = 0;
    this.#wakeUp();
  }

  #finish(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (this.#filled > 0) this.#deliver();
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
