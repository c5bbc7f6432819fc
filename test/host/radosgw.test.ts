import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as vscode from 'vscode';
import type { Deletion } from '../../src/core/s3/removing.ts';
import type { Outputs } from '../../src/core/sync/outputs.ts';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import type { Compared } from '../../src/vscode/objects/compareRuns.ts';
import { radosgwInstalled } from '../s3/radosgw.ts';
import { type Store, startStore } from '../s3/store.ts';
import { BUCKET, problemOf, run } from './hostSession.ts';

const ODD = [
  'a b+c',
  '100%25',
  '100%',
  'quote\'s "two"',
  'é 漢字 😀',
  '<&>',
  '?x=1#y',
  'b//c',
  'back\\slash',
  ' lead',
  '%2B',
];

describe('outputs at radosgw', () => {
  if (!radosgwInstalled()) {
    it('radosgw is not installed (test/s3/ceph/install.sh): outputs have been tried at the embedded server only');
    return;
  }
  let s3: Store;
  let client: S3Client;
  const scratch = mkdtempSync(path.join(os.tmpdir(), 's3d-radosgw-'));

  before(async function () {
    this.timeout(60_000);
    s3 = await startStore('radosgw');
    const { endpoint, region, admin } = s3;
    client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: admin });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    for (const [name, { accessKeyId, secretAccessKey }] of Object.entries({ at: admin, other: s3.other })) {
      const credentials = { kind: 'keys', accessKeyId, secretAccessKey };
      const place = { bucket: BUCKET, pathPrefix: 'a', region, endpoint, forcePathStyle: true };
      await run('addDestination', { name, ...place, credentials });
    }
  });
  after(async () => {
    for (const { name } of await run<{ name: string }[]>('listDestinations')) await run('removeDestination', { name });
    client.destroy();
    rmSync(scratch, { recursive: true, force: true });
    await s3.stop();
  });

  const list = (more: object = {}): Promise<Outputs> => run<Outputs>('listOutputs', { destination: 'at', ...more });
  const exported = (more: object): Promise<RunResult> => run<RunResult>('exportQuery', { destination: 'at', ...more });

  it('are replaced by a mirror, listed, compared, and deleted', async () => {
    const set = { syncId: 'set', mode: 'mirror', maxFileRows: 1 };
    const first = await exported({ ...set, sql: 'from range(2) t(n)' });
    const second = await exported({ ...set, sql: 'from range(1) t(n)' });
    assert.deepEqual([second.replaced, second.warnings], [first.files.map(({ key }) => key), undefined]);
    const one = { syncId: 'one', sql: 'from range(2) t(n)' };
    const [before, after] = [await exported(one), await exported({ ...one, sql: 'from range(1, 4) t(n)' })];
    const compared = await run<Compared>('compareRuns', {
      ...{ destination: 'at', syncId: 'one', runId: after.runId, otherRunId: before.runId, show: false },
    });
    assert.deepEqual([compared.added, compared.removed, compared.unchanged], [2, 1, 1]);
    const runs = (await list({ syncId: 'set' })).runs!.map(({ runId, objects }) => [runId, objects]);
    assert.deepEqual(runs, [[second.runId, 1]]);
    const remove = { destination: 'at', syncId: 'set', runId: second.runId };
    assert.equal((await problemOf(run('deleteRun', remove))).code, 'invalid-argument');
    const { deleted } = await run<Deletion>('deleteRun', { ...remove, currentSet: true });
    assert.deepEqual(
      deleted,
      second.files.map(({ key }) => key),
    );
    assert.deepEqual((await list()).syncs, [{ syncId: 'one' }]);
  });

  it('may have odd keys, as may unfinished uploads', async () => {
    const keys = ODD.map((name) => `a/odd/${name}`);
    for (const Key of keys) {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Key }));
      await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
    }
    const names = (objects: readonly { key: string }[] = []): string[] => objects.map(({ key }) => key).sort();
    const sorted = [...keys].sort();
    assert.deepEqual(names((await list({ syncId: 'odd' })).objects), sorted);
    const { text } = await run<{ text: string }>('previewObject', { destination: 'at', key: keys[0], show: false });
    assert.equal(text, keys[0]);
    const { files } = await run<{ files: string[] }>('downloadObject', { destination: 'at', keys, to: scratch });
    assert.deepEqual(
      files.map((file) => readFileSync(vscode.Uri.parse(file).fsPath, 'utf8')),
      keys,
    );
    const { uploads } = await run<{ uploads: { key: string }[] }>('listUploads', { destination: 'at' });
    assert.deepEqual(names(uploads), sorted);
    const result = await run<{ aborted: { key: string }[] }>('abortUploads', { destination: 'at', uploads });
    assert.deepEqual(names(result.aborted), sorted);
    assert.deepEqual(await run('listUploads', { destination: 'at' }), { uploads: [] });
    const { deleted, failed } = await run<Deletion>('deleteObjects', { destination: 'at', keys, confirmed: true });
    assert.deepEqual([deleted.sort(), failed], [sorted, []]);
  });

  it('are kept from who has no rights, in words', async () => {
    assert.equal((await problemOf(list({ destination: 'other' }))).code, 'access-denied');
    const objects = { destination: 'other', keys: ['a/one/x'], confirmed: true, currentSet: true };
    const [failure] = (await run<Deletion>('deleteObjects', objects)).failed;
    const message = 'These credentials may not delete it.';
    assert.deepEqual(failure, { key: 'a/one/x', code: 'AccessDenied', message });
  });
});
