import type { CompletedPart, CompleteMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import type { InitializeHandler, InitializeMiddleware, MetadataBearer } from '@smithy/types';

/** An upload of which all parts are with the store and nothing is visible. Plain JSON: whoever has it can complete it. */
export interface StagedUpload {
  key: string;
  uploadId: string;
  /** With the checksums that the store was given, where it was given some. */
  parts: CompletedPart[];
}

/**
 * The gate at which the requests stop that would make objects visible, so that all of a run appears or nothing does. It is
 * a middleware on the client that a run stages with: a complete is written down here and answered without being sent.
 * What was written down is completed later, by whoever commits the run.
 */
export class CommitGate {
  readonly #arrivals = new Map<string, PromiseWithResolvers<StagedUpload>>();

  /** Resolves when all of the object is with the store and nobody sees it. */
  arrival(key: string): Promise<StagedUpload> {
    return this.#arrival(key).promise;
  }

  /** Lets an upload arrive that needs no uploader. */
  arrived(upload: StagedUpload): void {
    this.#arrival(upload.key).resolve(upload);
  }

  /** The middleware for the `initialize` step. @throws for a request that would make an object visible past the gate */
  readonly middleware: InitializeMiddleware<object, MetadataBearer> =
    (next: InitializeHandler<object, MetadataBearer>, context) => (args) => {
      if (context.commandName === 'PutObjectCommand') throw new Error('A run that is being staged cannot put objects.');
      if (context.commandName !== 'CompleteMultipartUploadCommand') return next(args);
      const { Key = '', UploadId = '', MultipartUpload } = args.input as CompleteMultipartUploadCommandInput;
      this.arrived({ key: Key, uploadId: UploadId, parts: MultipartUpload?.Parts ?? [] });
      return Promise.resolve({ output: { $metadata: {} }, response: undefined });
    };

  #arrival(key: string): PromiseWithResolvers<StagedUpload> {
    const known = this.#arrivals.get(key);
    if (known !== undefined) return known;
    const arrival = Promise.withResolvers<StagedUpload>();
    this.#arrivals.set(key, arrival);
    return arrival;
  }
}
