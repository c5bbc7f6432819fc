import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { DEMO_ADMIN } from '../s3/server.ts';
import { ADMIN_KEYS, BUCKET, openHostSession, type HostSession, problemOf, run } from './hostSession.ts';

interface Listed {
  syncs?: { syncId: string }[];
  runs?: { runId: string; objects: number; bytes: number }[];
  objects?: { key: string; size: number }[];
  continuation?: string;
}

interface Deleted {
  deleted: string[];
  failed: { key: string; code: string }[];
}

const RUN = '20260102T030405Z-0a1b2c';
const ODD = ['a b+c', '100%', 'quote\'s "two"', 'é 漢字 😀', '<&>', '\u0001 control', `long-${'x'.repeat(900)}`];

describe('the commands for outputs', () => {
  let session: HostSession;
  let client: S3Client;
  const scratch = mkdtempSync(path.join(os.tmpdir(), 's3d-outputs-'));
  before(async () => {
    session = await openHostSession();
    const { endpoint } = session.s3;
    client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: ADMIN_KEYS });
  });
  beforeEach(() => session.addDestination('at', { pathPrefix: 'a' }));
  afterEach(async () => {
    session.s3.setBucketPolicy(BUCKET, undefined);
    await session.clear();
  });
  after(async () => {
    client.destroy();
    rmSync(scratch, { recursive: true, force: true });
    await session.close();
  });

  const list = (more: object = {}): Promise<Listed> => run<Listed>('listOutputs', { destination: 'at', ...more });
  const put = (Key: string, Body = Key): Promise<unknown> =>
    client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));

  it('list syncs, runs and objects, with what is foreign, and nothing of another prefix', async () => {
    const { runId } = await run<RunResult>('exportQuery', { destination: 'at', syncId: 'one', sql: 'SELECT 1 AS n' });
    for (const key of ['a/readme.txt', 'a/one/notes.txt', 'ab/other/x.csv', 'top.txt']) await put(key);
    assert.deepEqual(await list(), {
      syncs: [{ syncId: 'one' }],
      objects: (await list()).objects!.filter(({ key }) => key === 'a/readme.txt'),
    });
    const { runs, objects } = await list({ syncId: 'one' });
    assert.deepEqual([runs!.map((one) => one.runId), objects!.map(({ key }) => key)], [[runId], ['a/one/notes.txt']]);
    const ofRun = await list({ syncId: 'one', runId });
    assert.deepEqual(
      ofRun.objects!.map(({ key }) => key),
      [`a/one/${runId}-00000.csv.gz`],
    );
  });

  it('list 200,000 objects of 2,000 syncs by two requests, page by page', async function () {
    this.timeout(120_000);
    session.s3.createBucket('many-objects');
    const keys = function* (): Generator<string> {
      for (let i = 0; i < 200_000; i++)
        yield `a/sync-${i % 2000}/20260102T030405Z-${String(i).padStart(6, '0')}-00000.csv`;
    };
    session.s3.seed('many-objects', keys());
    await session.addDestination('many', { bucket: 'many-objects', pathPrefix: 'a' });
    await list({ destination: 'many', syncId: 'sync-1' });
    session.s3.requests.length = 0;
    const began = Date.now();
    const first = await list({ destination: 'many' });
    const took = Date.now() - began;
    const second = await list({ destination: 'many', continuation: first.continuation });
    assert.deepEqual([first.syncs!.length, second.syncs!.length, second.continuation], [1000, 1000, undefined]);
    assert.equal(session.s3.requests.length, 2);
    // The target is one second on a quiet machine.
    assert.ok(took < 5000, `${took} ms`);
  });

  it('name, download and delete objects with odd keys', async () => {
    const keys = ODD.map((name) => `a/odd/${name}`);
    for (const key of keys) await put(key);
    const listed = (await list({ syncId: 'odd' })).objects!.map(({ key }) => key);
    assert.deepEqual(listed.sort(), [...keys].sort());
    const short = keys.filter((key) => key.length < 200);
    const to = vscode.Uri.file(path.join(scratch, 'odd')).toString();
    const { files } = await run<{ files: string[] }>('downloadObject', { destination: 'at', keys: short, to });
    assert.deepEqual(
      files.map((file) => readFileSync(vscode.Uri.parse(file).fsPath, 'utf8')),
      short,
    );
    const { deleted, failed } = await run<Deleted>('deleteObjects', { destination: 'at', keys, confirmed: true });
    assert.deepEqual([deleted.sort(), failed], [keys.sort(), []]);
    assert.deepEqual(await session.keys(), []);
  });

  it('write no file outside the folder, over none, and none in part', async () => {
    for (const key of ['a/x/../../../up.txt', 'a/x/down.txt']) await put(key);
    const folder = path.join(scratch, 'inside');
    const to = vscode.Uri.file(folder).toString();
    const both = { destination: 'at', keys: ['a/x/../../../up.txt', 'a/x/down.txt'], to };
    const { files } = await run<{ files: string[] }>('downloadObject', both);
    for (const file of files) assert.ok(vscode.Uri.parse(file).fsPath.startsWith(folder + path.sep), file);
    const again = await problemOf(run('downloadObject', { destination: 'at', key: 'a/x/down.txt', to }));
    assert.equal(again.code, 'invalid-argument');
    const gone = await problemOf(run('downloadObject', { destination: 'at', key: 'a/x/gone.txt', to }));
    assert.equal(gone.code, 'source-missing');
    session.s3.faults.add({ op: 'GetObject', times: 100, answer: { status: 403, code: 'AccessDenied' } });
    const denied = await problemOf(
      run('downloadObject', { destination: 'at', key: 'a/x/down.txt', to, overwrite: true }),
    );
    session.s3.faults.clear();
    assert.equal(denied.code, 'access-denied');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.part') || name.startsWith('gone')),
      [],
    );
  });

  it('reach nothing outside the prefix', async () => {
    for (const key of ['ab/kept.txt', 'top.txt']) await put(key);
    for (const key of ['ab/kept.txt', 'top.txt', 'a', 'a/', '']) {
      const calls: [string, object][] = [
        ['deleteObjects', { keys: [key], confirmed: true }],
        ['downloadObject', { key, to: vscode.Uri.file(scratch).toString() }],
        ['presignObject', { key }],
        ['abortUploads', { uploads: [{ key, uploadId: 'x' }] }],
      ];
      for (const [command, argument] of calls) {
        const { code } = await problemOf(run(command, { destination: 'at', ...argument }));
        assert.equal(code, 'invalid-argument', `${command} ${key}`);
      }
    }
    for (const syncId of ['../ab', '_s3destinations', 'x/y', '']) {
      const { code } = await problemOf(run('deleteRun', { destination: 'at', syncId, runId: RUN }));
      assert.equal(code, 'invalid-argument', syncId);
    }
    assert.deepEqual(await session.keys(), ['ab/kept.txt', 'top.txt']);
  });

  it('delete a run with its manifest, and no other', async () => {
    const request = { destination: 'at', syncId: 'one', sql: 'SELECT 1 AS n' };
    const first = await run<RunResult>('exportQuery', request);
    const second = await run<RunResult>('exportQuery', request);
    const [file] = first.files;
    const { deleted, failed } = await run<Deleted>('deleteRun', {
      destination: 'at',
      syncId: 'one',
      runId: first.runId,
    });
    assert.deepEqual([deleted, failed], [[file!.key], []]);
    const left = await session.keys();
    assert.ok(!left.some((key) => key.includes(first.runId)) && left.includes(second.files[0]!.key), left.join(' '));
  });

  it('delete nothing that is not confirmed, and say for each key what was refused', async () => {
    for (const key of ['a/one/kept', 'a/one/gone']) await put(key);
    const keys = ['a/one/kept', 'a/one/gone'];
    assert.equal((await problemOf(run('deleteObjects', { destination: 'at', keys }))).code, 'invalid-argument');
    const Resource = `arn:aws:s3:::${BUCKET}/a/one/kept`;
    session.s3.setBucketPolicy(BUCKET, {
      Statement: { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource },
    });
    const { deleted, failed } = await run<Deleted>('deleteObjects', { destination: 'at', keys, confirmed: true });
    assert.deepEqual(
      [deleted, failed.map(({ key, code }) => [key, code])],
      [['a/one/gone'], [['a/one/kept', 'AccessDenied']]],
    );
  });

  it('list and abort unfinished uploads of the prefix', async () => {
    const begin = async (Key: string): Promise<string> =>
      (await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }))).UploadId!;
    const other = await begin('ab/other');
    const uploadId = await begin('a/one/b c+é');
    const { uploads } = await run<{ uploads: { key: string; uploadId: string }[] }>('listUploads', {
      destination: 'at',
    });
    assert.deepEqual(
      uploads.map((one) => [one.key, one.uploadId]),
      [['a/one/b c+é', uploadId]],
    );
    const { aborted, failed } = await run<{ aborted: object[]; failed: object[] }>('abortUploads', {
      destination: 'at',
      uploads,
    });
    assert.deepEqual([aborted, failed], [[{ key: 'a/one/b c+é', uploadId }], []]);
    await session.addDestination('ab', { pathPrefix: 'ab' });
    const left = await run<{ uploads: object[] }>('listUploads', { destination: 'ab' });
    assert.equal(left.uploads.length, 1);
    await run('abortUploads', { destination: 'ab', uploads: [{ key: 'ab/other', uploadId: other }] });
  });

  it('make a URL by which anybody can read, until it expires', async () => {
    await put('a/one/b c+é', 'text');
    const { url } = await run<{ url: string }>('presignObject', {
      destination: 'at',
      key: 'a/one/b c+é',
      expiresSeconds: 60,
    });
    assert.equal(await (await fetch(url)).text(), 'text');
    assert.equal(new URL(url).searchParams.get('X-Amz-Expires'), '60');
    const week = await problemOf(run('presignObject', { destination: 'at', key: 'a/one/x', expiresSeconds: 604_801 }));
    assert.equal(week.code, 'invalid-argument');
  });

  it('say when listing is denied, and need no rights but on the prefix', async () => {
    await put('a/one/x');
    session.s3.setUserPolicy(DEMO_ADMIN.name, {
      Statement: {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${BUCKET}`,
        Condition: { StringLike: { 's3:prefix': 'a/*' } },
      },
    });
    try {
      assert.deepEqual((await list()).syncs, [{ syncId: 'one' }]);
      assert.equal((await problemOf(run('listUploads', { destination: 'at' }))).code, 'access-denied');
      session.s3.setUserPolicy(DEMO_ADMIN.name, undefined);
      assert.equal((await problemOf(list())).code, 'access-denied');
    } finally {
      session.s3.setUserPolicy(DEMO_ADMIN.name, DEMO_ADMIN.policy);
    }
  });
});
