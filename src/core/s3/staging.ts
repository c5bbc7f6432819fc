import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { InitializeHandler, MetadataBearer } from '@smithy/types';
import { CommitGate } from './commitGate.ts';
import { inChunks } from './chunks.ts';

/** Objects whose last parts may still be on their way while the next object is being produced. */
const OBJECTS_AT_ONCE = 4;
/** The uploader joins what it is given to parts: the smaller the pieces, the less is copied beyond a part. */
const CHUNK_BYTES = 1024 * 1024;
const ABORT_ATTEMPTS = 3;
const ABORTS_AT_ONCE = 8;

/** What an object is and how it is described at the store. */
export interface ObjectHead {
  key: string;
  contentType: string;
  /** Goes into the object's user metadata. */
  metadata: Record<string, string>;
  /** Has the store refuse the commit when there is an object of that key. */
  onlyNew?: boolean;
}

export interface StagingOptions {
  bucket: string;
  /** Bytes; at least 5 MiB. */
  partBytes: number;
  /** Parts of one object that are sent at once. */
  partsAtOnce: number;
}

/** An object that has become visible. */
export interface CommittedObject {
  key: string;
  etag: string | undefined;
}

/** What completes an upload. */
type CompletedUpload = Pick<CompleteMultipartUploadCommandInput, 'UploadId' | 'MultipartUpload'>;

/** An upload that exists at the store and is not completed. */
interface OpenUpload {
  key: string;
  uploadId: string;
}

/**
 * The objects of one run, uploaded but invisible until `commit`. Everything goes up as multipart uploads that are not
 * completed; only a run of a single small object is kept here and sent as one request.
 */
export class Staging {
  readonly #options: StagingOptions;
  readonly #client: S3Client;
  readonly #cleaner: S3Client;
  readonly #cut: AbortController;
  readonly #gate: CommitGate;
  readonly #done: Promise<CommittedObject>[] = [];
  readonly #arriving = new Set<Promise<unknown>>();
  readonly #uploads = new Map<string, OpenUpload>();
  readonly #requests = new Set<Promise<unknown>>();
  readonly #failed = Promise.withResolvers<never>();
  #small: { head: ObjectHead; body: Buffer } | undefined;
  #failure: unknown;
  #committing = false;
  /** Bytes that S3 has. */
  bytesSent = 0;

