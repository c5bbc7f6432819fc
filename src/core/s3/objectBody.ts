import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { ProblemError } from '../problem.ts';
import { isMissing, isRefusedByCondition, statusOf } from './sdkError.ts';

/** How often in a row a connection may break off before a byte more has come. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
/** A connection that is open, and over which nothing comes for so long, is taken for cut. */
const STALLED_MS = 60_000;

/** An object that is being read. */
export interface OpenedObject {
  /** Bytes, as it lies at the store; missing where the store does not tell. */
  size?: number;
  etag?: string;
  /** The user's metadata, by lower case names. */
  metadata: Readonly<Record<string, string>>;
  /** All of it, once. Where the connection is cut, it is read on from there, as long as it is the same object. */
  content: AsyncIterable<Buffer>;
}

/** How an object is read. */
export interface ReadOptions {
  /** Ends the reading; what was awaited then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** When a connection that is silent is given up, in milliseconds. */
  stalledMs?: number;
}

/**
 * Begins to read an object. If its content is not read to its end, it has to be left with `return`, as `for await` does.
 * @returns undefined when there is no such object
 * @throws the SDK's error; while it is read, also ProblemError `conflict` when another has taken its place or when its
 * length or its checksum is another than the store says
 */
export async function openObject(
  client: S3Client,
  bucket: string,
  key: string,
  { signal, stalledMs = STALLED_MS }: ReadOptions = {},
): Promise<OpenedObject | undefined> {
  const ask = async (from: number, etag?: string): Promise<Answer> => {
    const cut = new AbortController();
    const whole = { Bucket: bucket, Key: key };
    const rest = { Range: `bytes=${from}-`, ...(etag === undefined ? {} : { IfMatch: etag }) };
    const command = new GetObjectCommand(from === 0 ? whole : { ...whole, ...rest });
    const abortSignal = signal === undefined ? cut.signal : AbortSignal.any([cut.signal, signal]);
    return { output: await client.send(command, { abortSignal }), cut };
  };
  let first: Answer;
  try {
    first = await ask(0);
  } catch (error) {
    signal?.throwIfAborted();
    if (isMissing(error)) return undefined;
    throw error;
  }
  const { ContentLength: size, ETag, Metadata = {} } = first.output;
  const reading = new Reading(key, size, ETag, ask);
  return {
    ...(size === undefined ? {} : { size }),
    ...(ETag === undefined ? {} : { etag: ETag }),
    metadata: Metadata,
    content: reading.content(first, stalledMs, signal),
  };
}

/** An answer whose body has not been read, and what cuts its connection. */
interface Answer {
  output: GetObjectCommandOutput;
  cut: AbortController;
}

class Reading {
  readonly #key: string;
  readonly #size: number | undefined;
  readonly #etag: string | undefined;
  readonly #ask: (from: number, etag?: string) => Promise<Answer>;
  #received = 0;

  constructor(
    key: string,
    size: number | undefined,
    etag: string | undefined,
    ask: (from: number, etag?: string) => Promise<Answer>,
  ) {
    this.#key = key;
    this.#size = size;
    this.#etag = etag;
    this.#ask = ask;
  }

  async *content(first: Answer, stalledMs: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
    let answer: Answer | undefined = first;
    for (let failures = 0; ; failures++) {
      const before: number = this.#received;
      try {
        answer ??= await this.#goOn();
        yield* this.#read(answer, stalledMs);
        answer = undefined;
        if (this.#received === (this.#size ?? this.#received)) return;
        throw new Error('The connection ended early.');
      } catch (error) {
        signal?.throwIfAborted();
        if (this.#received > before) failures = 0;
        if (this.#received >= (this.#size ?? Infinity)) throw this.#damaged(error);
        if (this.#etag === undefined || this.#size === undefined || failures >= ATTEMPTS - 1 || !mayPass(error))
          throw error;
      } finally {
        // Also when whoever reads has left: otherwise the connection would stay open with the rest in it.
        answer?.cut.abort();
        answer = undefined;
      }
      await sleep(FIRST_PAUSE_MS * 2 ** failures, undefined, signal === undefined ? {} : { signal });
    }
  }

  async #goOn(): Promise<Answer> {
    try {
      return await this.#ask(this.#received, this.#etag);
    } catch (error) {
      if (isRefusedByCondition(error) || isMissing(error)) throw this.#replaced(error);
      throw error;
    }
  }

  async *#read({ output, cut }: Answer, stalledMs: number): AsyncGenerator<Buffer> {
    if (output.ETag !== this.#etag) throw this.#replaced(undefined);
    // A store that does not know ranges begins anew.
    let skip = this.#received > 0 && output.ContentRange === undefined ? this.#received : 0;
    const body: AsyncIterator<Buffer, unknown> = (output.Body as Readable)[Symbol.asyncIterator]();
    for (;;) {
      const timer = setTimeout(() => cut.abort(), stalledMs);
      const next = await body.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      const chunk = next.value.subarray(Math.min(skip, next.value.length));
      skip -= next.value.length - chunk.length;
      if (chunk.length === 0) continue;
      this.#received += chunk.length;
      if (this.#received > (this.#size ?? Infinity)) throw this.#damaged(undefined);
      yield chunk;
    }
  }

  #replaced(cause: unknown): ProblemError {
    const message = `The object ${this.#key} was replaced or removed while it was read.`;
    return new ProblemError({ code: 'conflict', message, fix: 'Try again.' }, { cause });
  }

  #damaged(cause: unknown): ProblemError {
    const message = `What came of the object ${this.#key} is not what the store says it has.`;
    return new ProblemError({ code: 'conflict', message, fix: 'Try again.' }, { cause });
  }
}

/** Whether the next try may succeed: the connection was cut, or the store has a fault or too much to do. */
function mayPass(error: unknown): boolean {
  if (error instanceof ProblemError) return false;
  const status = statusOf(error);
  return status === undefined || status < 400 || status === 408 || status === 429 || status >= 500;
}
