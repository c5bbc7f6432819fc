import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type Destination, parseDestination } from '../../../../src/core/destination/destination.ts';
import type { ProblemError } from '../../../../src/core/problem.ts';
import { openStore } from '../../../../src/core/s3/store.ts';
import { exportRun, type RunProgress } from '../../../../src/core/sync/exportRun.ts';
import { parseExportRequest } from '../../../../src/core/sync/exportRequest.ts';
import type { ExportSource } from '../../../../src/core/sync/exportSource.ts';
import type { RunResult } from '../../../../src/core/sync/runResult.ts';
import { DEMO_ADMIN, type EmbeddedS3, type S3Options, startS3 } from '../../../s3/server.ts';
import { exporters, Workspace } from '../../exporter/exporting.ts';
import { bytesOf, clientOf } from '../../s3/subject.ts';

/** About 1 kB a row, five parts in all. */
export const LARGE = `select repeat('x', 1000) || random() as t from range(23000)`;
export const SMALL = `from (values (1, 'a'), (2, null)) as v(id, name)`;
const PART_BYTES = 5 << 20;

export interface RunOptions {
  destination?: Record<string, unknown>;
  partsAtOnce?: number;
  signal?: AbortSignal;
  onProgress?: (progress: RunProgress) => void;
}

/** A server with one bucket, the workspace whose files are queried, and runs from there to the bucket. */
export class Bucket {
  readonly name = 'exports';
  readonly s3: EmbeddedS3;
  readonly workspace = new Workspace();
  readonly warnings: string[] = [];
  readonly #client;

  private constructor(s3: EmbeddedS3) {
    this.s3 = s3;
    this.#client = clientOf({ endpoint: s3.endpoint, region: 'us-east-1', admin: DEMO_ADMIN });
    s3.createBucket(this.name);
  }

  static async create(options?: S3Options): Promise<Bucket> {
    return new Bucket(await startS3(options));
  }

  /** Takes objects, faults and the log of requests away; checks that no run has left anything on this machine. */
  reset(): void {
    const left = [exporters(), this.workspace.scratch()];
    this.s3.faults.clear();
    this.s3.requests.length = 0;
    this.warnings.length = 0;
    assert.deepEqual(left, [[], []]);
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    this.workspace.remove();
    await this.s3.stop();
  }

  destination(changes: Record<string, unknown> = {}): Destination {
    const credentials = { accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: DEMO_ADMIN.secretAccessKey };
    const own = { name: 'test', bucket: this.name, endpoint: this.s3.endpoint, forcePathStyle: true, credentials };
    return parseDestination({ ...own, ...changes });
  }

  /** Exports a query or another source. @param settings what the caller of a command says besides */
  async run(
    what: string | ExportSource,
    settings: Record<string, unknown>,
    options: RunOptions = {},
  ): Promise<RunResult> {
    const destination = this.destination(options.destination);
    const store = openStore(destination);
    try {
      return await exportRun({
        destination,
        store,
        request: parseExportRequest(settings, destination, 2 ** 40),
        source: typeof what === 'string' ? { kind: 'query', sql: what } : what,
        gzipLevel: 4,
        exporter: this.workspace.options(),
        journals: this.journalFolder,
        upload: { partBytes: PART_BYTES, partsAtOnce: options.partsAtOnce ?? 4 },
        signal: options.signal ?? new AbortController().signal,
        onProgress: options.onProgress ?? (() => undefined),
        log: { info: () => undefined, warn: (message) => void this.warnings.push(message) },
      });
    } finally {
      store.close();
    }
  }

  /** The problem that a run fails with. */
  async problemOf(run: Promise<unknown>): Promise<ProblemError['problem']> {
    const error = await run.then(
      () => assert.fail('The run has succeeded'),
      (reason: unknown) => reason as ProblemError,
    );
    assert.equal(error.name, 'ProblemError', String(error));
    return error.problem;
  }

  /** The keys below a prefix. */
  async keys(prefix = ''): Promise<string[]> {
    const { Contents } = await this.#client.send(new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix }));
    return (Contents ?? []).map(({ Key = '' }) => Key);
  }

  /** How many uploads are neither completed nor aborted. */
  async unfinished(): Promise<number> {
    const { Uploads } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    return (Uploads ?? []).length;
  }

  /** Aborts the uploads that a test has left on purpose. */
  async abortAll(): Promise<void> {
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    for (const { Key, UploadId } of Uploads) {
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket: this.name, Key, UploadId }));
    }
  }

  /** Removes all objects. */
  async clear(): Promise<void> {
    for (const Key of await this.keys()) await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key }));
  }

  /** Puts an object there that is none of ours. */
  async put(key: string, body: string | Buffer): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }));
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  /** All that the bucket holds, key by key. */
  async contents(): Promise<Record<string, string>> {
    const keys = await this.keys();
    const contents: Record<string, string> = {};
    for (const key of keys) contents[key] = (await this.bytes(key)).toString('base64');
    return contents;
  }

  /** The journals of runs that have not been settled. */
  journals(): string[] {
    return existsSync(this.journalFolder) ? readdirSync(this.journalFolder, 'utf8') : [];
  }

  get journalFolder(): string {
    return path.join(this.workspace.folder, 'journals');
  }

  head(key: string) {
    return this.#client.send(new HeadObjectCommand({ Bucket: this.name, Key: key }));
  }

  async bytes(key: string): Promise<Buffer> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return bytesOf(Body);
  }

  /** The operations that were asked for, in order, each with how it was answered. */
  log(): string[] {
    return this.s3.requests.map(({ op, status }) => `${op} ${status}`);
  }

  count(op: string): number {
    return this.s3.requests.filter((request) => request.op === op).length;
  }
}
