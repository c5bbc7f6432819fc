import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import * as vscode from 'vscode';
import type { Problem } from '../../src/core/problem.ts';
import { DEMO_ADMIN, type EmbeddedS3, startS3 } from '../s3/server.ts';

/** The bucket of a session's store. */
export const BUCKET = 'acme-data';

/** Credentials as the commands take them. */
export const ADMIN_KEYS = {
  kind: 'keys',
  accessKeyId: DEMO_ADMIN.accessKeyId,
  secretAccessKey: DEMO_ADMIN.secretAccessKey,
} as const;

/** An object as it lies at the store. */
export interface ReadObject {
  bytes: Buffer;
  /** Unpacked if its name ends with `.gz`. */
  text: string;
  sha256: string;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  etag: string | undefined;
  metadata: Record<string, string>;
}

/** A store for the tests of one file, in the process of the extension host. */
export interface HostSession {
  s3: EmbeddedS3;
  /** Adds a destination in the bucket through the command; `changes` replaces some of what it gets. */
  addDestination(name: string, changes?: Readonly<Record<string, unknown>>): Promise<void>;
  /** All keys in the bucket, in order. */
  keys(): Promise<string[]>;
  /** Reads an object by a client that has nothing to do with the extension's. */
  read(key: string): Promise<ReadObject>;
  /** The keys of unfinished uploads in the bucket. */
  unfinished(): Promise<string[]>;
  /** Has the store refuse to delete some of the objects, until its faults are cleared. @param key `*` stands for anything */
  refuseDeletes(key: string): void;
  /** Fails unless the bucket is empty, without unfinished uploads. */
  assertNothingThere(): Promise<void>;
  /** Removes all objects and all destinations. */
  clear(): Promise<void>;
  /** Clears, and ends the store. */
  close(): Promise<void>;
}

/** Starts a store with one empty bucket. */
export async function openHostSession(): Promise<HostSession> {
  const s3 = await startS3();
  s3.createBucket(BUCKET);
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: ADMIN_KEYS,
  });
  const keys = async (): Promise<string[]> => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    return Contents.map(({ Key = '' }) => Key);
  };
  const unfinished = async (): Promise<string[]> => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    return Uploads.map(({ Key = '' }) => Key);
  };
  const clear = async (): Promise<void> => {
    for (const { name } of await run<{ name: string }[]>('listDestinations')) await run('removeDestination', { name });
    for (const key of await keys()) await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
  };
  return {
    s3,
    async addDestination(name, changes = {}) {
      const fields = { name, bucket: BUCKET, endpoint: s3.endpoint, forcePathStyle: true, credentials: ADMIN_KEYS };
      await run('addDestination', { ...fields, ...changes });
    },
    keys,
    unfinished,
    read: (key) => readObject(client, key),
    refuseDeletes(key) {
      const answer = { status: 403, code: 'AccessDenied' };
      s3.faults.add({ op: 'DeleteObjects', times: 1e6, answer });
      s3.faults.add({ op: 'DeleteObject', key, times: 1e6, answer });
    },
    async assertNothingThere() {
      assert.deepEqual(await keys(), []);
      assert.deepEqual(await unfinished(), []);
    },
    clear,
    async close() {
      await clear();
      client.destroy();
      await s3.stop();
    },
  };
}

async function readObject(client: S3Client, key: string): Promise<ReadObject> {
  const {
    Body,
    ContentType,
    ContentEncoding,
    ETag,
    Metadata = {},
  } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  const bytes = Buffer.from(await Body!.transformToByteArray());
  return {
    bytes,
    text: (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    contentType: ContentType,
    contentEncoding: ContentEncoding,
    etag: ETag,
    metadata: Metadata,
  };
}

/** Runs a command of the extension. */
export async function run<T = unknown>(command: string, argument?: unknown): Promise<T> {
  return await vscode.commands.executeCommand<T>(`s3Destinations.${command}`, argument);
}

/** What a command that has to fail rejects with. */
export async function problemOf(outcome: Promise<unknown>): Promise<Problem> {
  const error = await outcome.then(
    (value): never => {
      throw new Error(`It should have failed, but gave ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason as Error & { code: string; problem: Problem },
  );
  assert.ok(error instanceof Error, String(error));
  assert.equal(error.code, error.problem.code);
  assert.equal(error.message, error.problem.message);
  assert.notEqual(error.problem.kind, 'other', 'A failure of the suite is unknown.');
  return error.problem;
}

/** Waits until `look` gives something; fails after ten seconds. */
export async function eventually<T>(look: () => T | undefined | PromiseLike<T | undefined>, what: string): Promise<T> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(20);
  }
  return assert.fail(`Nothing came of waiting for ${what}.`);
}

/** The file of the workspace at a relative path. */
export function workspaceFile(name: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, name);
}

/** Writes a file of the workspace; returns where it is. */
export async function writeWorkspaceFile(name: string, content: string): Promise<vscode.Uri> {
  const uri = workspaceFile(name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(content));
  return uri;
}

/** The name of an object without its folders. */
export function baseName(key: string | undefined): string {
  return path.posix.basename(key ?? '');
}