  /**
   * @param client used by this run alone, and cut by `cut`
   * @param cleaner aborts uploads; must not be cut
   */
  constructor(client: S3Client, cleaner: S3Client, cut: AbortController, options: StagingOptions) {
    this.#client = client;
    this.#cleaner = cleaner;
    this.#cut = cut;
    this.#options = options;
    this.#gate = new CommitGate(options.partsAtOnce);
    this.#failed.promise.catch(() => undefined);
    client.middlewareStack.add(this.#watch, { step: 'initialize', priority: 'high', name: 'watchUploads' });
    client.middlewareStack.add(this.#gate.middleware, { step: 'initialize', priority: 'low', name: 'commitGate' });
  }

  /** Uploads an object. Resolves when `body` has been read to its end, so that the next may be produced. */
  async put(head: ObjectHead, body: AsyncIterable<Buffer>): Promise<void> {
    this.#stageSmall();
    while (this.#arriving.size >= OBJECTS_AT_ONCE) await Promise.race(this.#arriving);
    this.#throwIfFailed();
    const chunks = inChunks(body, CHUNK_BYTES);
    const begun: Buffer[] = [];
    let bytes = 0;
    // What fits into one part is kept back, as it may turn out to be all that the run has.
    while (bytes <= this.#options.partBytes) {
      const next = await chunks.next();
      if (next.done === true) {
        this.#small = { head, body: Buffer.concat(begun) };
        return;
      }
      begun.push(next.value);
      bytes += next.value.length;
    }
    const read = Promise.withResolvers<undefined>();
    this.#track(head.key, this.#uploadLarge(head, chain(begun, chunks, read)));
    await Promise.race([read.promise, this.#failed.promise]);
  }

  /** Resolves when all of the run is at the store and nothing is missing but the commit. */
  async staged(): Promise<void> {
    if (this.#done.length > 0) this.#stageSmall();
    await Promise.all(this.#arriving);
    this.#throwIfFailed();
  }

  /**
   * Makes all objects visible. Only to be called after `staged`.
   * @param metadata what is known of a single small object by now, added to its metadata
   * @throws when S3 refuses one; what it has taken by then is visible
   */
  async commit(metadata: Record<string, string>): Promise<CommittedObject[]> {
    this.#committing = true;
    const small = this.#small;
    this.#small = undefined;
    this.#gate.open();
    if (small !== undefined) {
      const head = { ...small.head, metadata: { ...small.head.metadata, ...metadata } };
      this.#done.push(this.#upload(head, small.body));
    }
    return Promise.all(this.#done);
  }

  /** Stops what is on its way, for the reason given. Has no effect once the commit has begun. */
  cancel(reason: Error): void {
    if (!this.#committing) this.#fail(reason);
  }

  /**
   * Gives the run up. Resolves when nothing of it is on its way any more and S3 has said that its uploads are gone.
   * @returns the uploads that could not be aborted, with the reason
   */
  async abort(): Promise<{ key: string; uploadId: string; error: unknown }[]> {
    this.#fail(new Error('The run was given up.'));
    while (this.#requests.size > 0) await Promise.allSettled(this.#requests);
    const left: { key: string; uploadId: string; error: unknown }[] = [];
    const uploads = this.#uploads.values();
    const worker = async (): Promise<void> => {
      for (const upload of uploads) {
        const error = await this.#abortUpload(upload);
        if (error !== undefined) left.push({ ...upload, error });
      }
    };
    await Promise.all(Array.from({ length: ABORTS_AT_ONCE }, worker));
    return left;
  }

  /** Closes the connections. To be called when the run is over, in whatever way. */
  close(): void {
    this.#client.destroy();
  }

  /** Stages the small object that was kept back, as it is no longer the only one. */
  #stageSmall(): void {
    const small = this.#small;
    if (small === undefined) return;
    this.#small = undefined;
    const { head, body } = small;
    this.#track(head.key, this.#complete(head, this.#uploadSmall(head, body)));
  }

  #track(key: string, done: Promise<CommittedObject>): void {
    done.catch((error: unknown) => this.#fail(error));
    this.#done.push(done);
    const arriving = Promise.race([this.#gate.arrival(key), this.#failed.promise]).finally(() =>
      this.#arriving.delete(arriving),
    );
    arriving.catch(() => undefined);
    this.#arriving.add(arriving);
  }

  #uploadLarge(head: ObjectHead, chunks: AsyncGenerator<Buffer>): Promise<CommittedObject> {
    return this.#upload(head, Readable.from(chunks, { objectMode: true, highWaterMark: 1 }));
  }

  async #upload(
    { key, contentType, metadata, onlyNew }: ObjectHead,
    body: Readable | Buffer,
  ): Promise<CommittedObject> {
    const { bucket, partBytes, partsAtOnce } = this.#options;
    const upload = new Upload({
      client: this.#client,
      params: {
        ...{ Bucket: bucket, Key: key, Body: body, ContentType: contentType, Metadata: metadata },
        ...condition(onlyNew),
      },
      partSize: partBytes,
      queueSize: partsAtOnce,
      // Otherwise an abort that fails would take the place of the error that was the reason for it.
      leavePartsOnError: true,
    });
    const { ETag } = await upload.done();
    return { key, etag: ETag };
  }

  /** A multipart upload of one part: legal, however small the part is, and invisible until it is completed. */
  async #uploadSmall({ key, contentType, metadata }: ObjectHead, body: Buffer): Promise<CompletedUpload> {
    const object = { Bucket: this.#options.bucket, Key: key };
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({ ...object, ContentType: contentType, Metadata: metadata }),
    );
    const { ETag } = await this.#client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: body }));
    return { UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
  }

  /** Not within `uploadSmall`, which would keep the body of each file in memory until the commit. */
  async #complete({ key, onlyNew }: ObjectHead, uploaded: Promise<CompletedUpload>): Promise<CommittedObject> {
    const object = { Bucket: this.#options.bucket, Key: key, ...(await uploaded), ...condition(onlyNew) };
    const { ETag } = await this.#client.send(new CompleteMultipartUploadCommand(object));
    return { key, etag: ETag };
  }

  /** Remembers what has been created, and gives up all of the run as soon as one part of it cannot be sent. */
  readonly #watch =
    (next: InitializeHandler<object, MetadataBearer>, context: { commandName?: string }) =>
    async (args: { input: object }) => {
      this.#throwIfFailed();
      const request = next(args);
      // A complete may wait at the gate for as long as it likes.
      if (context.commandName !== 'CompleteMultipartUploadCommand') this.#inFlight(request);
      try {
        const result = await request;
        const input = args.input as { Key?: string; Body?: Buffer };
        const output = result.output as { UploadId?: string };
        const { Key: key = '' } = input;
        if (context.commandName === 'CreateMultipartUploadCommand' && output.UploadId !== undefined) {
          this.#uploads.set(output.UploadId, { key, uploadId: output.UploadId });
        }
        if (context.commandName === 'UploadPartCommand') this.bytesSent += input.Body?.length ?? 0;
        return result;
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    };

  #inFlight(request: Promise<unknown>): void {
    const settled = request.then(
      () => undefined,
      () => undefined,
    );
    this.#requests.add(settled);
    void settled.then(() => this.#requests.delete(settled));
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#gate.refuse(error);
    this.#cut.abort();
    this.#failed.reject(error);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  /** Aborts until the store no longer knows the upload, as a part that was on its way may outlive the first abort. */
  async #abortUpload({ key, uploadId }: OpenUpload): Promise<unknown> {
    const command = { Bucket: this.#options.bucket, Key: key, UploadId: uploadId };
    try {
      for (let i = 0; i < ABORT_ATTEMPTS; i++) await this.#cleaner.send(new AbortMultipartUploadCommand(command));
    } catch (error) {
      return (error as Error).name === 'NoSuchUpload' ? undefined : error;
    }
    // Some stores say yes to the abort of what is long gone.
    return undefined;
  }
}

function condition(onlyNew: boolean | undefined): { IfNoneMatch?: string } {
  return onlyNew === true ? { IfNoneMatch: '*' } : {};
}

async function* chain(
  first: Buffer[],
  rest: AsyncGenerator<Buffer>,
  read: PromiseWithResolvers<undefined>,
): AsyncGenerator<Buffer> {
  // Let go of one by one, so that they do not stay in memory as long as the upload takes.
  for (let chunk = first.shift(); chunk !== undefined; chunk = first.shift()) yield chunk;
  yield* rest;
  read.resolve(undefined);
}
