import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Problem } from '../../src/core/problem.ts';
import { type HostSession, openHostSession, problemOf, run, writeWorkspaceFile } from './hostSession.ts';
import { acceptUntilSettled } from './quickInput.ts';

const WRONG = "SELECT *\nFROM 'data/movies.json'\n  WHERE raiting > 5\n";

describe('what is wrong with a query', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(async () => session.addDestination('store'));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await session.clear();
  });
  after(async () => session.close());

  const exportFile = (file: vscode.Uri): Promise<unknown> =>
    run('exportQuery', { destination: 'store', syncId: 'problems', file });
  const refused = (file: vscode.Uri): Promise<Problem> => problemOf(exportFile(file));
  /** What is shown of a file: where, the code, the text. */
  const shown = (file: vscode.Uri): [string, unknown, string][] =>
    vscode.languages.getDiagnostics(file).map(({ range: { start, end }, code, message, source, severity }) => {
      assert.deepEqual([source, severity], ['S3 Destinations', vscode.DiagnosticSeverity.Error]);
      return [`${start.line}:${start.character}-${end.line}:${end.character}`, code, message];
    });

  it('is shown where it is', async () => {
    const file = await writeWorkspaceFile('models/wrong.sql', WRONG);
    const { code, message, position } = await refused(file);
    assert.equal(code, 'query-failed');
    assert.match(message, /raiting/);
    assert.deepEqual(position, { line: 3, column: 9 });
    assert.deepEqual(shown(file), [['2:8-2:15', code, message]]);
    await session.assertNothingThere();
  });

  it('is shown where it is after letters of two and four bytes', async () => {
    const file = await writeWorkspaceFile('models/letters.sql', "SELECT 'äöü😀' AS a, missing FROM range(1)");
    assert.deepEqual((await refused(file)).position, { line: 1, column: 22 });
    assert.equal(shown(file)[0]?.[0], '0:21-0:28');
  });

  it('is shown where the grammar breaks', async () => {
    const file = await writeWorkspaceFile('models/grammar.sql', '-- A comment\nSELECT 1 AS n\nFORM range(3)');
    const { code, position } = await refused(file);
    assert.equal(code, 'query-failed');
    assert.equal(position?.line, 3);
    assert.match(shown(file)[0]?.[0] ?? '', /^2:/);
  });

  it('names the data file that is missing', async () => {
    const file = await writeWorkspaceFile('models/missing.sql', "SELECT *\nFROM 'data/none.csv'");
    const { code, message } = await refused(file);
    assert.equal(code, 'source-missing');
    assert.match(message, /data\/none\.csv/);
    assert.deepEqual(
      shown(file).map(([, shownCode]) => shownCode),
      ['source-missing'],
    );
    await session.assertNothingThere();
  });

  it('names the columns that are there twice', async () => {
    const file = await writeWorkspaceFile('models/twice.sql', '\n  SELECT 1 AS a, 2 AS a');
    const problem = await problemOf(
      run('exportQuery', { destination: 'store', syncId: 'problems', file, format: 'jsonl' }),
    );
    assert.equal(problem.code, 'duplicate-column');
    assert.match(problem.message, /“a”/);
    assert.equal(shown(file)[0]?.[0], '1:2-1:8');
  });

  it('goes away with the next good run', async () => {
    const file = await writeWorkspaceFile('models/mended.sql', WRONG);
    await refused(file);
    assert.equal(shown(file).length, 1);
    // Behind the editor's back: only the run itself can tell that it is good now.
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await writeWorkspaceFile('models/mended.sql', 'SELECT 1 AS n');
    await waitForText(file, 'SELECT 1 AS n');
    await exportFile(file);
    assert.deepEqual(shown(file), []);
  });

  it('goes away with an edit', async () => {
    const file = await writeWorkspaceFile('models/edited.sql', WRONG);
    const editor = await vscode.window.showTextDocument(file);
    await refused(file);
    assert.equal(shown(file).length, 1);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), ' '));
    assert.deepEqual(shown(file), []);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  for (const [what, name, before] of [
    ['at the edge of a line', 'edge', 'SELECT 1 AS first;\n\n'],
    ['in the middle of a line', 'middle', 'SELECT 1 AS first;\n  /* ä😀 */ '],
  ] as const) {
    it(`is shown for a selection that begins ${what}`, async () => {
      const wrong = 'SELECT missing\nFROM range(3)';
      const file = await writeWorkspaceFile(`models/selected-${name}.sql`, `${before}${wrong};\nSELECT 2 AS last`);
      const editor = await vscode.window.showTextDocument(file);
      const start = editor.document.positionAt(before.length);
      editor.selection = new vscode.Selection(start, editor.document.positionAt(before.length + wrong.length));
      // A person is told, and the command does not reject.
      assert.equal(await acceptUntilSettled(run('exportQuery')), undefined);
      const [line, from] = [start.line, start.character + 'SELECT '.length];
      assert.equal(shown(file)[0]?.[0], `${line}:${from}-${line}:${from + 'missing'.length}`);
      await session.assertNothingThere();
    });
  }

  it('is shown below the first line of a selection, too', async () => {
    const file = await writeWorkspaceFile('models/below.sql', 'x x x SELECT 1\nFROM range(3)\n WHERE gone = 1');
    const editor = await vscode.window.showTextDocument(file);
    editor.selection = new vscode.Selection(0, 6, 2, 15);
    await acceptUntilSettled(run('exportQuery'));
    assert.equal(shown(file)[0]?.[0], '2:7-2:11');
  });
});

/** Waits until the editor has noticed that a file has changed on disk. */
async function waitForText(file: vscode.Uri, text: string): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if ((await vscode.workspace.openTextDocument(file)).getText() === text) return;
  }
  assert.fail(`${file.fsPath} did not change in the editor.`);
}
