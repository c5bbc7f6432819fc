import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as vscode from 'vscode';
import { sideBySide } from '../../src/core/sideBySide.ts';
import type { ObjectProperties } from '../../src/core/s3/properties.ts';
import type { Compared } from '../../src/vscode/objects/compareRuns.ts';
import type { Manifest } from '../../src/core/sync/manifest.ts';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import {
  ADMIN_KEYS,
  BUCKET,
  eventually,
  type HostSession,
  openHostSession,
  problemOf,
  run,
  workspaceFile,
} from './hostSession.ts';
import { acceptUntilSettled, POLL_MS } from './quickInput.ts';

const keyOf = (compared: Compared): string[] | undefined => (compared.of === 'rows' ? compared.key : undefined);

describe('the commands for objects', () => {
  let session: HostSession;
  let client: S3Client;
  const scratch = mkdtempSync(path.join(os.tmpdir(), 's3d-objects-'));
  const to = (name: string): string => vscode.Uri.file(path.join(scratch, name)).toString();
  before(async () => {
    session = await openHostSession();
    const { endpoint } = session.s3;
    client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: ADMIN_KEYS });
  });
  beforeEach(() => session.addDestination('at', { pathPrefix: 'a' }));
  afterEach(async () => {
    session.s3.faults.clear();
    session.s3.setBucketPolicy(BUCKET, undefined);
    await session.clear();
  });
  after(async () => {
    client.destroy();
    rmSync(scratch, { recursive: true, force: true });
    await session.close();
  });

  const exported = (more: object = {}): Promise<RunResult> =>
    run<RunResult>('exportQuery', { destination: 'at', syncId: 'one', sql: 'SELECT 1 AS n, NULL AS x', ...more });
  const names = (files: string[]): string[] => files.map((file) => path.basename(vscode.Uri.parse(file).fsPath));

  it('download a run, and a sync’s current set, unpacked', async () => {
    const first = await exported({ mode: 'mirror', allowEmptyMirror: true });
    const { files: ofRun } = await run<{ files: string[] }>('downloadObject', {
      ...{ destination: 'at', syncId: 'one', runId: first.runId, to: to('run') },
    });
    assert.deepEqual(names(ofRun), [`${first.runId}-00000.csv.gz`]);
    const second = await exported({ mode: 'mirror', sql: 'SELECT 2 AS n', maxFileRows: 1 });
    const { files } = await run<{ files: string[] }>('downloadObject', {
      ...{ destination: 'at', syncId: 'one', to: to('set'), decompress: true },
    });
    assert.deepEqual(names(files), [`${second.runId}-00000.csv`]);
    assert.equal(readFileSync(vscode.Uri.parse(files[0]!).fsPath, 'utf8'), 'n\n2\n');
  });

  it('keep the paths below the sync, and tell of names that cannot be kept', async () => {
    for (const key of ['a/one/x/Data.csv', 'a/one/x/data.csv', 'a/one/nul.csv']) {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: key }));
    }
    const keys = ['a/one/x/Data.csv', 'a/one/x/data.csv', 'a/one/nul.csv'];
    const { files, renamed } = await run<{ files: string[]; renamed: { key: string; file: string }[] }>(
      'downloadObject',
      { destination: 'at', keys, to: to('names') },
    );
    const found = readdirSync(path.join(scratch, 'names'), { recursive: true, encoding: 'utf8' }).sort();
    assert.deepEqual(
      found.map((name) => name.replace(/-[0-9a-f]{8}/, '-#')),
      ['_nul.csv', 'x', path.join('x', 'Data.csv'), path.join('x', 'data-#.csv')],
    );
    assert.deepEqual(
      renamed.map(({ key, file }) => [key, files.indexOf(file)]),
      [
        ['a/one/x/data.csv', 1],
        ['a/one/nul.csv', 2],
      ],
    );
  });

  it('take a folder by URI or by path, and say so of what is neither', async () => {
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a/one/1', Body: '1' }));
    const download = (folder: unknown): Promise<{ files: string[] }> =>
      run('downloadObject', { destination: 'at', key: 'a/one/1', to: folder });
    const absolute = path.join(scratch, 'by path');
    assert.deepEqual((await download(absolute)).files, [vscode.Uri.file(path.join(absolute, '1')).toString()]);
    const relative = workspaceFile('by relative path');
    assert.deepEqual((await download('by relative path')).files, [vscode.Uri.joinPath(relative, '1').toString()]);
    await vscode.workspace.fs.delete(relative, { recursive: true });
    for (const wrong of [undefined, '', 5, '\ud800', 'file:////x', 'https://127.0.0.1/x']) {
      const { code, message } = await problemOf(download(wrong));
      assert.deepEqual([code, message.slice(0, 4)], ['invalid-argument', '“to”'], String(wrong));
    }
    for (const [command, name, given] of [
      ['exportQuery', 'file', { destination: 'at', syncId: 'one' }],
      ['exportFiles', 'files', { destination: 'at', syncId: 'one' }],
      ['exportDestinations', 'to', {}],
      ['importDestinations', 'from', {}],
      ['runSync', 'definition', { syncId: 'one' }],
    ] as const) {
      const { code, message } = await problemOf(
        run(command, { ...given, [name]: name === 'files' ? ['file:////x'] : 'file:////x' }),
      );
      assert.equal(code, 'invalid-argument', command);
      assert.ok(message.startsWith(`“${name}” is no URI`), message);
    }
  });

  it('write nothing when one of the files is there already', async () => {
    for (const key of ['a/one/1', 'a/one/2']) {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: key }));
    }
    await run('downloadObject', { destination: 'at', key: 'a/one/2', to: to('there') });
    const both = { destination: 'at', keys: ['a/one/1', 'a/one/2'], to: to('there') };
    assert.equal((await problemOf(run('downloadObject', both))).code, 'invalid-argument');
    assert.deepEqual(readdirSync(path.join(scratch, 'there')), ['2']);
    await run('downloadObject', { ...both, overwrite: true });
    assert.deepEqual(readdirSync(path.join(scratch, 'there')), ['1', '2']);
  });

  it('copy URIs, URLs and keys, for one and for many', async () => {
    const keys = ['a/one/b c+é', "a/one/100%'"];
    const { uri } = await run<{ uri: string }>('copyUri', { destination: 'at', keys });
    assert.equal(uri, keys.map((key) => `s3://${BUCKET}/${key}`).join('\n'));
    assert.equal(await vscode.env.clipboard.readText(), uri);
    const { url } = await run<{ url: string }>('copyUrl', { destination: 'at', key: keys[0] });
    assert.equal(url, `${session.s3.endpoint}/${BUCKET}/a/one/b%20c%2B%C3%A9`);
    assert.deepEqual(await run('copyKey', { destination: 'at', key: keys[1] }), { key: keys[1] });
    assert.equal((await problemOf(run('copyUri', { destination: 'at', key: 'other/x' }))).code, 'invalid-argument');
  });

  it('say until when a URL is good, which is not after the credentials', async () => {
    const before = Date.now();
    const { expiresAt } = await run<{ expiresAt: string }>('presignObject', {
      ...{ destination: 'at', key: 'a/one/x', expiresSeconds: 60 },
    });
    assert.ok(Math.abs(Date.parse(expiresAt) - before - 60_000) < 5000, expiresAt);
    const { urls } = await run<{ urls: { key: string; url: string }[] }>('presignObject', {
      ...{ destination: 'at', keys: ['a/one/x', 'a/one/y'] },
    });
    assert.deepEqual(
      urls.map(({ key, url }) => [key, new URL(url).pathname]),
      [
        ['a/one/x', `/${BUCKET}/a/one/x`],
        ['a/one/y', `/${BUCKET}/a/one/y`],
      ],
    );
  });

  it('show the properties of an object and of a run, and say what may not be read', async () => {
    const options = { metadata: { team: 'data' }, tags: { cost: '42' }, storageClass: 'STANDARD_IA' };
    await session.addDestination('with options', { pathPrefix: 'a', options });
    const { runId, files } = await exported({ destination: 'with options' });
    const key = files[0]!.key;
    const { objects } = await run<{ objects: ObjectProperties[] }>('showProperties', { destination: 'at', key });
    const [object] = objects;
    assert.deepEqual(
      [object!.size, object!.storageClass, object!.encryption, object!.contentType, object!.tags],
      [files[0]!.bytes, 'STANDARD_IA', 'AES256', 'application/gzip', { cost: '42' }],
    );
    assert.deepEqual(
      [object!.metadata.team, object!.metadata['run-id'], object!.metadata['sync-id']],
      ['data', runId, 'one'],
    );
    const report = await eventually(
      () => vscode.workspace.textDocuments.find(({ uri }) => uri.path.startsWith('/properties/')),
      'the report',
    );
    assert.ok(report.getText().includes(`s3://${BUCKET}/${key}`) && report.getText().includes('`team`'));
    session.s3.setBucketPolicy(BUCKET, {
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:GetObjectTagging',
        Resource: `arn:aws:s3:::${BUCKET}/*`,
      },
    });
    const denied = await run<{ objects: ObjectProperties[] }>('showProperties', {
      ...{ destination: 'at', key, show: false },
    });
    assert.equal(denied.objects[0]!.tags, 'denied');
    const { runs } = await run<{ runs: Manifest[] }>('showProperties', { destination: 'at', syncId: 'one', runId });
    assert.deepEqual([runs[0]!.runId, runs[0]!.files[0]!.key], [runId, key]);
    const gone = await problemOf(run('showProperties', { destination: 'at', key: 'a/one/gone' }));
    assert.equal(gone.code, 'source-missing');
  });

  it('compare two runs by key and by row, and show what differs side by side', async () => {
    const first = await exported({ sql: "from (values (1, 'a'), (2, 'b'), (3, NULL)) as v(id, name)" });
    const second = await exported({
      sql: "from (values (1, 'a'), (3, ''), (4, 'd')) as v(id, name)",
      format: 'jsonl',
    });
    const runs = { destination: 'at', syncId: 'one', runId: second.runId, otherRunId: first.runId };
    const byKey = await run<Compared>('compareRuns', { ...runs, key: ['id'] });
    assert.deepEqual(
      [byKey.before, byKey.after, byKey.added, byKey.changed, byKey.removed, byKey.unchanged, keyOf(byKey)],
      [first.runId, second.runId, 1, 1, 1, 1, ['id']],
    );
    const tab = await eventually(() => {
      const { input } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {};
      return input instanceof vscode.TabInputTextDiff ? input : undefined;
    }, 'the samples');
    const texts = await Promise.all([tab.original, tab.modified].map((uri) => vscode.workspace.openTextDocument(uri)));
    assert.deepEqual(
      texts.map((text) => text.getText()),
      ['id: 3\nname: NULL\n\nid: 2\nname: b\n', 'id: 3\nname: ""\n\nid: 4\nname: d\n'],
    );
    const byRow = await run<Compared>('compareRuns', { ...runs, show: false });
    assert.deepEqual(
      [byRow.added, byRow.changed, byRow.removed, byRow.unchanged, keyOf(byRow)],
      [2, 0, 2, 1, undefined],
    );
  });

  it('compare by the key of an audience, and say when the files of a run are gone', async () => {
    const audience = { kind: 'audience', mode: 'mirror', primaryKey: ['id'], allowEmptyMirror: true };
    const first = await exported({ ...audience, sql: 'SELECT 1 AS id' });
    const second = await exported({ ...audience, sql: 'SELECT 2 AS id' });
    const runs = { destination: 'at', syncId: 'one', runId: first.runId, otherRunId: second.runId, show: false };
    assert.equal((await problemOf(run('compareRuns', runs))).code, 'source-missing');
    const upsert = { ...audience, syncId: 'two', mode: 'upsert' };
    const one = await exported({ ...upsert, sql: "from (values (1, 'a'), (2, 'b')) as v(id, name)" });
    const two = await exported({ ...upsert, sql: "from (values (1, 'a'), (2, 'c')) as v(id, name)" });
    const result = await run<Compared>('compareRuns', {
      ...{ destination: 'at', syncId: 'two', runId: one.runId, otherRunId: two.runId, show: false },
    });
    assert.deepEqual([result.added, result.changed, result.removed, result.unchanged], [0, 1, 1, 0]);
    assert.ok(result.notes.some((note) => note.includes('what was new or had changed')));
    const same = await problemOf(run('compareRuns', { ...runs, otherRunId: first.runId }));
    assert.equal(same.code, 'invalid-argument');
  });

  it('lead to AWS’s console for buckets of AWS only', async () => {
    const refused = await problemOf(run('openInConsole', { destination: 'at', open: false }));
    assert.equal(refused.code, 'unsupported-by-store');
    const more = { bucket: 'acme-data', pathPrefix: 'a', region: 'eu-west-1', endpoint: undefined };
    await session.addDestination('aws', { ...more, forcePathStyle: false });
    const { url } = await run<{ url: string }>('openInConsole', { destination: 'aws', syncId: 'one', open: false });
    assert.equal(
      url,
      'https://eu-west-1.console.aws.amazon.com/s3/buckets/acme-data?region=eu-west-1&prefix=a%2Fone%2F',
    );
  });

  it('go on asking although an editor takes the focus', async () => {
    await exported();
    const copied = run<{ key: string } | undefined>('copyKey');
    const settled = copied.then(() => true);
    const document = await vscode.workspace.openTextDocument();
    do {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    } while (!(await Promise.race([settled, sleep(POLL_MS, false)])));
    assert.match((await copied)?.key ?? '', /^a\/one\//);
  });

  it('mean all of a run where all that is offered of it is ticked', async () => {
    const file = (i: number): string => `a/many/20260102T030405Z-0a1b2c-${String(i).padStart(5, '0')}.csv`;
    const keys = Array.from({ length: 1001 }, (_, i) => file(i));
    await sideBySide(keys, 32, async (Key) => {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'n\n1\n' }));
    });
    const copied = await acceptUntilSettled(run<{ key: string } | undefined>('copyKey'));
    assert.deepEqual(copied?.key.split('\n'), keys);
  });
});
