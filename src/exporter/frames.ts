import type { Writable } from 'node:stream';
import type { FileHead, FileStats } from './protocol.ts';

/** What a frame holds. The numbers are what goes over the pipe. */
export const FrameKind = { data: 1, fileEnd: 2, end: 3, fileStart: 4 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** One byte of kind, four of payload length (big endian). */
export const FRAME_HEADER_BYTES = 5;

/**
 * Sends the files of a run over one pipe: for each a `fileStart` frame with what is known of it as JSON, `data` frames, and
 * a `fileEnd` frame with its statistics as JSON; an `end` frame after the last file. A pipe that breaks off before `end` is
 * thereby told from one that is done.
 */
export class FrameWriter {
  readonly #pipe: Writable;
  /** Bytes of file content sent so far. */
  bytes = 0;

  constructor(pipe: Writable) {
    this.#pipe = pipe;
  }

  /** Bytes that the pipe has not taken yet, as they are. */
  get waitingBytes(): number {
    return this.#pipe.writableLength;
  }

  async fileStart(head: FileHead): Promise<void> {
    await this.#frame(FrameKind.fileStart, Buffer.from(JSON.stringify(head)));
  }

  /** Sends a piece of the current file. Resolves when the pipe takes more; rejects when it is closed. */
  async data(payload: Buffer): Promise<void> {
    this.bytes += payload.length;
    await this.#frame(FrameKind.data, payload);
  }

  async fileEnd(stats: FileStats): Promise<void> {
    await this.#frame(FrameKind.fileEnd, Buffer.from(JSON.stringify(stats)));
  }

  async end(): Promise<void> {
    await this.#frame(FrameKind.end, Buffer.alloc(0));
  }

  /** Resolves when the pipe has taken all bytes; rejects when it is closed. */
  async flush(): Promise<void> {
    if (this.#pipe.destroyed) throw closed();
    await new Promise<void>((resolve, reject) => {
      this.#pipe.write(Buffer.alloc(0), (error) => (error ? reject(error) : resolve()));
    });
  }

  async #frame(kind: FrameKind, payload: Buffer): Promise<void> {
    if (this.#pipe.destroyed) throw closed();
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    header.writeUInt8(kind, 0);
    header.writeUInt32BE(payload.length, 1);
    this.#pipe.cork();
    this.#pipe.write(header);
    const room = this.#pipe.write(payload);
    this.#pipe.uncork();
    if (!room) await drained(this.#pipe);
  }
}

function drained(pipe: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      pipe.off('drain', onDrain).off('close', onClose).off('error', done);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onDrain = (): void => done();
    const onClose = (): void => done(closed());
    pipe.once('drain', onDrain).once('close', onClose).once('error', done);
  });
}

function closed(): Error {
  return new Error('The pipe to the extension host was closed.');
}
