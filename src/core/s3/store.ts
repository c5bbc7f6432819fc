import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { s3Problem } from '../diagnose/s3Problem.ts';
import type { Destination } from '../destination/destination.ts';
import type { ProblemError } from '../problem.ts';
import { createClient } from './client.ts';
import { type ListedObject, listFolders, listObjects, type Page } from './listing.ts';
import { type AskMfaCode, Signer } from './signer.ts';
import { Staging, type StagingOptions } from './staging.ts';

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

  readonly #signer: Signer;

  constructor(destination: Destination, askMfaCode?: AskMfaCode) {
    this.#destination = destination;
    this.#signer = Signer.of(destination.credentials, { destination, askMfaCode });
    const own = { signer: this.#signer, maxConnections: SMALL_REQUESTS_AT_ONCE, maxAttempts: ATTEMPTS };
    this.#client = createClient(destination, own);
  }

  /** Begins the upload of a run. Its errors are the SDK's own: pass them through `problem`. */
  stage(options: Omit<StagingOptions, 'bucket'>): Staging {
    const cut = new AbortController();
    const maxConnections = options.partsAtOnce + 2;
    const own = { signer: this.#signer, maxConnections, maxAttempts: PART_ATTEMPTS, signal: cut.signal };
    const client = createClient(this.#destination, own);
    return new Staging(client, this.#client, cut, { ...options, bucket: this.#destination.bucket });
  }

  /** Lists the folders directly below a prefix. @throws ProblemError */
  listFolders(prefix: string, continuation?: string): Promise<Page<string>> {
    return this.#attempt('list', () => listFolders(this.#client, this.#destination.bucket, prefix, continuation));
  }

  /** Lists the objects below a prefix. @throws ProblemError */
  listObjects(prefix: string, continuation?: string): Promise<Page<ListedObject>> {
    return this.#attempt('list', () => listObjects(this.#client, this.#destination.bucket, prefix, continuation));
  }

  /** Writes a small object of text. @throws ProblemError */
  async putText(key: string, body: string, contentType: string): Promise<void> {
    const object = { Bucket: this.#destination.bucket, Key: key, ContentType: contentType };
    await this.#attempt('write', () => this.#client.send(new PutObjectCommand({ ...object, Body: body })));
  }

  /** Reads a small object of text; undefined where there is none. @throws ProblemError */
  getText(key: string): Promise<string | undefined> {
    return this.#attempt('read', async () => {
      try {
        const object = await this.#client.send(new GetObjectCommand({ Bucket: this.#destination.bucket, Key: key }));
        return await object.Body?.transformToString();
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  /** Whether there is an object of that key. False, too, when these credentials may not ask. @throws ProblemError */
  exists(key: string): Promise<boolean> {
    return this.#attempt('look at objects', async () => {
      try {
        await this.#client.send(new HeadObjectCommand({ Bucket: this.#destination.bucket, Key: key }));
        return true;
      } catch (error) {
        const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
        if (httpStatusCode === 404 || httpStatusCode === 403) return false;
        throw error;
      }
    });
  }

  /** What an error of the SDK means at this destination. @param action what was being done, such as `write` */
  problem(error: unknown, action: string): ProblemError {
    return s3Problem(error, this.#destination, action);
  }

  /** Closes the connections. */
  close(): void {
    this.#client.destroy();
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
export function openStore(destination: Destination, askMfaCode?: AskMfaCode): Store {
  return new Store(destination, askMfaCode);
}
