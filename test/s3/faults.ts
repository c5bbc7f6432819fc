import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Error, type ErrorFields } from './errors.ts';
import { ConnectionCut, type Exchange, type LoggedRequest } from './exchange.ts';
import { globMatches } from './policy.ts';

/** What shall go wrong, and with which requests. All conditions that are given must hold; none: every request. */
export interface Fault {
  /** S3's name of the operation, `UploadPart`; `*` and `?` are wildcards. */
  op?: string;
  bucket?: string;
  /** `*` and `?` are wildcards. */
  key?: string;
  /** Part number. */
  part?: number;
  /** A header that the request has. */
  header?: string;
  /** The n-th request of any kind since the fault was added, 1 for the next one. */
  nth?: number;
  /** How many requests it strikes, default 1. */
  times?: number;

  /** Milliseconds before anything else happens. */
  delayMs?: number;
  /** Called when the fault strikes, to change something behind the client's back: a policy, a key, the clock. */
  run?: () => void | Promise<void>;
  /** An answer instead of S3's own; the request is not carried out. */
  answer?: FaultAnswer;
  /**
   * Resets the TCP connection: `before` anything is done, `during` the request body, `after` the request has been
   * carried out in full, so that only its answer is lost, or ends it `within` the body of an answer that has data.
   */
  cut?: 'before' | 'during' | 'after' | 'within';
  /** For `during` and `within`: after how many bytes of the body, default 1. A shorter body passes. */
  cutAfterBytes?: number;
  /** Never answers: `before` the request is carried out, or `after`. The connection stays open. */
  hang?: 'before' | 'after';
  /** Limits the request body and the answer's. */
  bytesPerSecond?: number;
}

/**
 * `code` makes an `<Error>` body, also with status 200 as S3 does for CompleteMultipartUpload; `body` is sent as it is, with
 * no header but those given, as something that is no S3 would.
 */
export interface FaultAnswer {
  status: number;
  code?: string;
  message?: string;
  fields?: ErrorFields;
  headers?: Record<string, string>;
  body?: string;
}

/** A fault that has been added. */
export interface ActiveFault {
  /** How many requests it has struck. */
  readonly hits: number;
  /** Ends it. */
  remove(): void;
}

interface Entry {
  fault: Fault;
  hits: number;
  seen: number;
}

/** The faults of a server; the first that matches a request strikes. */
export class Faults {
  readonly #entries = new Set<Entry>();

  add(fault: Fault): ActiveFault {
    const entry = { fault, hits: 0, seen: 0 };
    this.#entries.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => void this.#entries.delete(entry),
    };
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The fault for a request that has just come, undefined if it is to be left alone. */
  strike(request: LoggedRequest, headers: IncomingHttpHeaders): Fault | undefined {
    for (const entry of this.#entries) entry.seen++;
    for (const entry of this.#entries) {
      if (!matches(entry, request)) continue;
      if (entry.fault.header !== undefined && !(entry.fault.header in headers)) continue;
      entry.hits++;
      return entry.fault;
    }
    return undefined;
  }
}

function matches({ fault, hits, seen }: Entry, request: LoggedRequest): boolean {
  return (
    hits < (fault.times ?? 1) &&
    (fault.op === undefined || globMatches(fault.op, request.op ?? '')) &&
    (fault.bucket === undefined || fault.bucket === request.bucket) &&
    (fault.key === undefined || globMatches(fault.key, request.key)) &&
    (fault.part === undefined || fault.part === request.partNumber) &&
    (fault.nth === undefined || fault.nth === seen)
  );
}

/**
 * Carries out a request under a fault.
 * @param handle does what the request asks for, and answers
 */
export async function underFault(fault: Fault, x: Exchange, handle: () => Promise<void>): Promise<void> {
  if (fault.delayMs) await sleep(fault.delayMs, undefined, { signal: x.service.stopping });
  await fault.run?.();
  if (fault.cut === 'before') x.cut();
  if (fault.hang === 'before') await forever(x);
  if (fault.answer) {
    answer(x, fault.answer);
    return;
  }
  x.bytesPerSecond = fault.bytesPerSecond;
  if (fault.cut === 'during') x.cutAfterBytes = fault.cutAfterBytes ?? 1;
  if (fault.cut === 'within') x.cutAnswerAfterBytes = fault.cutAfterBytes ?? 1;
  x.silent = fault.cut === 'after' || fault.hang === 'after';
  await handle();
  if (fault.cut === 'after') x.cut();
  if (fault.hang === 'after') await forever(x);
}

function answer(x: Exchange, { status, code, message, fields, headers = {}, body }: FaultAnswer): void {
  if (code !== undefined) throw new S3Error(status, code, message ?? code, fields, headers);
  if (body !== undefined) for (const name of x.response.getHeaderNames()) x.response.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) x.setHeader(name, value);
  x.send(status, body);
}

/** Ends when the server does, or the client gives up. */
async function forever(x: Exchange): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = () => reject(new ConnectionCut());
  x.response.once('close', end);
  x.service.stopping.addEventListener('abort', end);
  try {
    return await promise;
  } finally {
    x.service.stopping.removeEventListener('abort', end);
  }
}
