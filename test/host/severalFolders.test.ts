import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { eventually, type HostSession, openHostSession, problemOf, run, writeWorkspaceFile } from './hostSession.ts';
import { executeTask, terminalWith } from './taskTerminal.ts';

const FILE = '.vscode/s3-syncs.json';
const TEXTS = ['name\nfirst\n', 'NAME\nSECOND\n'];
const USERS = { id: 'users', destination: 'one', model: 'models/users.sql', gzip: false };

describe('syncs of several workspace folders', () => {
  let session: HostSession;
  let other: string;
  const definitionIn = (i: number): vscode.Uri => vscode.Uri.joinPath(vscode.workspace.workspaceFolders![i]!.uri, FILE);
  before(async () => {
    session = await openHostSession();
    await session.addDestination('one', { pathPrefix: 'one/' });
    await session.addDestination('two', { pathPrefix: 'two/' });
    await writeWorkspaceFile(FILE, JSON.stringify({ syncs: [USERS] }));
    await writeWorkspaceFile('models/users.sql', "FROM 'who.csv'");
    await writeWorkspaceFile('who.csv', 'name\nfirst\n');
    other = mkdtempSync(path.join(os.tmpdir(), 's3d-other-'));
    for (const folder of ['.vscode', 'models']) mkdirSync(path.join(other, folder));
    const syncs = [
      { ...USERS, destination: 'two' },
      { ...USERS, id: 'lost', destination: 'nowhere' },
    ];
    writeFileSync(path.join(other, FILE), JSON.stringify({ syncs }));
    writeFileSync(path.join(other, 'models/users.sql'), "SELECT upper(name) AS NAME FROM 'who.csv'");
    writeFileSync(path.join(other, 'who.csv'), 'name\nsecond\n');
    vscode.workspace.updateWorkspaceFolders(1, 0, { uri: vscode.Uri.file(other), name: 'other' });
    await eventually(() => (vscode.workspace.workspaceFolders?.length === 2 ? true : undefined), 'the second folder');
  });
  after(async () => {
    vscode.workspace.updateWorkspaceFolders(1, 1);
    await eventually(() => (vscode.workspace.workspaceFolders?.length === 1 ? true : undefined), 'one folder');
    for (const name of [FILE, 'models/users.sql', 'who.csv'])
      await vscode.workspace.fs.delete(vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, name));
    rmSync(other, { recursive: true });
    // Reads the definitions anew: the tests that follow must not meet the problems of these.
    await problemOf(run('runAllSyncs', {}));
    await session.close();
  });

  it('run each with the model and the files of its own, and are told apart', async () => {
    const problem = await problemOf(run('runSync', { syncId: 'users' }));
    assert.deepEqual([problem.code, problem.message], ['invalid-argument', 'users is defined in workspace and other.']);
    assert.match(problem.fix ?? '', /“definition”/);
    for (const [i, text] of TEXTS.entries()) {
      const definition = definitionIn(i).toString();
      const { files } = await run<{ files: { key: string }[] }>('runSync', { syncId: 'users', definition });
      assert.equal((await session.read(files[0]!.key)).text, text);
    }
    const { runs } = await run<{ runs: { syncId: string; definition: string; status: string }[] }>('runAllSyncs', {});
    assert.deepEqual(
      runs.map(({ syncId, definition, status }) => [syncId, definition, status]),
      [
        ['users', definitionIn(0).toString(), 'completed'],
        ['users', definitionIn(1).toString(), 'completed'],
        ['lost', definitionIn(1).toString(), 'failed'],
      ],
    );
    const some = await run<{ runs: unknown[] }>('runAllSyncs', { definition: definitionIn(0).toString() });
    assert.equal(some.runs.length, 1);
  });

  it('are tasks that name their folders, and run what is in them', async () => {
    const all = await vscode.tasks.fetchTasks({ type: 's3Destinations' });
    assert.deepEqual(
      all.map(({ definition: { sync, folder }, detail }) => [sync, folder, detail] as unknown[]),
      [
        ['users', 'workspace', 'model · insert → one'],
        ['users', 'other', 'model · insert → two'],
        ['lost', undefined, 'model · insert → nowhere'],
      ],
    );
    for (const [i, text] of TEXTS.entries()) {
      const before = await session.keys();
      assert.equal(await executeTask(all[i]!), 0);
      const added = (await session.keys()).find((key) => key.endsWith('.csv') && !before.includes(key));
      assert.equal((await session.read(added!)).text, text);
    }
    // The editor takes tasks of two folders for one when they say the same.
    const { scope, name, source, execution } = all[0]!;
    const unclear = { type: 's3Destinations', sync: 'users' };
    assert.equal(await executeTask(new vscode.Task(unclear, scope!, name, source, execution)), 1);
    await terminalWith(/users is defined in workspace and other\.\nSay which by “folder”/);
  });

  it('have their problems in their files', async () => {
    await vscode.window.showTextDocument(definitionIn(1));
    const found = await eventually(() => {
      const all = vscode.languages.getDiagnostics(definitionIn(1));
      return all.length > 0 ? all : undefined;
    }, 'problems');
    assert.deepEqual(
      found.map(({ code }) => code),
      ['unknown-destination'],
    );
    assert.deepEqual(vscode.languages.getDiagnostics(definitionIn(0)), []);
  });
});
