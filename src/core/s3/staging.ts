import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import type { InitializeHandler, MetadataBearer } from '@smithy/types';
import { sideBySide } from '../sideBySide.ts';
import { createUpload, inParts, type ObjectHead, type Part, PartBuffers, sendParts } from './parts.ts';
import { abortUpload, listUploads } from './uploads.ts';

/** Objects whose last parts may still be on their way while the next object is being produced. */
const OBJECTS_AT_ONCE = 4;
const ABORTS_AT_ONCE = 8;

/** An upload of which all parts are with the store and nothing is visible. Plain JSON: whoever has it can complete it. */
export interface StagedUpload {
  key: string;
  uploadId: string;
  /** With the checksums that the store was given, where it was given some. */
  parts: CompletedPart[];
}

/** Is told what uploads there are, so that they can be removed even if this process does not live to do it. */
export interface UploadWatcher {
  /** Before the store is asked for an upload. It is asked when the promise has resolved. */
  creating(key: string): Promise<void>;
  /** When the store has made it, and before its first part is sent. */
  created(upload: OpenUpload): Promise<void>;
}

export interface StagingOptions {
  bucket: string;
  /** Bytes; at least 5 MiB. */
  partBytes: number;
  /** Parts of one object that are sent at once. */
  partsAtOnce: number;
  /** Whether a single small object is kept here, to be put in one request, rather than to be staged. */
  keepSmall: boolean;
  watcher?: UploadWatcher;
}

/** A small object that is kept here. */
export interface KeptObject {
  head: ObjectHead;
  body: Buffer;
}

/** An upload that exists at the store and is not completed. */
export interface OpenUpload {
  key: string;
  uploadId: string;
}

/**
 * The objects of one run, uploaded but invisible. Everything goes up as multipart uploads that are not completed here, so
 * that all of the run appears later, or nothing; only a run of a single small object may be kept in memory.
 */
export class Staging {
  readonly #options: StagingOptions;
  readonly #client: S3Client;
  readonly #cleaner: S3Client;
  readonly #cut: AbortController;
  readonly #buffers: PartBuffers;
  readonly #staged: Promise<StagedUpload>[] = [];
  readonly #arriving = new Set<Promise<unknown>>();
  readonly #uploads = new Map<string, OpenUpload>();
  /** Keys for which there may be an upload that nobody knows of, as an answer was lost. */
  readonly #unsure = new Set<string>();
  readonly #requests = new Set<Promise<unknown>>();
  readonly #failed = Promise.withResolvers<never>();
  #small: KeptObject | undefined;
  #failure: unknown;
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
    this.#buffers = new PartBuffers(options.partBytes);
    this.#failed.promise.catch(() => undefined);
    client.middlewareStack.add(this.#watch, { step: 'initialize', priority: 'high', name: 'watchUploads' });
  }

