import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { DEMO_ADMIN } from '../s3/server.ts';
import { ADMIN_KEYS, BUCKET, eventually, openHostSession, type HostSession, problemOf, run } from './hostSession.ts';

interface Previewed {
  uri: string;
  text: string;
  truncated: boolean;
}

const ODD = [
  'a b+c',
  '100%25',
  'quote\'s "two"',
  'é 漢字 😀',
  '?x=1#y',
  'b//c',
  '..',
  './d',
  `long-${'x'.repeat(900)}`,
];

describe('looking at objects', () => {
  let session: HostSession;
  let client: S3Client;
  before(async () => {
    session = await openHostSession();
    const { endpoint } = session.s3;
    client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: ADMIN_KEYS });
  });
  beforeEach(() => session.addDestination('At Work', { pathPrefix: 'a/b' }));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await session.clear();
  });
  after(async () => {
    client.destroy();
    await session.close();
  });

  const put = (Key: string, Body: string | Buffer = Key): Promise<unknown> =>
    client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  const preview = (key: string, more: object = {}): Promise<Previewed> =>
    run<Previewed>('previewObject', { destination: 'At Work', key, show: false, ...more });
  const read = async (uri: string | vscode.Uri): Promise<string> => {
    const bytes = await vscode.workspace.fs.readFile(typeof uri === 'string' ? vscode.Uri.parse(uri) : uri);
    return Buffer.from(bytes).toString();
  };
  const folder = vscode.Uri.from({ scheme: 's3destinations', path: '/At Work/a/b' });

  it('previews an export in a table, and opens it as a file without its .gz', async () => {
    const sql = "SELECT i AS id, CASE WHEN i = 1 THEN NULL ELSE '' END AS note FROM range(3000) t(i)";
    const { files } = await run<RunResult>('exportQuery', { destination: 'At Work', syncId: 'one', sql });
    const [{ key }] = files as [RunResult['files'][0]];
    session.s3.requests.length = 0;
    const { uri, text, truncated } = await preview(key, { rows: 2, show: true });
    assert.deepEqual([text, truncated], ['id,note\n0,""\n1,\n', true]);
    assert.equal(session.s3.requests.filter(({ op }) => op === 'GetObject').length, 2);
    const name = key.split('/').at(-1)!.replace('.gz', '');
    const tab = await eventually(
      () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label === name),
      'the tab of the table',
    );
    assert.ok(tab.input instanceof vscode.TabInputWebview);
    assert.ok(vscode.Uri.parse(uri).path.endsWith(`/${name}`));
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
    assert.equal(document.lineCount, 3002);
    assert.deepEqual(await preview(key), {
      uri,
      text: document.getText().slice(0, (await preview(key)).text.length),
      truncated: true,
    });
  });

  it('shows what was clicked on last, also where another comes later', async () => {
    const glance = (key: string): Promise<unknown> =>
      run('glanceObject', { kind: 'object', destination: 'At Work', object: { key, size: 9 } });
    for (const name of ['slow', 'fast']) await put(`a/b/${name}.csv`, `x\n${name}\n`);
    session.s3.faults.add({ op: 'GetObject', key: 'a/b/slow.csv', delayMs: 500 });
    await Promise.all([glance('a/b/slow.csv'), glance('a/b/fast.csv')]);
    await run('copyTableCell', { row: 0, column: 0 });
    assert.equal(await vscode.env.clipboard.readText(), 'fast');
  });

  it('names every key by a URI that leads to it alone', async () => {
    const keys = ODD.map((name) => `a/b/${name}`);
    for (const key of keys) await put(key);
    for (const key of keys) {
      const { uri, text } = await preview(key);
      assert.equal(text, key);
      assert.equal(await read(uri), key, uri);
      assert.equal((await vscode.workspace.openTextDocument(vscode.Uri.parse(uri))).getText(), key);
    }
  });

  it('is a file system: folders, sizes, copies and differences', async () => {
    await put('a/b/two.csv', 'x\n1\n');
    await put('a/b/two.csv.gz', gzipSync('x\n2\n'));
    await put('a/b/deep/one.jsonl.gz', Buffer.concat([gzipSync('{"x":1}\n'), gzipSync('{"x":2}\n')]));
    await put('a/b/deep/');
    for (const key of ['a/b/..', 'a/b/‹›', 'a/b//']) await put(key);
    await put('a/bc/out.csv');
    const { Directory, File } = vscode.FileType;
    const list = async (uri: vscode.Uri): Promise<unknown> => (await vscode.workspace.fs.readDirectory(uri)).sort();
    assert.deepEqual(await list(folder), [
      ['deep', Directory],
      ['two.csv', File],
      ['two.csv.gz', File],
      ['‹..›', File],
      ['‹‹››', File],
      ['‹›', Directory],
    ]);
    assert.equal(await read(vscode.Uri.joinPath(folder, '‹..›')), 'a/b/..');
    assert.equal(await read(vscode.Uri.joinPath(folder, '‹‹››')), 'a/b/‹›');
    assert.deepEqual(await list(folder.with({ path: '/At Work' })), [['a', Directory]]);
    assert.deepEqual(await list(folder.with({ path: '/At Work/a' })), [['b', Directory]]);
    assert.deepEqual(await list(folder.with({ path: '/' })), [['At Work', Directory]]);
    const one = vscode.Uri.joinPath(folder, 'deep/one.jsonl');
    assert.deepEqual(await list(vscode.Uri.joinPath(folder, 'deep')), [['one.jsonl', File]]);
    assert.equal(await read(one), '{"x":1}\n{"x":2}\n');
    const document = await vscode.workspace.openTextDocument(one);
    assert.equal(document.languageId, 'jsonl');
    assert.equal(await read(vscode.Uri.joinPath(folder, 'two.csv')), 'x\n1\n');
    const { uri } = await preview('a/b/two.csv.gz');
    assert.equal(await read(uri), 'x\n2\n');
    const copy = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, 'copied.csv');
    await vscode.workspace.fs.copy(vscode.Uri.parse(uri), copy, { overwrite: true });
    assert.equal(await read(copy), 'x\n2\n');
    await vscode.workspace.fs.delete(copy);
    await vscode.commands.executeCommand('vscode.diff', vscode.Uri.joinPath(folder, 'two.csv'), vscode.Uri.parse(uri));
    assert.equal(vscode.workspace.fs.isWritableFileSystem('s3destinations'), false);
    await assert.rejects(async () => vscode.workspace.fs.delete(one));
    const stat = await vscode.workspace.fs.stat(one);
    assert.ok(stat.mtime > 0 && stat.size > 0);
  });

  it('tells who has an object open that it has changed, has gone, and is there again', async () => {
    const [uri, key] = [vscode.Uri.joinPath(folder, 'one/data.csv'), 'a/b/one/data.csv'];
    const mirror = { destination: 'At Work', syncId: 'one', mode: 'mirror', fileName: 'data.csv', gzip: false };
    await run('exportQuery', { ...mirror, sql: 'SELECT 1 AS n' });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const told: string[] = [];
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '**'));
    watcher.onDidDelete((gone) => told.push(`deleted ${gone.path}`));
    watcher.onDidCreate((come) => told.push(`created ${come.path}`));
    const becomes = (text: string): Promise<true> =>
      eventually(() => (document.getText() === text ? true : undefined), text);
    const tells = (what: string): Promise<true> =>
      eventually(() => (told.includes(`${what} ${uri.path}`) ? true : undefined), what);
    try {
      assert.equal(document.getText(), 'n\n1\n');
      // Of the same size, and within a second.
      await run('exportQuery', { ...mirror, sql: 'SELECT 2 AS n' });
      await becomes('n\n2\n');
      await run('deleteObjects', { destination: 'At Work', keys: [key], confirmed: true, currentSet: true });
      await tells('deleted');
      await put(key, 'n\n3\n');
      await run('refreshOutputs');
      await tells('created');
      await becomes('n\n3\n');
      assert.equal(told.length, 2, told.join(' '));
    } finally {
      watcher.dispose();
    }
  });

  it('reaches nothing outside the prefix, and says what is not there or denied', async () => {
    for (const key of ['a/bc/out.csv', 'top.csv', 'a/x.csv']) await put(key);
    for (const key of ['a/bc/out.csv', 'top.csv', 'a/b/', 'a/x.csv']) {
      assert.equal((await problemOf(preview(key))).code, 'invalid-argument', key);
    }
    for (const path of [
      '/At Work/a/bc/out.csv',
      '/At Work/top.csv',
      '/At Work/a/b/../x.csv',
      '/At Work/a/x.csv',
      '/At Work/a/bc',
    ]) {
      const uri = folder.with({ path });
      await assert.rejects(async () => vscode.workspace.fs.readFile(uri), vscode.FileSystemError, path);
      await assert.rejects(async () => vscode.workspace.fs.readDirectory(uri), vscode.FileSystemError, path);
    }
    const missing = async (path: string): Promise<string> =>
      Promise.resolve(vscode.workspace.fs.stat(folder.with({ path }))).then(
        () => 'there',
        (error: unknown) => (error as vscode.FileSystemError).code,
      );
    assert.equal(await missing('/At Work/a/b/none.csv'), 'FileNotFound');
    assert.equal(await missing('/Nowhere/a/b/none.csv'), 'FileNotFound');
    assert.equal((await problemOf(preview('a/b/none.csv'))).code, 'source-missing');
    await put('a/b/x.csv');
    session.s3.setUserPolicy(DEMO_ADMIN.name, undefined);
    try {
      assert.equal(await missing('/At Work/a/b/x.csv'), 'NoPermissions');
      assert.equal((await problemOf(preview('a/b/x.csv'))).code, 'access-denied');
    } finally {
      session.s3.setUserPolicy(DEMO_ADMIN.name, DEMO_ADMIN.policy);
    }
  });

  it('says so of what is no text, or too large', async () => {
    await put('a/b/x.parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(50), Buffer.from('PAR1')]));
    assert.equal((await problemOf(preview('a/b/x.parquet'))).code, 'unreadable');
    const bomb = gzipSync(Buffer.alloc(40 << 20, 'x,y\n'), { level: 1 });
    await put('a/b/bomb.csv.gz', bomb);
    const { truncated } = await preview('a/b/bomb.csv.gz');
    assert.ok(truncated);
    await assert.rejects(
      read(vscode.Uri.joinPath(folder, 'bomb.csv')),
      /too large to be opened.*Preview its beginning, or download it/,
    );
  });
});
