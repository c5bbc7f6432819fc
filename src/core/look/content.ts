import { setImmediate as otherWork } from 'node:timers/promises';
import { formatBytes } from '../format.ts';
import { ProblemError } from '../problem.ts';
import type { TableMessage } from '../table/tableSource.ts';
import { plainName } from './fileFacts.ts';
import { DamagedGzip, gunzipped, isGzip } from './gunzipped.ts';
import type { ObjectBytes } from './objectBytes.ts';
import { contentKind, TextPieces } from './textOf.ts';

/** What the kind of content is told by. */
const HEAD_BYTES = 4096;

/** The text of an object, unpacked and decoded as it is read. */
export class Content {
  readonly #bytes: ObjectBytes;
  readonly #decoder: TextPieces;
  readonly #pieces: AsyncIterator<string, undefined>;
  readonly packed: boolean;
  /** The content ends here, whether or not it is whole. */
  ended = false;
  /** Why it ends before its end. */
  broken: string | undefined;
  /** Unpacked bytes that were read. */
  plainBytes = 0;

  private constructor(bytes: ObjectBytes, decoder: TextPieces, chunks: AsyncIterable<Buffer>, packed: boolean) {
    this.#bytes = bytes;
    this.#decoder = decoder;
    this.packed = packed;
    const counted = async function* (this: Content): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        this.plainBytes += chunk.length;
        yield chunk;
      }
    };
    this.#pieces = decoder.pieces(counted.call(this)) as AsyncIterator<string, undefined>;
  }

  /**
   * Begins to read what is in an object.
   * @throws ProblemError `unreadable` when it is no text, or gzip that is damaged from the beginning
   */
  static async open(bytes: ObjectBytes): Promise<Content> {
    const packed = isGzip(bytes.beginning);
    const chunks: AsyncGenerator<Buffer> = packed ? gunzipped(bytes.chunks()) : bytes.chunks();
    const head: Buffer[] = [];
    let headBytes = 0;
    let damage: DamagedGzip | undefined;
    const iterator = chunks[Symbol.asyncIterator]();
    try {
      while (headBytes < HEAD_BYTES) {
        const next = await iterator.next();
        if (next.done === true) break;
        head.push(next.value);
        headBytes += next.value.length;
      }
    } catch (error) {
      if (!(error instanceof DamagedGzip)) throw error;
      if (headBytes === 0) throw damagedFromTheStart(bytes.key, error);
      damage = error;
    }
    const kind = contentKind(plainName(bytes.key), Buffer.concat(head));
    if ('binary' in kind) {
      await iterator.return(undefined);
      throw noText(bytes, kind.binary, packed);
    }
    const all = async function* (): AsyncGenerator<Buffer> {
      yield* head;
      if (damage !== undefined) throw damage;
      try {
        for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
      } finally {
        await iterator.return(undefined);
      }
    };
    return new Content(bytes, new TextPieces(kind.text), all(), packed);
  }

  /** The next text; undefined at the end, and where what follows cannot be read: see `broken`. @throws ProblemError of the store */
  async next(): Promise<string | undefined> {
    // Unpacking and decoding can go on without ever waiting for anything.
    await otherWork();
    try {
      const { value, done } = await this.#pieces.next();
      if (done !== true) return value;
    } catch (error) {
      if (!(error instanceof DamagedGzip)) throw error;
      this.broken = error.truncated
        ? `The gzip ends too early, after ${formatBytes(this.plainBytes)} of text: the file was cut off.`
        : `The gzip is damaged after ${formatBytes(this.plainBytes)} of text: nothing after that can be read.`;
    }
    this.ended = true;
    return undefined;
  }

  /** What is to be said of the content, as far as it was read. */
  messages(): TableMessage[] {
    const messages: TableMessage[] = [];
    if (this.broken !== undefined) messages.push({ kind: 'error', text: this.broken });
    if (this.#decoder.damaged) {
      messages.push({
        kind: 'warning',
        text: `The text is not valid ${this.#decoder.encoding.toUpperCase()} throughout: what could not be read is shown as �.`,
      });
    }
    if (!this.packed && /\.gz$/i.test(this.#bytes.key) && this.#bytes.facts.size > 0) {
      messages.push({
        kind: 'warning',
        text: 'The name ends with .gz, but this is no gzip: it is shown as it lies there.',
      });
    }
    return messages;
  }

  async close(): Promise<void> {
    this.ended = true;
    await this.#pieces.return?.();
  }
}

function damagedFromTheStart(key: string, cause: DamagedGzip): ProblemError {
  const why = cause.truncated ? 'its gzip ends too early' : 'its gzip is damaged';
  const message = `Nothing of ${plainName(key)} can be read: ${why}.`;
  return new ProblemError(
    { code: 'unreadable', message, fix: 'Export it again, or download it to look into it.' },
    { cause },
  );
}

function noText({ key, facts }: ObjectBytes, what: string, packed: boolean): ProblemError {
  const inside = packed ? 'holds, unpacked, no text: it is ' : 'is no text: it is ';
  const wrong = /\.gz$/i.test(key) && !packed ? ' Its name ends with .gz, but it is no gzip.' : '';
  const message = `${plainName(key)} (${formatBytes(facts.size)}) ${inside}${what}.${wrong}`;
  return new ProblemError({ code: 'unreadable', message, fix: 'Download it instead.' });
}
