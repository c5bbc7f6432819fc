import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { type HostSession, openHostSession, problemOf, run, workspaceFile, writeWorkspaceFile } from './hostSession.ts';
import { acceptUntilSettled } from './quickInput.ts';

const FILE = '.vscode/s3-syncs.json';

describe('newSync', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(() => session.addDestination('store', { pathPrefix: 'p/', target: { gzip: false } }));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(workspaceFile(FILE)).then(undefined, () => undefined);
    await session.clear();
  });
  after(async () => session.close());

  const text = async (): Promise<string> =>
    new TextDecoder().decode(await vscode.workspace.fs.readFile(workspaceFile(FILE)));

  it('begins the file, and adds to it, so that comments stay', async () => {
    const first = { syncId: 'first', destination: 'store', sql: 'SELECT 1 AS n' };
    const { definition } = await run<{ definition: string }>('newSync', first);
    assert.equal(definition, workspaceFile(FILE).toString());
    await writeWorkspaceFile(FILE, `// ours\n${await text()}`);
    await run('newSync', {
      ...first,
      syncId: 'second',
      kind: 'audience',
      mode: 'add',
      primaryKey: ['n'],
      destinaton: 'x',
    });
    assert.match(await text(), /^\/\/ ours\n[^]*"first"[^]*"second"[^]*"primaryKey"/);
    assert.ok(!(await text()).includes('destinaton'));
    assert.equal((await run<RunResult>('runSync', { syncId: 'second' })).rows.added, 1);
    const before = await text();
    for (const wrong of [
      first,
      { ...first, syncId: '../x' },
      { ...first, syncId: 'third', mode: 'add' },
      { syncId: 'no', destination: 'store' },
    ])
      assert.equal((await problemOf(run('newSync', wrong))).code, 'invalid-argument');
    assert.equal(await text(), before);
    await writeWorkspaceFile(FILE, '{');
    assert.match((await problemOf(run('newSync', { ...first, syncId: 'x' }))).message, /no JSON/);
    assert.equal(await text(), '{');
  });

  it('keeps that no preparation is run', async () => {
    const prepare = '.vscode/prepare.sql';
    await writeWorkspaceFile(prepare, 'This is no SQL');
    try {
      await run('newSync', { syncId: 'bare', destination: 'store', sql: 'SELECT 1 AS n', prepare: null });
      assert.match(await text(), /"prepare": null/);
      assert.equal((await run<RunResult>('runSync', { syncId: 'bare' })).rows.written, 1);
    } finally {
      await vscode.workspace.fs.delete(workspaceFile(prepare));
    }
  });

  it('takes a model that a person has called it on, whose lens then runs it', async () => {
    const model = await writeWorkspaceFile('models/lens.sql', 'SELECT 1 AS n');
    await acceptUntilSettled(run('newSync', model));
    assert.match(await text(), /"id": "lens"[^]*"model": "models\/lens.sql"/);
    await vscode.window.showTextDocument(model);
    const lenses = async (): Promise<vscode.Command[]> => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        model,
        10,
      );
      return found.flatMap(({ command }) => (command?.command.startsWith('s3Destinations.') === true ? [command] : []));
    };
    const [runs, preview, last] = await lenses();
    assert.deepEqual(
      [runs?.title, preview?.title, last?.title],
      ['$(play) Run', 'Preview', 'not run here yet → store'],
    );
    await vscode.commands.executeCommand(runs!.command, ...(runs!.arguments as unknown[]));
    assert.equal((await session.keys()).filter((key) => key.startsWith('p/lens/')).length, 1);
    assert.match((await lenses())[2]?.title ?? '', /^last run just now, 1 row$/);
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});
