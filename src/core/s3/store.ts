import { GetBucketVersioningCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Probes } from '../diagnose/probes.ts';
import { s3Problem } from '../diagnose/s3Problem.ts';
import { deletePolicy, type Destination } from '../destination/destination.ts';
import type { CredentialsLife } from '../objects/expiry.ts';
import type { ProblemError } from '../problem.ts';
import { type ClientOptions, createClient } from './client.ts';
import { CompleteRefused, completeUpload, lookAt, putKept, UploadLost } from './completing.ts';
import { download } from './download.ts';
import {
  type Level,
  type ListedObject,
  listFolders,
  listLevel,
  listObjects,
  type ListOptions,
  type Page,
} from './listing.ts';
import { type ObjectProperties, readProperties } from './properties.ts';
import { headObject, type ObjectFacts, type ObjectRange, type RangeOptions, readRange } from './objectRange.ts';
import { deleteObjects, type Deletion } from './removing.ts';
import { statusOf } from './sdkError.ts';
import { Signer, type SignerHooks } from './signer.ts';
import { openObject, type OpenedObject, type ReadOptions } from './objectBody.ts';
import { type KeptObject, type StagedUpload, Staging, type StagingOptions } from './staging.ts';
import { type Condition, readText, type StoredText, writeText, writeTextIf, type Written } from './texts.ts';
import { abortUpload, listUploads, type UnfinishedUpload, uploadSize } from './uploads.ts';

const SMALL_REQUESTS_AT_ONCE = 16;
const ATTEMPTS = 3;
const PART_ATTEMPTS = 5;

/**
 * A destination's bucket, as the rest of the product sees it. This module is the entry of the bundle that holds the SDK:
 * it is loaded on first use, and nothing else of the SDK's side is imported from outside.
 */
export class Store {
  readonly #destination: Destination;
  readonly #client: S3Client;
  /** For objects that are put in one request: what the destination says of objects applies to data. */
  #dataClient: S3Client | undefined;
  #conditions: boolean | undefined;
  readonly #signer: Signer;

  constructor(destination: Destination, hooks: SignerHooks = {}) {
    this.#destination = destination;
    this.#signer = Signer.of(destination.credentials, { ...hooks, destination });
    this.#client = createClient(destination, this.#clientOptions());
  }

