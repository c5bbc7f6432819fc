import path from 'node:path';
import { Worker } from 'node:worker_threads';

/** The thread's program: next to this file as well as next to the bundle that this file becomes part of. */
const { dir, ext } = path.parse(import.meta.filename);
const PROGRAM = path.join(dir, `pipeReader${ext}`);

/** As many as are with gzip and its thread pool, and some that are read ahead. */
const BLOCKS = 10;

/** The state of a block that holds bytes which somebody may still look at. */
export const TAKEN = 1;
const FREE = 0;

/** The memory that the thread fills: blocks in a ring, used again and again. */
export interface Ring {
  blocks: SharedArrayBuffer;
  /** The state of each block, and one number more, which is not 0 when nothing is wanted any more. */
  states: SharedArrayBuffer;
  blockBytes: number;
}

/** Is told how many bytes the next block of the ring holds; fewer than it has room for, or none, are the end of the pipe. */
export type BlockListener = (error: Error | undefined, bytes: number) => void;

/**
 * A thread that does nothing but read named pipes. A pipe holds 64 KiB only: read between other work, its writer would wait
 * for a third of the time, and a new block for each MiB would have the garbage collector run every few blocks.
 */
export class PipeThread {
  readonly #ring: Ring;
  readonly #state: Int32Array<SharedArrayBuffer>;
  readonly #worker: Worker;
  #listener: BlockListener | undefined;
  /** Why it has ended, where it did so by itself. */
  #error: Error | undefined;

  /** Starts it. @param blockBytes how large blocks are @param blocks how many of them there are */
  constructor(blockBytes: number, blocks: number = BLOCKS) {
    this.#ring = {
      blocks: new SharedArrayBuffer(blocks * blockBytes),
      states: new SharedArrayBuffer((blocks + 1) * Int32Array.BYTES_PER_ELEMENT),
      blockBytes,
    };
    this.#state = new Int32Array(this.#ring.states);
    this.#worker = new Worker(PROGRAM, { workerData: this.#ring, trackUnmanagedFds: false });
    this.#worker.unref();
    this.#worker.on('message', (bytes: number) => this.#listener?.(undefined, bytes));
    this.#worker.on('error', (error) => {
      this.#error = error;
      this.#listener?.(error, 0);
    });
  }

  /** Bytes of a block. */
  get blockBytes(): number {
    return this.#ring.blockBytes;
  }

  /** How many blocks there are. */
  get blocks(): number {
    return this.#state.length - 1;
  }

  /**
   * Begins to read a pipe into the ring, from its first block on. The pipe before has to be at its end, and its blocks free.
   * @param pipe a file descriptor whose reads wait; it is closed when the pipe has ended or is not wanted any more
   */
  read(pipe: number, listener: BlockListener): void {
    this.#listener = listener;
    if (this.#error === undefined) this.#worker.postMessage(pipe);
    else listener(this.#error, 0);
  }

  /** The bytes of a block, without a copy. */
  bytesOf(block: number, bytes: number): Buffer {
    // The types of Buffer take no shared memory; Buffer does.
    return Buffer.from(this.#ring.blocks as unknown as ArrayBuffer, block * this.blockBytes, bytes);
  }

  /** Says that nobody looks at a block any more. */
  free(block: number): void {
    Atomics.store(this.#state, block, FREE);
    Atomics.notify(this.#state, block);
  }

  /** Says that nothing is wanted any more: the thread ends as soon as it does not wait for what a pipe gives. */
  stop(): void {
    Atomics.store(this.#state, this.blocks, 1);
    for (let i = 0; i < this.blocks; i++) this.free(i);
    this.#worker.postMessage(undefined);
  }
}
