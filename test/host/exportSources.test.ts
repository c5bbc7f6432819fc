import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { type HostSession, openHostSession, problemOf, run, workspaceFile, writeWorkspaceFile } from './hostSession.ts';

describe('what exportQuery exports', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(async () => session.addDestination('store', { target: { gzip: false } }));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await session.clear();
  });
  after(async () => session.close());

  /** Exports; resolves to what then lies at the store. */
  const exported = async (request: Record<string, unknown>): Promise<string> => {
    const { files } = await run<RunResult>('exportQuery', { destination: 'store', syncId: 'sources', ...request });
    assert.equal(files.length, 1);
    return (await session.read(files[0]!.key)).text;
  };

  it('is a query given as text', async () => {
    assert.equal(await exported({ sql: "SELECT 1 AS n, 'a' AS t" }), 'n,t\n1,a\n');
  });

  it('is a query with a semicolon and comments', async () => {
    assert.equal(await exported({ sql: '-- one;\nSELECT 1 AS n; -- done\n' }), 'n\n1\n');
  });

  it('is a file, given as a URI', async () => {
    const file = await writeWorkspaceFile('models/uri.sql', 'SELECT 2 AS n');
    assert.equal(await exported({ file }), 'n\n2\n');
  });

  it('is a file, given as the text of a URI', async () => {
    const file = await writeWorkspaceFile('models/with space ä.sql', 'SELECT 3 AS n');
    assert.equal(await exported({ file: file.toString() }), 'n\n3\n');
  });

  it('is a file, given as a path, absolute or relative to the workspace', async () => {
    const { fsPath } = await writeWorkspaceFile('models/path.sql', 'SELECT 4 AS n');
    assert.equal(await exported({ file: fsPath }), 'n\n4\n');
    assert.equal(await exported({ file: 'models/path.sql' }), 'n\n4\n');
  });

  it('is a file as the editor has it, saved or not', async () => {
    const file = await writeWorkspaceFile('models/unsaved.sql', 'SELECT 5 AS n');
    const editor = await vscode.window.showTextDocument(file);
    await editor.edit((edit) => edit.replace(new vscode.Range(0, 7, 0, 8), '6'));
    assert.ok(editor.document.isDirty);
    assert.equal(await exported({ file }), 'n\n6\n');
    assert.equal(readFileSync(file.fsPath, 'utf8'), 'SELECT 5 AS n');
  });

  it('is an editor that was never saved', async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'sql', content: 'SELECT 7 AS n' });
    await vscode.window.showTextDocument(document);
    assert.equal(await exported({ file: document.uri }), 'n\n7\n');
  });

  it('comes from a CSV file beside it', async () => {
    const rows = readFileSync(workspaceFile('data/airports.csv').fsPath, 'utf8').trimEnd().split('\n').length - 1;
    const text = await exported({ sql: "SELECT count(*) AS n, min(iata) AS first FROM 'data/airports.csv'" });
    assert.equal(text, `n,first\n${rows},00M\n`);
  });

  it('comes from a JSON file beside it', async () => {
    const movies = JSON.parse(readFileSync(workspaceFile('data/movies.json').fsPath, 'utf8')) as unknown[];
    assert.equal(await exported({ sql: "SELECT count(*) AS n FROM 'data/movies.json'" }), `n\n${movies.length}\n`);
  });

  it('comes from a Parquet file beside it', async () => {
    const text = await exported({ sql: "SELECT count(*) AS n, min(origin) AS origin FROM 'data/flights.parquet'" });
    assert.equal(text, 'n,origin\n3000000,ABE\n');
  });

  it('has its paths from the workspace’s folder, wherever its file lies', async () => {
    await writeWorkspaceFile('data/own.csv', 'id,name\n1,ä\n2,\n');
    const file = await writeWorkspaceFile('models/deep/own.sql', "FROM 'data/own.csv'");
    assert.equal(await exported({ file }), 'id,name\n1,ä\n2,\n');
  });

  for (const model of ['bird-strikes', 'top-movies']) {
    it(`has the rows of the sample ${model}`, async () => {
      const request = { destination: 'store', syncId: model, file: `models/${model}.sql` };
      const { rows, files } = await run<RunResult>('exportQuery', request);
      const { text } = await session.read(files[0]!.key);
      assert.equal(text.trimEnd().split('\n').length - 1, rows.written);
      assert.equal(rows.written, model === 'bird-strikes' ? 209 : 1782);
    });
  }

  it('cannot be a file that is not there', async () => {
    const { code, message } = await problemOf(exported({ file: 'models/none.sql' }));
    assert.deepEqual([code, message], ['source-missing', 'The file models/none.sql cannot be read.']);
    await session.assertNothingThere();
  });

  for (const [what, source] of [
    ['both a text and a file', { sql: 'SELECT 1', file: 'models/x.sql' }],
    ['a text that is none', { sql: 5 }],
    ['a file that is none', { file: 5 }],
    ['an empty path', { file: '' }],
  ] as const) {
    it(`cannot be ${what}`, async () => {
      const { code, message } = await problemOf(exported(source));
      assert.equal(code, 'invalid-argument');
      assert.match(message, /“(sql|file)”/);
      await session.assertNothingThere();
    });
  }
});