  /** Uploads an object. Resolves when `body` has been read to its end, so that the next may be produced. */
  async put(head: ObjectHead, body: AsyncIterable<Buffer>): Promise<void> {
    this.#stageSmall();
    while (this.#arriving.size >= OBJECTS_AT_ONCE) await Promise.race(this.#arriving);
    this.#throwIfFailed();
    const parts = inParts(body, this.#buffers);
    const first = await parts.next();
    // What fits into one part is kept back, as it may turn out to be all that the run has.
    if (first.done === true || first.value.last) {
      const bytes = first.value?.bytes;
      this.#small = { head, body: Buffer.from(bytes ?? '') };
      if (bytes !== undefined) this.#buffers.giveBack(bytes);
      return;
    }
    const read = Promise.withResolvers<undefined>();
    this.#track(this.#upload(head, chain(first.value, parts, read)));
    await Promise.race([read.promise, this.#failed.promise]);
  }

  /**
   * Resolves when all of the run is at the store and nothing is missing but the commit.
   * @returns what has to be completed, in the order in which it was put; and the object that was kept, which then is all
   */
  async staged(): Promise<{ uploads: StagedUpload[]; kept?: KeptObject }> {
    const kept = this.#small;
    if (kept !== undefined && this.#options.keepSmall && this.#staged.length === 0) return { uploads: [], kept };
    this.#stageSmall();
    await Promise.all(this.#arriving);
    this.#throwIfFailed();
    return { uploads: await Promise.all(this.#staged) };
  }

  /** Forgets the object that is kept here, as it is not wanted. */
  dropKept(): void {
    this.#small = undefined;
  }

  /** Stops what is on its way, for the reason given. */
  cancel(reason: Error): void {
    this.#fail(reason);
  }

  /**
   * Gives the run up. Resolves when nothing of it is on its way any more and S3 has said that its uploads are gone.
   * @returns the uploads that could not be aborted, with the reason
   */
  async abort(): Promise<{ key: string; uploadId: string; error: unknown }[]> {
    this.#fail(new Error('The run was given up.'));
    while (this.#requests.size > 0) await Promise.allSettled(this.#requests);
    const left: { key: string; uploadId: string; error: unknown }[] = [];
    await sideBySide(this.#uploads.values(), ABORTS_AT_ONCE, async (upload) => {
      const error = await this.#abortUpload(upload);
      if (error !== undefined) left.push({ ...upload, error });
    });
    return left;
  }

  /**
   * Removes uploads of the run that nobody knows of: those whose answer was lost when they were asked for. To be called when
   * the run is over. Does nothing in the usual case that no answer was lost.
   * @throws the SDK's error when uploads may not be listed
   */
  async sweep(): Promise<void> {
    const { bucket } = this.#options;
    for (const key of this.#unsure) {
      const { items } = await listUploads(this.#cleaner, bucket, key);
      const strays = items.filter((upload) => upload.key === key && !this.#uploads.has(upload.uploadId));
      for (const { uploadId } of strays) await abortUpload(this.#cleaner, bucket, key, uploadId);
    }
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
    // A multipart upload of one part is legal, however small the part is.
    this.#track(this.#upload(small.head, onePart(small.body)));
  }

  #track(staged: Promise<StagedUpload>): void {
    staged.catch((error: unknown) => this.#fail(error));
    this.#staged.push(staged);
    const arriving = Promise.race([staged, this.#failed.promise]).finally(() => this.#arriving.delete(arriving));
    arriving.catch(() => undefined);
    this.#arriving.add(arriving);
  }

  async #upload(head: ObjectHead, parts: AsyncGenerator<Part>): Promise<StagedUpload> {
    const { bucket, partsAtOnce } = this.#options;
    const { key } = head;
    const uploadId = await createUpload(this.#client, bucket, head);
    const how = { atOnce: partsAtOnce, buffers: this.#buffers };
    return { key, uploadId, parts: await sendParts(this.#client, { bucket, key, uploadId }, parts, how) };
  }

  /** Remembers what has been created, and gives up all of the run as soon as one part of it cannot be sent. */
  readonly #watch =
    (next: InitializeHandler<object, MetadataBearer>, context: { commandName?: string }) =>
    async (args: { input: object }) => {
      this.#throwIfFailed();
      const request = this.#watched(next, args, context.commandName ?? '');
      this.#inFlight(request);
      try {
        return await request;
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    };

  async #watched(
    next: InitializeHandler<object, MetadataBearer>,
    args: { input: object },
    command: string,
  ): ReturnType<typeof next> {
    const { Key: key = '', Body: body } = args.input as { Key?: string; Body?: Buffer };
    const creates = command === 'CreateMultipartUploadCommand';
    if (creates) {
      await this.#options.watcher?.creating(key);
      // It may have been given up meanwhile.
      this.#throwIfFailed();
    }
    const result = await next(args).catch((error: unknown) => {
      if (creates) this.#unsure.add(key);
      throw error;
    });
    if (creates && (result.output.$metadata.attempts ?? 1) > 1) this.#unsure.add(key);
    const { UploadId: uploadId } = result.output as { UploadId?: string };
    if (creates && uploadId !== undefined) {
      this.#uploads.set(uploadId, { key, uploadId });
      await this.#options.watcher?.created({ key, uploadId });
    }
    if (command === 'UploadPartCommand') this.bytesSent += body?.length ?? 0;
    return result;
  }

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
    this.#cut.abort();
    this.#failed.reject(error);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  async #abortUpload({ key, uploadId }: OpenUpload): Promise<unknown> {
    try {
      await abortUpload(this.#cleaner, this.#options.bucket, key, uploadId);
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

async function* chain(
  first: Part,
  rest: AsyncGenerator<Part>,
  read: PromiseWithResolvers<undefined>,
): AsyncGenerator<Part> {
  yield first;
  yield* rest;
  read.resolve(undefined);
}

// eslint-disable-next-line @typescript-eslint/require-await -- the parts of an object come one after the other
async function* onePart(body: Buffer): AsyncGenerator<Part> {
  yield { number: 1, bytes: body, last: true };
}
