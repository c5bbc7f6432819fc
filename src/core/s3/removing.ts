import { DeleteObjectCommand, DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DeletePolicy } from '../destination/storePresets.ts';
import { sideBySide } from '../sideBySide.ts';
import { statusOf } from './sdkError.ts';

/** S3's limit for one request. */
const KEYS_PER_REQUEST = 1000;
const SINGLE_AT_ONCE = 8;

/** A key that could not be deleted. */
export interface DeleteFailure {
  key: string;
  /** The store's code, such as `AccessDenied`. */
  code: string;
  message: string;
  /** The SDK's error where the store has not refused the key: it gave no answer, or was not able to. */
  unanswered?: unknown;
}

/** What has become of keys that were to be deleted. Each is in one of the two. */
export interface Deletion {
  deleted: string[];
  failed: DeleteFailure[];
}

/**
 * Deletes objects by their exact keys. A key of which there is no object counts as deleted. Stores answer 200 although some
 * keys were refused: each answer is read. Where deleting many at once is not possible, keys are deleted one by one.
 * @param policy whether many are tried at once
 * @throws never for a refusal; what went wrong stands with the key
 */
export async function deleteObjects(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
  policy: DeletePolicy,
): Promise<Deletion> {
  if (policy === 'single') return deleteSingly(client, bucket, keys);
  const all: Deletion = { deleted: [], failed: [] };
  for (let at = 0; at < keys.length; at += KEYS_PER_REQUEST) {
    const some = keys.slice(at, at + KEYS_PER_REQUEST);
    const { deleted, failed } = await deleteSome(client, bucket, some);
    all.deleted.push(...deleted);
    all.failed.push(...failed);
  }
  return all;
}

async function deleteSome(client: S3Client, bucket: string, keys: readonly string[]): Promise<Deletion> {
  if (keys.length === 1) return deleteSingly(client, bucket, keys);
  try {
    const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
    const failed = Errors.map(({ Key = '', Code = 'Unknown', Message = '' }) => ({
      key: Key,
      code: Code,
      message: said(Message, Code),
    }));
    const refused = new Set(failed.map(({ key }) => key));
    return { deleted: keys.filter((key) => !refused.has(key)), failed };
  } catch (error) {
    // Not known there, refused for its checksum, or denied as a whole because of a single key.
    if (statusOf(error) !== undefined) return deleteSingly(client, bucket, keys);
    return { deleted: [], failed: keys.map((key) => failure(key, error)) };
  }
}

async function deleteSingly(client: S3Client, bucket: string, keys: readonly string[]): Promise<Deletion> {
  const result: Deletion = { deleted: [], failed: [] };
  await sideBySide(keys, SINGLE_AT_ONCE, async (key) => {
    try {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      result.deleted.push(key);
    } catch (error) {
      result.failed.push(failure(key, error));
    }
  });
  return result;
}

function failure(key: string, error: unknown): DeleteFailure {
  const { name, message } = error as Error;
  const status = statusOf(error);
  const refused = status !== undefined && status >= 400 && status < 500;
  const code = status === 403 ? 'AccessDenied' : name;
  return { key, code, message: said(message, code), ...(refused ? {} : { unanswered: error }) };
}

/** What a store says of a refusal: some say nothing, and the SDK then has a word of its own. */
function said(message: string, code: string): string {
  if (message !== '' && message !== 'UnknownError') return message;
  return code === 'AccessDenied' ? 'These credentials may not delete it.' : `The store says no more than ${code}.`;
}
