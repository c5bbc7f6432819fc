import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { pipeline, Readable, Writable } from 'node:stream';
import * as promises from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ProblemError } from '../core/problem.ts';
import { HEAD_BYTES, TAIL_BYTES } from './fileKind.ts';
import type { SourceFile } from './protocol.ts';

const BLOCK_BYTES = 1024 * 1024;
/** How far into a file its header has to end, of what is unpacked where it is gzipped. */
const HEADER_BYTES = 1024 * 1024;
/** Bytes that are unpacked at a time. */
const UNPACKED_BYTES = 256 * 1024;

/** A source file that is being read, and that must not change meanwhile. */
export class OpenSource {
  readonly name: string;
  /** Bytes, as they were when it was opened. */
  readonly size: number;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #before: BigIntStats;

  /** @throws ProblemError `source-missing` when there is no such file, or when it cannot be read */
  static async open({ path, name }: SourceFile): Promise<OpenSource> {
    return attempt(name, async () => {
      // Looked at first: to open a named pipe would wait for its writer.
      if (!(await stat(path)).isFile()) throw Object.assign(new Error('Not a file'), { code: 'EISDIR' });
      const handle = await open(path, 'r');
      try {
        return new OpenSource(path, name, handle, await handle.stat({ bigint: true }));
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  private constructor(path: string, name: string, handle: FileHandle, before: BigIntStats) {
    this.#path = path;
    this.name = name;
    this.#handle = handle;
    this.#before = before;
    this.size = Number(before.size);
  }

  /** Its first and its last bytes, as many as are needed to tell what it is. */
  async ends(): Promise<{ head: Buffer; tail: Buffer }> {
    const head = await this.#read(0, Math.min(this.size, HEAD_BYTES));
    return { head, tail: await this.#read(Math.max(0, this.size - TAIL_BYTES), Math.min(this.size, TAIL_BYTES)) };
  }

  /**
   * The text that it begins with, unpacked; enough of it for a header.
   * @returns whether that is all there is, too, and whether it is UTF-8
   * @throws zlib's error for a gzipped file that is damaged
   */
  async firstText(gzip: boolean): Promise<{ text: string; whole: boolean; utf8: boolean }> {
    const content = gzip ? this.#unpacked() : this.blocks();
    const chunks: Buffer[] = [];
    let read = 0;
    for await (const chunk of content) {
      chunks.push(chunk);
      read += chunk.length;
      if (read > HEADER_BYTES) break;
    }
    const bytes = Buffer.concat(chunks).subarray(0, HEADER_BYTES);
    return { text: bytes.toString(), whole: read <= HEADER_BYTES, utf8: isBeginningOfUtf8(bytes) };
  }

  /**
   * Unpacks all of a gzipped file for its sums: the engine takes one that is cut off for a shorter one.
   * @returns how many bytes its last line has
   * @throws zlib's error
   */
  async refuseDamaged(): Promise<number> {
    const line = new LastLine();
    const lines = new Writable({
      write(bytes: Buffer, _encoding, done) {
        line.add(bytes);
        done();
      },
    });
    await promises.pipeline(this.blocks(), createGunzip({ chunkSize: UNPACKED_BYTES }), lines);
    return line.bytes;
  }

  /** How many bytes its last line has, as far as so many of the file's last bytes show it. */
  async lastLine(bytes: number): Promise<number> {
    const line = new LastLine();
    line.add(await this.#read(Math.max(0, this.size - bytes), Math.min(this.size, bytes)));
    return line.bytes;
  }

  /** All of it, in buffers that are not used again. @throws ProblemError also when it has become shorter */
  async *blocks(): AsyncGenerator<Buffer> {
    for (let position = 0; position < this.size;) {
      const block = await this.#read(position, Math.min(BLOCK_BYTES, this.size - position));
      position += block.length;
      yield block;
    }
  }

  /** @throws ProblemError when the file is not the one that was opened any more, or has been written to since */
  async verify(): Promise<void> {
    // The sizes of some files say nothing, as those of `/proc`.
    const { bytesRead } = await attempt(this.name, () => this.#handle.read(Buffer.alloc(1), 0, 1, this.size));
    if (bytesRead > 0) throw changed(this.name);
    const now = await attempt(this.name, () => stat(this.#path, { bigint: true }));
    const { size, mtimeNs, ino, dev } = this.#before;
    if (now.size !== size || now.mtimeNs !== mtimeNs || now.ino !== ino || now.dev !== dev) throw changed(this.name);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #unpacked(): AsyncIterable<Buffer> {
    // What goes wrong is thrown to whoever reads.
    return pipeline(Readable.from(this.blocks()), createGunzip({ chunkSize: UNPACKED_BYTES }), () => undefined);
  }

  async #read(position: number, length: number): Promise<Buffer> {
    const block = Buffer.allocUnsafeSlow(length);
    for (let filled = 0; filled < length;) {
      const rest = length - filled;
      const at = position + filled;
      const { bytesRead } = await attempt(this.name, () => this.#handle.read(block, filled, rest, at));
      if (bytesRead === 0) throw changed(this.name);
      filled += bytesRead;
    }
    return block;
  }
}

/** Measures the last line of a text that comes piece by piece; line breaks at the end of the text end it. */
class LastLine {
  #before = 0;
  #current = 0;

  add(bytes: Buffer): void {
    let end = bytes.length;
    while (end > 0 && isBreak(bytes[end - 1])) end--;
    let start = end;
    while (start > 0 && !isBreak(bytes[start - 1])) start--;
    const line = end - start + (start === 0 ? this.#current : 0);
    if (line > 0) this.#before = line;
    this.#current = end < bytes.length ? 0 : line;
  }

  get bytes(): number {
    return this.#current > 0 ? this.#current : this.#before;
  }
}

function isBreak(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

function isBeginningOfUtf8(bytes: Buffer): boolean {
  try {
    // A stream may end in the middle of a character.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function changed(name: string): ProblemError {
  const message = `The file “${name}” was changed while it was read. Nothing was written.`;
  return new ProblemError({ code: 'query-failed', message, fix: 'Export it again when nothing writes to it.' });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EACCES: 'the permission is missing',
  EPERM: 'the permission is missing',
  EISDIR: 'it is not a file',
  ELOOP: 'its links lead in a circle',
};

async function attempt<R>(name: string, action: () => Promise<R>): Promise<R> {
  try {
    return await action();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const text = `The file “${name}” cannot be read: ${REASONS[code] ?? message}.`;
    throw new ProblemError({ code: 'source-missing', message: text }, { cause: error });
  }
}
