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

  it('refuse what they cannot use, and ask nobody for something better', async () => {
    const calls: [string, object][] = [
      ['listOutputs', { destination: 'at', continuation: 'none of ours' }],
      ['listOutputs', { destination: 'at', syncId: 'one', continuation: '' }],
      ['filterOutputs', { text: 5 }],
      ['sortOutputs', { order: 'upwards' }],
      ['presignObject', { destination: 'at', key: 'a/one/../x' }],
    ];
    for (const [command, argument] of calls)
      assert.equal((await problemOf(run(command, argument))).code, 'invalid-argument', command);
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

  it('delete of a current set only when that is said, and then what names it first', async () => {
    const request = { destination: 'at', syncId: 'set', mode: 'mirror', sql: 'SELECT 1 AS n' };
    const { runId, files } = await run<RunResult>('exportQuery', request);
    const [{ key } = { key: '' }] = files;
    const latest = 'a/_s3destinations/set/latest.json';
    const before = await session.keys();
    for (const keys of [[key], [latest], [`a/_s3destinations/set/runs/${runId}.json`]]) {
      const objects = { destination: 'at', keys, confirmed: true };
      const { code, message } = await problemOf(run('deleteObjects', objects));
      assert.deepEqual([code, message.includes('current set of set')], ['invalid-argument', true], keys[0]);
    }
    const one = { destination: 'at', syncId: 'set', runId };
    assert.equal((await problemOf(run('deleteRun', one))).code, 'invalid-argument');
    assert.deepEqual(await session.keys(), before);
    session.s3.requests.length = 0;
    const { deleted, failed } = await run<Deleted>('deleteRun', { ...one, currentSet: true });
    assert.deepEqual([deleted, failed], [[key], []]);
    const order = session.s3.requests.filter(({ op }) => op?.startsWith('Delete') === true);
    assert.equal(order[0]?.key, latest);
    assert.ok(!(await session.keys()).some((left) => left.includes(runId) || left === latest));
    // The next run finds nothing that stands in its way.
    const again = await run<RunResult>('exportQuery', request);
    assert.deepEqual(
      (await list({ syncId: 'set' })).runs!.map((listed) => listed.runId),
      [again.runId],
    );
  });

  it('say that a set may be the current one where what names it may not be read', async () => {
    await run('exportQuery', { destination: 'at', syncId: 'set', mode: 'mirror', sql: 'SELECT 1 AS n' });
    const Resource = `arn:aws:s3:::${BUCKET}/a/_s3destinations/*`;
    session.s3.setBucketPolicy(BUCKET, {
      Statement: { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource },
    });
    await put('a/set/other');
    const objects = { destination: 'at', keys: ['a/set/other'], confirmed: true };
    const { code, message } = await problemOf(run('deleteObjects', objects));
    assert.deepEqual([code, message.includes('may not be read')], ['invalid-argument', true]);
    const { deleted } = await run<Deleted>('deleteObjects', { ...objects, currentSet: true });
    assert.deepEqual(deleted, ['a/set/other']);
  });

  it('leave alone what a later run has written under the name of an earlier one', async () => {
    const request = { destination: 'at', syncId: 'fixed', mode: 'mirror', fileName: 'data.csv', gzip: false };
    const first = await run<RunResult>('exportQuery', { ...request, sql: 'SELECT 1 AS n' });
    await run('exportQuery', { ...request, sql: 'SELECT 2 AS n' });
    const { deleted } = await run<Deleted>('deleteRun', { destination: 'at', syncId: 'fixed', runId: first.runId });
    assert.deepEqual(deleted, []);
    assert.equal((await session.read('a/fixed/data.csv')).text, 'n\n2\n');
  });

  it('keep what the next run of an audience is held against, and rows are not delivered twice', async () => {
    const request = { destination: 'at', syncId: 'members', kind: 'audience', mode: 'add', primaryKey: ['n'] };
    const { runId } = await run<RunResult>('exportQuery', { ...request, sql: 'SELECT 1 AS n' });
    await run('deleteRun', { destination: 'at', syncId: 'members', runId });
    const { rows } = await run<RunResult>('exportQuery', { ...request, sql: 'SELECT range AS n FROM range(1, 3)' });
    assert.equal(rows.added, 1);
  });

  it('delete all of a sync when its id is said, without what others have put there unless that is said', async () => {
    const request = { destination: 'at', syncId: 'whole', mode: 'mirror', sql: 'SELECT 1 AS n' };
    const { files } = await run<RunResult>('exportQuery', request);
    for (const key of ['a/whole/notes.txt', 'a/whole-two/kept']) await put(key);
    const sync = { destination: 'at', syncId: 'whole' };
    assert.match((await problemOf(run('deleteSync', sync))).message, /“confirm” must be “whole”/);
    const said = { ...sync, confirm: 'whole' };
    assert.match((await problemOf(run('deleteSync', said))).message, /current set of whole/);
    const { deleted, failed } = await run<Deleted>('deleteSync', { ...said, currentSet: true });
    assert.deepEqual([deleted, failed], [files.map(({ key }) => key), []]);
    assert.deepEqual(await session.keys(), ['a/whole-two/kept', 'a/whole/notes.txt']);
    await run('deleteSync', { ...said, others: true });
    assert.deepEqual(await session.keys(), ['a/whole-two/kept']);
  });

  it('delete nothing of a sync while one of its runs is being committed', async () => {
    const { runId } = await run<RunResult>('exportQuery', { destination: 'at', syncId: 'busy', sql: 'SELECT 1 AS n' });
    const record = {
      version: 1,
      state: 'committing',
      runId: RUN,
      syncId: 'busy',
      owner: 'x',
      uploads: [],
      replace: [],
    };
    await put('a/_s3destinations/busy/commit.json', JSON.stringify(record));
    const before = await session.keys();
    const calls: [string, object][] = [
      ['deleteRun', { runId }],
      ['deleteSync', { confirm: 'busy' }],
    ];
    for (const [command, more] of calls) {
      const { code } = await problemOf(run(command, { destination: 'at', syncId: 'busy', ...more }));
      assert.equal(code, 'conflict', command);
    }
    assert.deepEqual(await session.keys(), before);
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
