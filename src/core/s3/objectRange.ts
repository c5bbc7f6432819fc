import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { ProblemError } from '../problem.ts';
import { isMissing, isRefusedByCondition, statusOf } from './sdkError.ts';

/** What is known of an object when it is read. */
export interface ObjectFacts {
  /** Bytes, as it lies at the store. */
  size: number;
  etag?: string;
  lastModified?: Date;
  contentType?: string;
  /** The user's metadata, by lower case names. */
  metadata: Readonly<Record<string, string>>;
}

/** Some of an object's bytes. */
export interface ObjectRange extends ObjectFacts {
  /** Fewer than were asked for only where the object ends. */
  bytes: Buffer;
}

/** Which bytes are wanted. */
export interface RangeOptions {
  /** The first, counted from 0. */
  start: number;
  length: number;
  /** Of the object that earlier bytes were of. */
  etag?: string;
  signal?: AbortSignal;
}

const ATTEMPTS = 3;

/** What is known of an object; undefined where there is none. Throws the SDK's error. */
export async function headObject(client: S3Client, bucket: string, key: string): Promise<ObjectFacts | undefined> {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return { ...factsOf(head), size: head.ContentLength ?? 0 };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Reads some of an object's bytes. No more is transferred, also where a store does not know ranges.
 * @returns undefined where there is no such object
 * @throws the SDK's error; ProblemError `conflict` when the object is not the one with that ETag any more
 */
export async function readRange(
  client: S3Client,
  bucket: string,
  key: string,
  options: RangeOptions,
): Promise<ObjectRange | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(client, bucket, key, options);
    } catch (error) {
      // The SDK has tried requests again by itself, but not those whose body broke off.
      const brokeOff = !(error instanceof ProblemError) && statusOf(error) === undefined;
      if (options.signal?.aborted === true || !brokeOff || attempt === ATTEMPTS) throw error;
    }
  }
}

async function readOnce(
  client: S3Client,
  bucket: string,
  key: string,
  { start, length, etag, signal }: RangeOptions,
): Promise<ObjectRange | undefined> {
  const place = { Bucket: bucket, Key: key, Range: `bytes=${start}-${start + length - 1}` };
  const options = signal === undefined ? {} : { abortSignal: signal };
  const ask = (condition: { IfMatch?: string }): Promise<GetObjectCommandOutput> =>
    client.send(new GetObjectCommand({ ...place, ...condition }), options);
  let answer: GetObjectCommandOutput;
  try {
    answer = await ask(etag === undefined ? {} : { IfMatch: etag }).catch((error: unknown) => {
      // Some stores compare ETags in another form: then the answer's is compared here.
      if (etag === undefined || !isRefusedByCondition(error)) throw error;
      return ask({});
    });
  } catch (error) {
    if (statusOf(error) === 416) return await pastTheEnd(client, bucket, key, etag);
    if (isMissing(error)) return undefined;
    throw error;
  }
  const body = answer.Body as Readable;
  try {
    if (etag !== undefined && answer.ETag !== etag) throw replaced(key);
    const { ContentRange } = answer;
    const size = ContentRange === undefined ? (answer.ContentLength ?? 0) : Number(ContentRange.split('/')[1]);
    if (ContentRange === undefined && start > 0) throw withoutRanges(key);
    const bytes = await firstBytes(body, Math.min(length, size - start));
    return { ...factsOf(answer), size, bytes };
  } finally {
    body.destroy();
  }
}

/** A range that begins where the object ends, as every range of an empty object does. */
async function pastTheEnd(
  client: S3Client,
  bucket: string,
  key: string,
  etag: string | undefined,
): Promise<ObjectRange | undefined> {
  const facts = await headObject(client, bucket, key);
  if (facts !== undefined && etag !== undefined && facts.etag !== etag) throw replaced(key);
  return facts === undefined ? undefined : { ...facts, bytes: Buffer.alloc(0) };
}

async function firstBytes(body: Readable, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let read = 0;
  if (length > 0) {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      read += chunk.length;
      if (read >= length) break;
    }
  }
  if (read < length) throw new Error('The connection ended early.');
  return Buffer.concat(chunks).subarray(0, length);
}

function factsOf({
  ETag,
  LastModified,
  ContentType,
  Metadata = {},
}: GetObjectCommandOutput | HeadObjectCommandOutput): Omit<ObjectFacts, 'size'> {
  return {
    metadata: Metadata,
    ...(ETag === undefined ? {} : { etag: ETag }),
    ...(LastModified === undefined ? {} : { lastModified: LastModified }),
    ...(ContentType === undefined ? {} : { contentType: ContentType }),
  };
}

function replaced(key: string): ProblemError {
  const message = `The object ${key} was replaced while it was read.`;
  return new ProblemError({ code: 'conflict', message, fix: 'Open it again.' });
}

function withoutRanges(key: string): ProblemError {
  const message = `The store gives objects as a whole only: no more can be read of ${key} here.`;
  return new ProblemError({ code: 'unsupported-by-store', message, fix: 'Download it instead.' });
}
