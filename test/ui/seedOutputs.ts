import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { latestOf, type Manifest } from '../../src/core/sync/manifest.ts';
import { newRunId, runIdText } from '../../src/core/sync/runId.ts';
import type { RowCounts } from '../../src/core/sync/runResult.ts';
import { latestKey, manifestKey } from '../../src/core/sync/syncKeys.ts';
import { DEMO_ADMIN, type EmbeddedS3 } from '../s3/server.ts';

const MINUTE = 60_000;

/** A run as it is put there. */
interface SeededRun {
  kind: Manifest['kind'];
  mode: Manifest['mode'];
  minutesAgo: number;
  rows: RowCounts;
  /** Whether a later run has taken its files away. */
  replaced?: boolean;
}

/** Puts things into a bucket by a client that has nothing to do with the extension's. */
export class Seeding {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;

  constructor(s3: EmbeddedS3, bucket: string, prefix: string) {
    const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
    const credentials = { accessKeyId, secretAccessKey };
    this.client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    this.bucket = bucket;
    this.prefix = prefix;
  }

  async put(name: string, Body = 'text'): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: this.prefix + name, Body }));
  }

  async remove(name: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: this.prefix + name }));
  }

  /** Puts a run with its manifest; the last one of a sync is its newest. @returns its id */
  async run(syncId: string, run: SeededRun): Promise<string> {
    const { kind, mode, rows, minutesAgo } = run;
    const began = new Date(Date.now() - minutesAgo * MINUTE);
    const runId = runIdText(newRunId(began));
    const name = `${syncId}/${runId}-00000.csv`;
    const text = `id,name\n${'1,Ada\n'.repeat(rows.written)}`;
    if (run.replaced !== true) await this.put(name, text);
    const file = { key: this.prefix + name, bytes: text.length, rows: rows.written, sha256: 'ab'.repeat(32) };
    const manifest: Manifest = {
      ...{ version: 1, runId, syncId, status: 'completed', kind, mode, format: 'csv', gzip: false, rows },
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'name', type: 'VARCHAR' },
      ],
      ...{ files: [file], replaced: [], startedAt: began.toISOString(), durationMs: 2100 },
      committedAt: new Date(began.getTime() + 2000).toISOString(),
    };
    const key = manifestKey('', syncId, runId);
    await this.put(key, JSON.stringify(manifest));
    await this.put(latestKey('', syncId), JSON.stringify(latestOf(manifest, this.prefix + key)));
    return runId;
  }

  /** Begins an upload, puts one part, and goes away. */
  async upload(name: string, bytes: number): Promise<void> {
    const at = { Bucket: this.bucket, Key: this.prefix + name };
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand(at));
    const Body = Buffer.alloc(bytes);
    await this.client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body }));
  }
}
