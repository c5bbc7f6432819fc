import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isMissing, isRefusedByCondition, statusOf } from './sdkError.ts';

/** A small object of text, as it was when it was read. */
export interface StoredText {
  text: string;
  etag: string;
  /** How long ago it was written, by the store's clock, in milliseconds; missing where the store does not tell. */
  ageMs?: number;
}

/** Under which condition something is written: only where nothing is, or only over what has this ETag. */
export type Condition = { absent: true } | { etag: string };

/** What has become of a conditional write. */
export type Written = { etag: string } | 'refused' | 'unsupported';

const JSON_TYPE = 'application/json';
/** What stores answer that do not know conditions. */
const NOT_IMPLEMENTED = new Set([400, 405, 501]);

/** Reads a small object of text; undefined where there is none. Throws the SDK's error, also when reading is denied. */
export async function readText(client: S3Client, bucket: string, key: string): Promise<StoredText | undefined> {
  let date: string | undefined;
  const command = new GetObjectCommand({ Bucket: bucket, Key: key });
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = (result.response as { headers?: Record<string, string> }).headers?.date;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'readDate' },
  );
  try {
    const { Body, ETag = '', LastModified } = await client.send(command);
    const text = (await Body?.transformToString()) ?? '';
    const age =
      date === undefined || LastModified === undefined ? Number.NaN : Date.parse(date) - LastModified.getTime();
    return { text, etag: ETag, ...(Number.isNaN(age) ? {} : { ageMs: age }) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes a small object of JSON, whatever is there. @returns its ETag */
export async function writeText(client: S3Client, bucket: string, key: string, text: string): Promise<string> {
  const object = { Bucket: bucket, Key: key, ContentType: JSON_TYPE, Body: text };
  const { ETag = '' } = await client.send(new PutObjectCommand(object));
  return ETag;
}

/**
 * Writes a small object of JSON under a condition. A write whose answer was lost, and that was sent again, may be refused
 * because of itself: who is refused has to look.
 * @returns `unsupported` when the store refuses conditions as such. A store that ignores them is not recognised here.
 */
export async function writeTextIf(
  client: S3Client,
  bucket: string,
  key: string,
  text: string,
  condition: Condition,
): Promise<Written> {
  const object = { Bucket: bucket, Key: key, ContentType: JSON_TYPE, Body: text };
  const put = async (match: { IfNoneMatch?: string; IfMatch?: string }, again = false): Promise<Written> => {
    try {
      const { ETag = '' } = await client.send(new PutObjectCommand({ ...object, ...match }));
      return { etag: ETag };
    } catch (error) {
      if (isRefusedByCondition(error)) return 'refused';
      // With a condition on an ETag, it is an answer to say that there is nothing.
      if ('etag' in condition && isMissing(error)) return 'refused';
      // Only what is said twice counts: all that follows depends on it.
      if (isAboutCondition(error)) return again ? 'unsupported' : put(match, true);
      throw error;
    }
  };
  if ('absent' in condition) return put({ IfNoneMatch: '*' });
  const written = await put({ IfMatch: condition.etag });
  // Ceph compares the ETag without its quotes.
  if (written === 'refused' && condition.etag.startsWith('"')) return put({ IfMatch: condition.etag.slice(1, -1) });
  return written;
}

function isAboutCondition(error: unknown): boolean {
  if (!NOT_IMPLEMENTED.has(statusOf(error) ?? 0)) return false;
  return ['NotImplemented', 'InvalidArgument', 'InvalidRequest', 'MethodNotAllowed'].includes((error as Error).name);
}