  /** Begins the upload of a run. Its errors are the SDK's own: pass them through `problem`. */
  stage(options: Omit<StagingOptions, 'bucket'>): Staging {
    const cut = new AbortController();
    const maxConnections = options.partsAtOnce + 2;
    const own = {
      signer: this.#signer,
      objects: 'data' as const,
      maxConnections,
      maxAttempts: PART_ATTEMPTS,
      signal: cut.signal,
    };
    const client = createClient(this.#destination, own);
    return new Staging(client, this.#client, cut, { ...options, bucket: this.#destination.bucket });
  }

  /** Lists the folders directly below a prefix. @throws ProblemError */
  listFolders(prefix: string, continuation?: string): Promise<Page<string>> {
    return this.#attempt('list', () => listFolders(this.#client, this.#destination.bucket, prefix, continuation));
  }

  /** Lists the folders and the objects directly below a prefix. @throws ProblemError */
  listLevel(prefix: string, options?: ListOptions): Promise<Level> {
    return this.#attempt('list', () => listLevel(this.#client, this.#destination.bucket, prefix, options));
  }

  /** Lists the objects below a prefix. @throws ProblemError */
  listObjects(prefix: string, continuation?: string): Promise<Page<ListedObject>> {
    return this.listPage(prefix, continuation === undefined ? {} : { continuation });
  }

  /** Lists a page of the objects below a prefix, from anywhere. @throws ProblemError */
  listPage(prefix: string, options: ListOptions): Promise<Page<ListedObject>> {
    return this.#attempt('list', () => listObjects(this.#client, this.#destination.bucket, prefix, options));
  }

  /** Lists all objects below a prefix, page by page. @throws ProblemError */
  async listAll(prefix: string): Promise<ListedObject[]> {
    const objects: ListedObject[] = [];
    let page = await this.listObjects(prefix);
    objects.push(...page.items);
    while (page.continuation !== undefined) {
      page = await this.listObjects(prefix, page.continuation);
      objects.push(...page.items);
    }
    return objects;
  }

  /** Reads a small object of text; undefined where there is none. @throws ProblemError */
  readText(key: string): Promise<StoredText | undefined> {
    return this.#attempt('read', () => readText(this.#client, this.#destination.bucket, key));
  }

  /** Writes a small object of JSON, whatever is there. @returns its ETag @throws ProblemError */
  writeText(key: string, text: string): Promise<string> {
    return this.#attempt('write', () => writeText(this.#client, this.#destination.bucket, key, text));
  }

  /** Writes a small object of JSON under a condition; see `texts.ts`. @throws ProblemError */
  async writeTextIf(key: string, text: string, condition: Condition): Promise<Written> {
    const { bucket } = this.#destination;
    const written = await this.#attempt('write', () => writeTextIf(this.#client, bucket, key, text, condition));
    if (written === 'unsupported') this.#conditions = false;
    return written;
  }

  /** Whether the store keeps to conditions of writes; undefined until that has been found out. */
  get hasConditions(): boolean | undefined {
    return this.#conditions;
  }

  /**
   * Finds out whether the store keeps to conditions, by a write that has to be refused.
   * @param key of an object of ours that is there and has this text, which it keeps
   * @returns its new ETag where the store has written all the same
   * @throws ProblemError
   */
  async checkConditions(key: string, text: string): Promise<string | undefined> {
    const written = await this.writeTextIf(key, text, { absent: true });
    this.#conditions = written === 'refused';
    return typeof written === 'object' ? written.etag : undefined;
  }

  /** Makes a staged upload visible; see `completing.ts`. Its errors tell `isLost` and `isAmbiguous`; `problem` explains them. */
  complete(upload: StagedUpload, options: { runId: string; onlyNew: boolean }): Promise<string | undefined> {
    return completeUpload(this.#client, upload, { ...options, bucket: this.#destination.bucket });
  }

  /** Puts a small object that was not staged. Errors are as those of `complete`. */
  putKept(
    kept: KeptObject,
    options: { runId: string; onlyNew: boolean },
    metadata: Record<string, string>,
  ): Promise<string | undefined> {
    this.#dataClient ??= createClient(this.#destination, { ...this.#clientOptions(), objects: 'data' });
    return putKept(this.#dataClient, kept, { ...options, bucket: this.#destination.bucket }, metadata);
  }

  /** What can be seen of an object: of which run it is, or that looking is denied. @throws ProblemError */
  lookAt(key: string): ReturnType<typeof lookAt> {
    return this.#attempt('look at objects', () => lookAt(this.#client, this.#destination.bucket, key));
  }

  /** All that may be known of an object; undefined where there is none. See `properties.ts`. @throws ProblemError */
  properties(key: string): Promise<ObjectProperties | undefined> {
    return this.#attempt('look at objects', () => readProperties(this.#client, this.#destination.bucket, key));
  }

  /** What is known of an object; undefined where there is none. @throws ProblemError */
  head(key: string): Promise<ObjectFacts | undefined> {
    return this.#attempt('look at objects', () => headObject(this.#client, this.#destination.bucket, key));
  }

  /** Reads some of an object's bytes; see `objectRange.ts`. @throws ProblemError */
  readRange(key: string, options: RangeOptions): Promise<ObjectRange | undefined> {
    return this.#attempt('read', () => readRange(this.#client, this.#destination.bucket, key, options));
  }

  /** Why an upload can never be completed, if that is what an error of `complete` says. */
  lostBecause(error: unknown): 'gone' | 'taken' | undefined {
    if (!(error instanceof UploadLost)) return undefined;
    return error.taken ? 'taken' : 'gone';
  }

  /** Whether an error of `complete` leaves open if the upload is complete. */
  isAmbiguous(error: unknown): boolean {
    return !(error instanceof UploadLost) && (!(error instanceof CompleteRefused) || error.ambiguous);
  }

  /** Streams an object into a file; see `download.ts`. @throws ProblemError */
  download(key: string, file: string): Promise<{ bytes: number; sha256: string } | undefined> {
    return this.#attempt('read', () => download(this.#client, this.#destination.bucket, key, file));
  }

  /** Begins to read an object of any size; see `objectBody.ts`. @throws ProblemError, also while it is read */
  async openObject(key: string, options?: ReadOptions): Promise<OpenedObject | undefined> {
    const { bucket } = this.#destination;
    const opened = await this.#attempt('read', () => openObject(this.#client, bucket, key, options));
    return opened === undefined ? undefined : { ...opened, content: this.#explained(opened.content, options?.signal) };
  }

  /**
   * A URL by which anybody can read the object until it expires. It is a secret, and is not to be logged. Whether there is
   * such an object, and whether these credentials may read it, is not asked. @throws ProblemError
   */
  presign(key: string, expiresSeconds: number): Promise<string> {
    const command = new GetObjectCommand({ Bucket: this.#destination.bucket, Key: key });
    return this.#attempt('sign', () => getSignedUrl(this.#client, command, { expiresIn: expiresSeconds }));
  }

  /** How long what is signed now can be good. @throws ProblemError when there are no credentials to be had */
  async credentialsLife(): Promise<CredentialsLife> {
    const { expiration, sessionToken } = await this.#attempt('sign', () => this.#signer.current());
    return { temporary: sessionToken !== undefined, ...(expiration === undefined ? {} : { end: expiration }) };
  }

  /** Deletes objects by their exact keys. Refusals stand with the keys. */
  deleteObjects(keys: readonly string[]): Promise<Deletion> {
    return deleteObjects(this.#client, this.#destination.bucket, keys, deletePolicy(this.#destination));
  }

  /**
   * Whether the bucket keeps what is deleted as versions; undefined where that may not be asked, and where it keeps those that it
   * has, but makes none any more. @throws ProblemError
   */
  async keepsVersions(): Promise<boolean | undefined> {
    try {
      const command = new GetBucketVersioningCommand({ Bucket: this.#destination.bucket });
      const { Status } = await this.#client.send(command);
      return Status === 'Suspended' ? undefined : Status === 'Enabled';
    } catch (error) {
      // Stores without versions do not know the request.
      if (statusOf(error) !== undefined) return undefined;
      throw this.problem(error, 'look at');
    }
  }

  /** Lists the unfinished uploads below a prefix. @throws ProblemError */
  listUploads(prefix: string, continuation?: string): Promise<Page<UnfinishedUpload>> {
    const { bucket } = this.#destination;
    return this.#attempt('list uploads', () => listUploads(this.#client, bucket, prefix, continuation));
  }

  /** What has been uploaded of an unfinished upload. @throws ProblemError */
  uploadSize(key: string, uploadId: string): Promise<{ bytes: number; parts: number }> {
    const { bucket } = this.#destination;
    return this.#attempt('list uploads', () => uploadSize(this.#client, bucket, key, uploadId));
  }

  /** Aborts an unfinished upload; one that is gone is no failure. @throws ProblemError */
  abortUpload(key: string, uploadId: string): Promise<void> {
    return this.#attempt('abort uploads', () => abortUpload(this.#client, this.#destination.bucket, key, uploadId));
  }

  /** Whether there is an object of that key. False, too, when these credentials may not ask. @throws ProblemError */
  async exists(key: string): Promise<boolean> {
    return (await this.lookAt(key)).exists === true;
  }

  /** Small requests that show what can be done here; to be closed. @param signal ends them */
  probes(signal: AbortSignal): Probes {
    return new Probes(this.#destination, this.#signer, signal);
  }

  /** What an error of the SDK means at this destination. @param action what was being done, such as `write` */
  problem(error: unknown, action: string): ProblemError {
    const cause = error instanceof CompleteRefused ? error.cause : error;
    return s3Problem(cause, this.#destination, action, this.#signer.secrets);
  }

  /** Closes the connections. */
  close(): void {
    this.#client.destroy();
    this.#dataClient?.destroy();
  }

  async *#explained(content: AsyncIterable<Buffer>, signal?: AbortSignal): AsyncGenerator<Buffer> {
    try {
      yield* content;
    } catch (error) {
      signal?.throwIfAborted();
      throw this.problem(error, 'read');
    }
  }

  #clientOptions(): ClientOptions {
    return { signer: this.#signer, maxConnections: SMALL_REQUESTS_AT_ONCE, maxAttempts: ATTEMPTS };
  }

  async #attempt<R>(action: string, request: () => Promise<R>): Promise<R> {
    try {
      return await request();
    } catch (error) {
      throw this.problem(error, action);
    }
  }
}

/** Opens a destination's store. Nothing is sent before it is first used. */
export function openStore(destination: Destination, hooks: SignerHooks = {}): Store {
  return new Store(destination, hooks);
}
