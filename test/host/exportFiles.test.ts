import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { type HostSession, openHostSession, problemOf, run, workspaceFile, writeWorkspaceFile } from './hostSession.ts';
import { acceptUntilSettled, escapeUntilSettled } from './quickInput.ts';

describe('exportFiles', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(async () => {
    await session.addDestination('store', { pathPrefix: 'p/' });
    await writeWorkspaceFile('files/users.csv', 'id,name\n007,Ä\n');
    await writeWorkspaceFile('files/deep er/é #%+.json', '[{"id": 1}]');
    await writeWorkspaceFile('files/.hidden', 'h');
    await writeWorkspaceFile('files/node_modules/x.js', 'x');
    await vscode.workspace.fs.writeFile(workspaceFile('files/packed.gz'), gzipSync('packed'));
  });
  afterEach(async () => {
    await vscode.workspace.fs.delete(workspaceFile('files'), { recursive: true });
    await session.clear();
  });
  after(async () => session.close());

  const exported = (request: Record<string, unknown>): Promise<RunResult> =>
    run<RunResult>('exportFiles', { destination: 'store', syncId: 'files', ...request });
  const names = ({ runId, files }: RunResult): string[] =>
    files.map(({ key }) => {
      assert.ok(key.startsWith(`p/files/${runId}/`), key);
      return key.slice(`p/files/${runId}/`.length);
    });

  it('exports a folder as it is, gzipping what is not compressed', async () => {
    const result = await exported({ files: [workspaceFile('files')] });
    assert.deepEqual(names(result), [
      'files/.hidden.gz',
      'files/deep er/é #%+.json.gz',
      'files/packed.gz',
      'files/users.csv.gz',
    ]);
    const texts: string[] = [];
    for (const { key, sha256, bytes } of result.files) {
      const object = await session.read(key);
      assert.deepEqual([object.sha256, object.bytes.length], [sha256, bytes]);
      assert.deepEqual([object.contentType, object.contentEncoding], ['application/gzip', undefined]);
      texts.push(object.text);
    }
    assert.deepEqual(texts, ['h', '[{"id": 1}]', 'packed', 'id,name\n007,Ä\n']);
    assert.deepEqual([result.rows, result.format], [{ read: 0, written: 0 }, undefined]);
    const manifest = JSON.parse((await session.read(result.manifest!)).text) as RunResult;
    const shas = ({ files }: RunResult): string[][] => files.map(({ key, sha256 }) => [key, sha256]);
    assert.deepEqual(shas(manifest), shas(result));
  });

  it('exports files plain, by URIs and paths, each once and in order', async () => {
    const { fsPath } = workspaceFile('files/deep er/é #%+.json');
    const files = ['files/users.csv', fsPath, workspaceFile('files/users.csv').toString()];
    const result = await exported({ files, gzip: false });
    assert.deepEqual(names(result), ['files/deep er/é #%+.json', 'files/users.csv']);
    const types = await Promise.all(result.files.map(async ({ key }) => (await session.read(key)).contentType));
    assert.deepEqual(types, ['application/json', 'text/csv; charset=utf-8']);
  });

  it('converts files, and counts their rows', async () => {
    const files = ['files/users.csv', 'files/deep er/é #%+.json'];
    const result = await exported({ files, convert: 'jsonl', gzip: false });
    assert.deepEqual(names(result), ['files/deep er/é #%+.jsonl', 'files/users.jsonl']);
    assert.deepEqual([result.rows.written, result.format], [2, 'jsonl']);
    assert.equal((await session.read(result.files[1]!.key)).text, '{"id":"007","name":"Ä"}\n');
  });

  it('names files outside of the workspace after the folder that they have in common', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 's3d-outside-'));
    try {
      mkdirSync(path.join(folder, 'a/b'), { recursive: true });
      writeFileSync(path.join(folder, 'a/b/x.txt'), 'x');
      writeFileSync(path.join(folder, 'a/y.txt'), 'y');
      symlinkSync(folder, path.join(folder, 'a/b/up'));
      const files = ['a/b', 'a/y.txt'].map((name) => vscode.Uri.file(path.join(folder, name)));
      assert.deepEqual(names(await exported({ files, gzip: false })), ['b/x.txt', 'y.txt']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('writes nothing when one of the files cannot be exported', async () => {
    const cases: [Record<string, unknown>, string, RegExp][] = [
      [{ files: ['files/users.csv', 'files/none.csv'] }, 'source-missing', /none\.csv/],
      [{ files: ['files'], convert: 'csv' }, 'query-failed', /“files\/\.hidden” cannot be converted/],
      [{ files: [] }, 'invalid-argument', /“files”/],
      [{ files: 'files' }, 'invalid-argument', /“files”/],
      [{ files: ['files/node_modules/none/'] }, 'source-missing', /none/],
      [{ files: [vscode.Uri.parse('untitled:Untitled-1')] }, 'invalid-argument', /untitled/],
      [{ files: ['files'], format: 'csv' }, 'invalid-argument', /“convert”/],
      [{ files: ['files'], fileName: '{part}' }, 'invalid-argument', /keep their names/],
      [{ files: ['files'], convert: 'xml' }, 'invalid-argument', /“convert”/],
    ];
    for (const [request, code, message] of cases) {
      const problem = await problemOf(exported(request));
      assert.equal(problem.code, code, problem.message);
      assert.match(problem.message, message);
    }
    await session.assertNothingThere();
  });

  /** What the Explorer does when the command is called on some of its files. */
  const chosen = async (uris: vscode.Uri[]): Promise<RunResult> =>
    vscode.commands.executeCommand<RunResult>('s3Destinations.exportFiles', uris[0], uris);

  it('exports what a person has selected in the Explorer, asking for the rest', async () => {
    const uris = [workspaceFile('files/users.csv'), workspaceFile('files/packed.gz')];
    const result = await acceptUntilSettled(chosen(uris));
    assert.equal(result.syncId, 'files');
    assert.deepEqual(names(result), ['files/packed.gz', 'files/users.csv.gz']);
    const one = await acceptUntilSettled(chosen([workspaceFile('files/users.csv')]));
    assert.deepEqual([one.syncId, one.files[0]!.key], ['users', `p/users/${one.runId}/files/users.csv.gz`]);
  });

  it('leaves nothing when a person presses Escape', async () => {
    assert.equal(await escapeUntilSettled(run('exportFiles')), undefined);
    const problem = await problemOf(escapeUntilSettled(run('exportFiles', { files: ['files'] })));
    assert.equal(problem.code, 'cancelled');
    await session.assertNothingThere();
  });
});
