import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Destination } from '../destination/destination.ts';
import type { ProblemError } from '../problem.ts';
import { createClient } from '../s3/client.ts';
import { statusOf } from '../s3/sdkError.ts';
import type { Signer } from '../s3/signer.ts';
import { readFailure } from './failure.ts';
import { callerIdentity, type Identity } from './identity.ts';
import { s3Problem } from './s3Problem.ts';

const TIMEOUTS = { connectionMs: 5000, idleMs: 8000 };

/** What a look at a bucket has shown. */
export interface Look {
  /** Of the bucket, if the store says it. */
  region?: string;
  /** How far this machine's clock is ahead of the store's, in milliseconds, if the store tells the time. */
  clockAheadMs?: number;
  /** Why it could not be looked at. That may say more of the credentials than of the bucket. */
  problem?: ProblemError;
}

/**
 * Small requests that show what can be done at a destination, each sent once and given up early. All but `look` and
 * `identity` reject with a ProblemError when they are refused.
 */
export class Probes {
  readonly #destination: Destination;
  readonly #signer: Signer;
  readonly #client: S3Client;
  readonly #signal: AbortSignal;

  /** @param signal ends all of them */
  constructor(destination: Destination, signer: Signer, signal: AbortSignal) {
    this.#destination = destination;
    this.#signer = signer;
    this.#signal = signal;
    this.#client = createClient(destination, { signer, maxConnections: 6, maxAttempts: 1, timeouts: TIMEOUTS });
  }

  /** The same, for the case that the bucket is in another region. To be closed, too. */
  in(region: string): Probes {
    return new Probes({ ...this.#destination, region }, this.#signer, this.#signal);
  }

  /** Fetches the credentials, which may ask the user, who takes as long as he likes. Whoever else is asked has not as long. */
  async signIn(limitMs: number): Promise<void> {
    await this.#attempt('sign in', () => this.#signer.provideIn(limitMs));
  }

  /** Looks at the bucket. Never rejects. */
  async look(): Promise<Look> {
    let headers: Record<string, string> = {};
    this.#client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        ({ headers } = result.response as { headers: Record<string, string> });
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'readHeaders', override: true },
    );
    let problem: ProblemError | undefined;
    let region: string | undefined;
    const sent = Date.now();
    try {
      const { BucketRegion } = await this.#send(new HeadBucketCommand({ Bucket: this.#destination.bucket }));
      region = BucketRegion ?? headers['x-amz-bucket-region'];
    } catch (error) {
      problem = this.#problem(error, 'look at');
      ({ headers, region } = { region: undefined, ...readFailure(error) });
    }
    const there = Date.parse(headers.date ?? '');
    // The store has told the time somewhere between the request and its answer.
    const ahead = (sent + Date.now()) / 2 - there;
    return {
      ...(region === undefined ? {} : { region }),
      ...(Number.isNaN(ahead) ? {} : { clockAheadMs: ahead }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  /** Who signs; undefined when there is no telling. Rejects with whatever went wrong. */
  async identity(): Promise<Identity | undefined> {
    if (this.#destination.endpoint === undefined) {
      return callerIdentity(this.#client, this.#destination, this.#signal);
    }
    const { Owner } = await this.#send(new ListBucketsCommand({}));
    const name = Owner?.DisplayName ?? Owner?.ID;
    return name === undefined || name === '' ? undefined : { arn: name };
  }

  /** The names of the buckets that may be listed. */
  async buckets(): Promise<string[]> {
    const { Buckets = [] } = await this.#attempt('list', () => this.#send(new ListBucketsCommand({})));
    return Buckets.flatMap(({ Name }) => (Name === undefined ? [] : [Name]));
  }

  async list(prefix: string): Promise<void> {
    const { bucket } = this.#destination;
    await this.#attempt('list', () =>
      this.#send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 })),
    );
  }

  async put(key: string, text: string): Promise<void> {
    const object = { Bucket: this.#destination.bucket, Key: key };
    await this.#attempt('write', () =>
      this.#send(new PutObjectCommand({ ...object, Body: text, ContentType: 'text/plain' })),
    );
  }

  /** @returns whether the object is there */
  async get(key: string): Promise<boolean> {
    const object = { Bucket: this.#destination.bucket, Key: key };
    return this.#attempt('read', async () => {
      try {
        const { Body } = await this.#send(new GetObjectCommand(object));
        await Body?.transformToString();
        return true;
      } catch (error) {
        if (statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket') return false;
        throw error;
      }
    });
  }

  /** Deletes an object, which need not be there. */
  async delete(key: string): Promise<void> {
    const object = { Bucket: this.#destination.bucket, Key: key };
    await this.#attempt('delete', () => this.#send(new DeleteObjectCommand(object)));
  }

  /** Begins an upload. @returns its id */
  async begin(key: string): Promise<string> {
    const object = { Bucket: this.#destination.bucket, Key: key };
    return this.#attempt('write', async () => {
      const { UploadId } = await this.#send(new CreateMultipartUploadCommand(object));
      return UploadId ?? '';
    });
  }

  /** Aborts an upload. */
  async abort(key: string, uploadId: string): Promise<void> {
    const upload = { Bucket: this.#destination.bucket, Key: key, UploadId: uploadId };
    await this.#attempt('abort uploads', async () => {
      try {
        await this.#send(new AbortMultipartUploadCommand(upload));
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    });
  }

  close(): void {
    this.#client.destroy();
  }

  readonly #send: S3Client['send'] = ((command: Parameters<S3Client['send']>[0]) =>
    this.#client.send(command, { abortSignal: this.#signal })) as S3Client['send'];

  async #attempt<R>(action: string, request: () => Promise<R>): Promise<R> {
    try {
      return await request();
    } catch (error) {
      throw this.#problem(error, action);
    }
  }

  #problem(error: unknown, action: string): ProblemError {
    return s3Problem(error, this.#destination, action, this.#signer.secrets);
  }
}
