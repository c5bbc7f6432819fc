import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunPreview } from '../../src/core/sync/previewRun.ts';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import {
  eventually,
  type HostSession,
  openHostSession,
  problemOf,
  run,
  workspaceFile,
  writeWorkspaceFile,
} from './hostSession.ts';

const FILE = '.vscode/s3-syncs.json';
const NUMBERS = { id: 'numbers', destination: 'store', model: 'models/numbers.sql', gzip: false };

describe('runSync', () => {
  let session: HostSession;
  before(async () => {
    session = await openHostSession();
    await writeWorkspaceFile('models/numbers.sql', 'SELECT 1 AS n UNION ALL SELECT 2');
  });
  beforeEach(() => session.addDestination('store', { pathPrefix: 'p/' }));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.workspace.fs.delete(workspaceFile(FILE)).then(undefined, () => undefined);
    await session.clear();
  });
  after(async () => session.close());

  const define = (...syncs: object[]): Promise<vscode.Uri> =>
    writeWorkspaceFile(FILE, `// syncs of the tests\n${JSON.stringify({ syncs })}`);
  const ran = (given: object = { syncId: 'numbers' }): Promise<RunResult> => run('runSync', given);
  const textOf = async ({ files }: RunResult): Promise<string> => (await session.read(files[0]!.key)).text;

  it('exports as the definition says', async () => {
    const definition = await define(NUMBERS, {
      ...NUMBERS,
      id: 'typed',
      model: undefined,
      sql: 'SELECT 3 AS n',
      format: 'jsonl',
    });
    const result = await ran();
    assert.deepEqual([result.syncId, result.mode, result.rows.written], ['numbers', 'insert', 2]);
    assert.match(result.files[0]!.key, /^p\/numbers\/.*\.csv$/);
    assert.equal(await textOf(result), 'n\n1\n2\n');
    assert.equal(await textOf(await ran({ syncId: 'typed', definition })), '{"n":3}\n');
    assert.equal((await ran({ syncId: 'typed', definition: definition.toString() })).format, 'jsonl');
  });

  it('mirrors and adds, as the preview of the sync has said', async () => {
    await define({ ...NUMBERS, mode: 'mirror' });
    const first = await ran();
    const preview = await run<RunPreview>('previewSync', { syncId: 'numbers', show: false });
    assert.deepEqual(preview.wouldDelete, [first.files[0]!.key]);
    assert.deepEqual((await ran()).replaced, preview.wouldDelete);
    await define({ ...NUMBERS, id: 'members', kind: 'audience', mode: 'add', primaryKey: ['n'] });
    assert.equal((await ran({ syncId: 'members' })).rows.added, 2);
    assert.equal((await ran({ syncId: 'members' })).rows.added, 0);
  });

  it('takes files as they stand in the editor, and what it has read at its start', async () => {
    const uri = await define(NUMBERS);
    const editor = await vscode.window.showTextDocument(uri);
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    // The editor may have the file of an earlier test still.
    await eventually(() => (editor.document.getText() === text ? true : undefined), 'the file');
    const at = editor.document.positionAt(text.indexOf('"numbers"'));
    await editor.edit((edit) => edit.replace(new vscode.Range(at, at.translate(0, 9)), '"unsaved"'));
    assert.equal((await ran({ syncId: 'unsaved' })).syncId, 'unsaved');
    assert.equal((await problemOf(ran())).code, 'invalid-argument');
  });

  it('goes on with what it has read when files change meanwhile', async () => {
    await define({ ...NUMBERS, sql: 'SELECT count(*) AS n FROM range(300000000)', model: undefined });
    const running = ran();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await define({ ...NUMBERS, sql: 'SELECT 0 AS n', model: undefined });
    assert.equal(await textOf(await running), 'n\n300000000\n');
    assert.equal(await textOf(await ran()), 'n\n0\n');
  });

  it('runs one at a time: others wait, or are refused', async () => {
    await define({ ...NUMBERS, mode: 'mirror' });
    const results = await Promise.all([ran(), ran(), ran()]);
    const starts = results.map(({ startedAt, durationMs }) => ({ began: Date.parse(startedAt), durationMs }));
    starts.sort((a, b) => a.began - b.began);
    for (const [i, { began }] of starts.entries()) {
      const before = starts[i - 1];
      if (before !== undefined) assert.ok(began >= before.began + before.durationMs - 5);
    }
    const settings = vscode.workspace.getConfiguration('s3Destinations');
    await settings.update('syncs.whenRunning', 'refuse', vscode.ConfigurationTarget.Global);
    try {
      const ends = await Promise.all(
        [1, 2].map(() =>
          ran().then(
            ({ status }) => status,
            (error: unknown) => (error as { code: string }).code,
          ),
        ),
      );
      assert.deepEqual(ends.sort(), ['completed', 'conflict']);
    } finally {
      await settings.update('syncs.whenRunning', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('runs nothing of a file that cannot be used', async () => {
    const cases: [content: string, message: RegExp][] = [
      ['{"syncs": [', /s3-syncs\.json cannot be used\. The file is no JSON/],
      [
        JSON.stringify({ syncs: [{ ...NUMBERS, mode: 'upsert' }] }),
        /numbers cannot run\. An audience needs “primaryKey”/,
      ],
      [JSON.stringify({ syncs: [NUMBERS, NUMBERS] }), /2 syncs numbers/],
      [JSON.stringify({ syncs: [{ ...NUMBERS, destination: 'nowhere' }] }), /no destination nowhere/],
      [JSON.stringify({ syncs: [] }), /no sync numbers/],
    ];
    for (const [content, message] of cases) {
      await writeWorkspaceFile(FILE, content);
      const problem = await problemOf(ran());
      assert.equal(problem.code, 'invalid-argument');
      assert.match(problem.message, message);
    }
    await vscode.workspace.fs.delete(workspaceFile(FILE));
    assert.match((await problemOf(ran())).message, /no sync numbers/);
    const elsewhere = workspaceFile('models/numbers.sql');
    assert.match((await problemOf(ran({ syncId: 'numbers', definition: elsewhere }))).message, /“definition” must be/);
    await session.assertNothingThere();
  });

  it('reads no model outside of the workspace', async () => {
    const link = workspaceFile('models/link.sql').fsPath;
    await symlink(path.join(os.homedir(), '.profile'), link).catch(() => undefined);
    await symlink('/dev/zero', workspaceFile('models/zero.sql').fsPath).catch(() => undefined);
    await symlink(workspaceFile('models/numbers.sql').fsPath, workspaceFile('models/within.sql').fsPath);
    for (const [model, code] of [
      ['../outside.sql', 'invalid-argument'],
      ['/etc/passwd', 'invalid-argument'],
      ['models/link.sql', 'invalid-argument'],
      ['models/zero.sql', 'invalid-argument'],
      ['models', 'invalid-argument'],
      ['models/none.sql', 'source-missing'],
    ] as const) {
      await define({ ...NUMBERS, model });
      assert.equal((await problemOf(ran())).code, code, model);
    }
    await define({ ...NUMBERS, model: 'models/within.sql' });
    assert.equal((await ran()).rows.written, 2);
  });
});
