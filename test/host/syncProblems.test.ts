import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { DEMO_ADMIN } from '../s3/server.ts';
import {
  BUCKET,
  eventually,
  type HostSession,
  openHostSession,
  problemOf,
  run,
  workspaceFile,
  writeWorkspaceFile,
} from './hostSession.ts';

const FILE = '.vscode/s3-syncs.json';
/** What is found is shown by then. */
const SHOWN_MS = 500;
const USERS = { id: 'users', destination: 'store', sql: 'SELECT 1 AS user_id, 2 AS "e-mail"' };

describe('what is wrong with definitions of syncs', () => {
  let session: HostSession;
  let uri: vscode.Uri;
  before(async () => (session = await openHostSession()));
  beforeEach(() => session.addDestination('store', { pathPrefix: 'p/' }));
  afterEach(async () => {
    await revert();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(workspaceFile(FILE));
    await eventually(() => (ours().length === 0 ? true : undefined), 'the end of all problems');
    await session.clear();
  });
  after(async () => session.close());

  /** Takes back what was not saved of the file. */
  async function revert(): Promise<void> {
    if (!vscode.workspace.textDocuments.some(({ isDirty, fileName }) => isDirty && fileName.endsWith(FILE))) return;
    await vscode.window.showTextDocument(uri);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }
  /** Opens a file of these syncs. */
  async function open(...syncs: object[]): Promise<vscode.TextEditor> {
    const text = `// of the tests\n${JSON.stringify({ syncs }, undefined, 2)}\n`;
    await revert();
    uri = await writeWorkspaceFile(FILE, text);
    const editor = await vscode.window.showTextDocument(uri);
    // The editor may have the file of an earlier test still.
    await eventually(() => (editor.document.getText() === text ? true : undefined), 'the file');
    assert.equal(editor.document.languageId, 'jsonc');
    return editor;
  }
  const ours = (): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'S3 Destinations');
  const shown = (document: vscode.TextDocument): string[] =>
    ours().map(({ code, range }) => `${code as string}: ${document.getText(range)}`);
  /** Waits for a problem. */
  const problem = (code: string): Promise<vscode.Diagnostic> =>
    eventually(() => ours().find((diagnostic) => diagnostic.code === code), code);
  const gone = (code: string): Promise<true> =>
    eventually(() => (ours().some((diagnostic) => diagnostic.code === code) ? undefined : true), `the end of ${code}`);
  const fixesAt = (range: vscode.Range): Thenable<vscode.CodeAction[]> =>
    vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, range, 'quickfix', 20);
  async function fix(code: string, title: string): Promise<void> {
    let last = '';
    const action = await eventually(async () => {
      // It moves when the file, of which the editor tells a little late, has been read again.
      const place = ours().find((diagnostic) => diagnostic.code === code)?.range;
      const offered = place === undefined ? [] : await fixesAt(place);
      last = JSON.stringify([ours(), offered.map((candidate) => candidate.title)]);
      return offered.find((candidate) => candidate.title === title);
    }, `${title} among the fixes`).catch((error: unknown) => assert.fail(`${String(error)} Last: ${last}`));
    if (action.edit !== undefined) await vscode.workspace.applyEdit(action.edit);
    if (action.command !== undefined)
      await vscode.commands.executeCommand(action.command.command, ...((action.command.arguments ?? []) as unknown[]));
  }

  it('is shown at its property, also where it takes several to be wrong', async () => {
    await session.addDestination('below', { pathPrefix: 'p/users/' });
    const { document } = await open(
      USERS,
      { ...USERS, mode: 'upsert', kind: 'model' },
      { ...USERS, id: 'inner', destination: 'below', sql: undefined, model: '../outside.sql' },
      { ...USERS, id: 'lost', destination: 'nowhere', sql: undefined, model: 'models/none.sql' },
    );
    await problem('missing-model');
    assert.deepEqual(shown(document).sort(), [
      'duplicate-id: "users"',
      'missing-model: "models/none.sql"',
      'mode-and-kind: "upsert"',
      'model-path: "../outside.sql"',
      'overlapping-outputs: "inner"',
      'overlapping-outputs: "users"',
      'unknown-destination: "nowhere"',
    ]);
  });

  it('goes when it is mended by a quick fix, and comments stay', async () => {
    const { document } = await open({ ...USERS, mode: 'add', kind: 'model', primaryKey: 'user_id' }, USERS, {
      ...USERS,
      id: 'third',
      destination: 'nowhere',
      sql: undefined,
      model: 'models/new/third.sql',
      writes: 1,
    });
    await fix('mode-and-kind', 'Make it an audience');
    await fix('duplicate-id', 'Rename to users-2');
    await fix('unknown-destination', 'Use store');
    await fix('missing-model', 'Create models/new/third.sql');
    await vscode.window.showTextDocument(uri);
    await gone('missing-model');
    const [unknown] = await fixesAt(rangeOf(document, '"writes"'));
    assert.equal(unknown?.title, 'Remove “writes”');
    await vscode.workspace.applyEdit(unknown.edit!);
    await gone('duplicate-id');
    assert.deepEqual(shown(document), []);
    assert.match(document.getText(), /^\/\/ of the tests\n/);
    assert.match(document.getText(), /"kind": "audience"[^]*"users-2"[^]*"store"/);
  });

  it('is a key that the query does not give, until it is one of its columns', async () => {
    await open({ ...USERS, kind: 'audience', mode: 'add', primaryKey: ['id'] });
    const { message } = await problem('unknown-column');
    assert.equal(message, 'The query gives no column “id”. It gives: user_id, e-mail');
    await fix('unknown-column', 'Use “e-mail” as the Key');
    await gone('unknown-column');
    await open({ ...USERS, kind: 'audience', mode: 'add', primaryKey: ['USER_ID', 'e-mail'] });
    await gone('unknown-column');
  });

  it('is a key that the query does not give, until the data or the preparation that it is made of do', async () => {
    const keyed = { ...USERS, kind: 'audience', mode: 'add', primaryKey: ['user_id'] };
    const data = await writeWorkspaceFile('data/keys.csv', 'id\n1\n');
    await open({ ...keyed, sql: "FROM 'data/keys.csv'" });
    await problem('unknown-column');
    await writeWorkspaceFile('data/keys.csv', 'user_id\n1\n');
    await gone('unknown-column');
    await vscode.workspace.fs.delete(data);
    const preparation = await writeWorkspaceFile('models/people.txt', 'CREATE VIEW people AS SELECT 1 AS id');
    await open({ ...keyed, sql: 'FROM people', prepare: 'models/people.txt' });
    await problem('unknown-column');
    await writeWorkspaceFile('models/people.txt', 'CREATE VIEW people AS SELECT 1 AS user_id');
    await gone('unknown-column');
    await vscode.workspace.fs.delete(preparation);
  });

  it('is what is wrong with a query in the definition, until it runs or the text changes', async () => {
    const editor = await open({ ...USERS, sql: 'SELECT missing' }, { ...USERS, id: 'other', sql: "FROM 'here.csv'" });
    const { document } = editor;
    const codeOf = async (syncId: string): Promise<string> => (await problemOf(run('runSync', { syncId }))).code;
    assert.deepEqual([await codeOf('users'), await codeOf('other')], ['query-failed', 'source-missing']);
    await problem('source-missing');
    assert.deepEqual(shown(document).sort(), ['query-failed: "SELECT missing"', `source-missing: "FROM 'here.csv'"`]);
    const file = await writeWorkspaceFile('here.csv', 'user_id\n1\n');
    await run('runSync', { syncId: 'other' });
    await gone('source-missing');
    await vscode.workspace.fs.delete(file);
    assert.deepEqual(shown(document), ['query-failed: "SELECT missing"']);
    await editor.edit((edit) => edit.replace(rangeOf(document, 'missing'), '1'));
    await gone('query-failed');
  });

  it('is no more what it was when the file changes on disk while it is not open', async () => {
    uri = await writeWorkspaceFile(FILE, JSON.stringify({ syncs: [{ ...USERS, sql: 'SELECT missing' }] }));
    assert.equal((await problemOf(run('runSync', { syncId: 'users' }))).code, 'query-failed');
    await problem('query-failed');
    await writeWorkspaceFile(FILE, JSON.stringify({ syncs: [{ ...USERS, sql: 'SELECT 1 AS user_id' }] }));
    await gone('query-failed');
  });

  it('is no more what it was when a model changes on disk while it is not open', async () => {
    const model = 'models/mended.sql';
    const file = await writeWorkspaceFile(model, 'SELECT missing');
    uri = await writeWorkspaceFile(FILE, JSON.stringify({ syncs: [{ ...USERS, sql: undefined, model }] }));
    assert.equal((await problemOf(run('runSync', { syncId: 'users' }))).code, 'query-failed');
    assert.equal(vscode.languages.getDiagnostics(file).length, 1);
    await writeWorkspaceFile(model, 'SELECT 1 AS user_id');
    await eventually(() => (vscode.languages.getDiagnostics(file).length === 0 ? true : undefined), 'its end');
    await vscode.workspace.fs.delete(file);
  });

  it('is what is wrong with the destination, with its repairs', async () => {
    session.s3.createBucket('far-away', { region: 'eu-west-1' });
    await run('editDestination', { name: 'store', changes: { bucket: 'far-away' } });
    await open(USERS);
    const { code } = await problemOf(run('runSync', { syncId: 'users' }));
    assert.equal(code, 'region-mismatch');
    const shownAt = await problem('destination');
    assert.match(shownAt.message, /eu-west-1/);
    await fix('destination', 'Use eu-west-1 (store)');
    // Whether it is right now, the next run shows.
    await gone('destination');
    await run('runSync', { syncId: 'users' });
    await run('editDestination', { name: 'store', changes: { bucket: BUCKET } });
  });

  it('is what is wrong with the destination as it is now, not as it was when a run of it began', async () => {
    await open(USERS);
    const edit = (changes: object): Promise<unknown> => run('editDestination', { name: 'store', changes });
    const wrong = (): boolean => ours().some((diagnostic) => diagnostic.code === 'destination');
    const answer = { status: 403, code: 'AccessDenied' };
    session.s3.faults.add({ op: 'PutObject', run: () => edit({ pathPrefix: 'q/' }).then(() => undefined), answer });
    assert.equal((await problemOf(run('runSync', { syncId: 'users' }))).code, 'access-denied');
    await sleep(SHOWN_MS);
    assert.equal(wrong(), false, 'The old destination was refused, not the new one.');

    session.s3.createBucket('further-away', { region: 'eu-west-1' });
    const breakIt = async (): Promise<void> => {
      await edit({ bucket: 'further-away' });
      assert.equal((await run<{ ok: boolean }>('checkDestination', { name: 'store' })).ok, false);
    };
    session.s3.faults.add({ op: 'PutObject', run: breakIt });
    await run('runSync', { syncId: 'users' });
    await sleep(SHOWN_MS);
    assert.equal(wrong(), true, 'A run to the old destination says nothing of the new one.');
    await edit({ bucket: BUCKET });
  });

  it('is not what a run to the old destination finds that was about to begin when it was changed', async () => {
    await open(USERS);
    const change = async (): Promise<void> => {
      await run('editDestination', { name: 'store', changes: { pathPrefix: 'q/' } });
    };
    const looked = session.s3.faults.add({ op: 'ListObjects*', run: change });
    session.s3.faults.add({ op: 'PutObject', answer: { status: 403, code: 'AccessDenied' } });
    assert.equal((await problemOf(run('runSync', { syncId: 'users' }))).code, 'access-denied');
    assert.equal(looked.hits, 1);
    await sleep(SHOWN_MS);
    assert.deepEqual(ours(), []);
  });

  it('is found by the editor itself where the schema knows it', async () => {
    const { document } = await open({ ...USERS, gzip: 'yes', formats: 'csv' });
    const texts = await eventually(() => {
      const all = vscode.languages.getDiagnostics(uri).map(({ range }) => document.getText(range));
      return all.includes('"formats"') && all.includes('"yes"') ? all : undefined;
    }, 'what the schema says');
    assert.equal(texts.filter((text) => text === '"formats"').length, 1);
  });

  it('need not arise: names are completed, and destinations explained', async () => {
    await writeWorkspaceFile('models/completed.sql', 'SELECT 1 AS a');
    const editor = await open(
      { ...USERS, destination: '', kind: 'audience', mode: 'add', primaryKey: [''] },
      { ...USERS, id: 'm', model: '', sql: undefined },
    );
    const completed = async (text: string): Promise<string[]> => {
      const at = rangeOf(editor.document, text).end.translate(0, -1);
      const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        uri,
        at,
      );
      return items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    };
    assert.ok((await completed('"destination": ""')).includes('"store"'));
    assert.ok((await completed('"model": ""')).includes('"models/completed.sql"'));
    assert.deepEqual(
      (await completed('"primaryKey": [\n        ""')).filter((label) => /user_id|e-mail/.test(label)),
      ['"user_id"', '"e-mail"'],
    );
    assert.ok((await completed('"kind": "audience"')).includes('"model"'));
    const place = rangeOf(editor.document, '"store"').start.translate(0, 2);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, place);
    const text = hovers
      .flatMap(({ contents }) => contents.map((content) => (content as vscode.MarkdownString).value))
      .join('\n');
    assert.match(text, new RegExp(`s3://${BUCKET}/p/m/`));
    assert.ok(!text.includes(DEMO_ADMIN.secretAccessKey));
  });

  it('leaves the editor responsive with 10,000 syncs', async () => {
    await open(...Array.from({ length: 10_000 }, (_, i) => ({ ...USERS, id: `sync-${i % 9999}`, mode: 'mirror' })));
    let slowest = 0;
    let before = performance.now();
    const timer = setInterval(() => {
      slowest = Math.max(slowest, performance.now() - before);
      before = performance.now();
    }, 10);
    // It may take its time, on a machine that is busy, as long as others get theirs.
    await problem('duplicate-id').catch(() => problem('duplicate-id'));
    clearInterval(timer);
    assert.ok(slowest < 4000, `${slowest} ms`);
  });
});

function rangeOf(document: vscode.TextDocument, text: string): vscode.Range {
  const at = document.getText().indexOf(text);
  assert.ok(at >= 0, text);
  return new vscode.Range(document.positionAt(at), document.positionAt(at + text.length));
}
