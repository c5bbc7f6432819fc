import { setTimeout as sleep } from 'node:timers/promises';
import { CompleteMultipartUploadCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { AttemptWatch } from './attemptWatch.ts';
import { RUN_ID_METADATA } from './metadata.ts';
import { isDenied, isMissing, isRefusedByCondition, statusOf } from './sdkError.ts';
import type { KeptObject, StagedUpload } from './staging.ts';

/** Tries beyond the SDK's own: half a run is worse than a run that takes longer. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;

/** An upload that will never become an object: it is gone, or something else is in its place. */
export class UploadLost extends Error {
  /** Whether another object is in its place. */
  readonly taken: boolean;

  constructor(key: string, taken: boolean, cause: unknown) {
    super(taken ? `There is another object ${key}.` : `The store does not know the upload of ${key} any more.`, {
      cause,
    });
    this.taken = taken;
  }
}

/** An upload that could not be completed now. `cause` is the SDK's error. */
export class CompleteRefused extends Error {
  /** Whether it may have been completed all the same: an answer was lost, or did not say. */
  readonly ambiguous: boolean;

  constructor(ambiguous: boolean, cause: unknown) {
    super('The upload could not be completed.', { cause });
    this.ambiguous = ambiguous;
  }
}

/** How objects of a run are made visible. */
export interface CompleteOptions {
  bucket: string;
  runId: string;
  /** Has the store refuse when there is an object of that key that is not of this run. */
  onlyNew: boolean;
  /** How often a refusal is tried again; five times by default. */
  attempts?: number;
}

/**
 * Makes a staged upload visible. May be called again for an upload that has been completed, also by another process.
 * @returns the object's ETag, where the store tells it
 * @throws UploadLost when the upload can never be completed; CompleteRefused when it might be at another time
 */
export async function completeUpload(
  client: S3Client,
  { key, uploadId, parts }: StagedUpload,
  options: CompleteOptions,
): Promise<string | undefined> {
  const object = { Bucket: options.bucket, Key: key };
  const condition = options.onlyNew ? { IfNoneMatch: '*' } : {};
  const { attempts = ATTEMPTS } = options;
  const watch = new AttemptWatch();
  for (let attempt = 1; ; attempt++) {
    try {
      const upload = { ...object, UploadId: uploadId, MultipartUpload: { Parts: parts }, ...condition };
      const command = new CompleteMultipartUploadCommand(upload);
      command.middlewareStack.add(watch.middleware(), watch.place);
      const { ETag } = await client.send(command);
      // Some stores answer without it, or with an empty one.
      if (ETag !== undefined && ETag !== '') return ETag;
      return (await lookAt(client, options.bucket, key)).etag;
    } catch (error) {
      if (isMissing(error) || isRefusedByCondition(error)) {
        const found = await lookAt(client, options.bucket, key);
        if (found.runId === options.runId) return found.etag;
        // Who may not look has to conclude: an upload that only this run knows, and that was sent for completion, is complete.
        if (found.hidden === true && isMissing(error) && watch.open) return undefined;
        if (isMissing(error) || statusOf(error) !== 409) {
          throw new UploadLost(key, !isMissing(error), error);
        }
      }
      if (attempt >= attempts) throw new CompleteRefused(watch.open, error);
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}

/**
 * Puts a small object that was not staged, as one request.
 * @param metadata is added to its own
 * @throws UploadLost when there is another object and only a new one is wanted; CompleteRefused otherwise
 */
export async function putKept(
  client: S3Client,
  { head, body }: KeptObject,
  options: CompleteOptions,
  metadata: Record<string, string>,
): Promise<string | undefined> {
  const { key, contentType } = head;
  const object = { Bucket: options.bucket, Key: key, ContentType: contentType, Body: body };
  const condition = options.onlyNew ? { IfNoneMatch: '*' } : {};
  const watch = new AttemptWatch();
  try {
    const command = new PutObjectCommand({ ...object, Metadata: { ...head.metadata, ...metadata }, ...condition });
    command.middlewareStack.add(watch.middleware(), watch.place);
    const { ETag } = await client.send(command);
    return ETag;
  } catch (error) {
    if (!isRefusedByCondition(error)) throw new CompleteRefused(watch.open, error);
    // The answer to a first attempt may have been lost.
    const found = await lookAt(client, options.bucket, key);
    if (found.runId === options.runId) return found.etag;
    throw new UploadLost(key, true, error);
  }
}

/** What can be seen of an object: of which run it is, or that looking is denied. Empty when there is none. */
export async function lookAt(
  client: S3Client,
  bucket: string,
  key: string,
): Promise<{ runId?: string; etag?: string; exists?: boolean; hidden?: boolean }> {
  try {
    const { Metadata = {}, ETag } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    const runId = Metadata[RUN_ID_METADATA];
    return { exists: true, ...(runId === undefined ? {} : { runId }), ...(ETag === undefined ? {} : { etag: ETag }) };
  } catch (error) {
    if (isMissing(error)) return {};
    if (isDenied(error)) return { hidden: true };
    throw error;
  }
}
