import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { type HostSession, openHostSession, problemOf, run, writeWorkspaceFile } from './hostSession.ts';
import { acceptUntilSettled, escapeUntilSettled } from './quickInput.ts';

const ALL = { destination: 'store', syncId: 'given', sql: 'SELECT 1 AS n' };

describe('what exportQuery asks for', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(async () => {
    await session.addDestination('another');
    await session.addDestination('store', { pathPrefix: 'store/', target: { gzip: false } });
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await session.clear();
  });
  after(async () => session.close());

  const without = (...fields: (keyof typeof ALL)[]): Record<string, unknown> =>
    Object.fromEntries(Object.entries(ALL).filter(([name]) => !fields.includes(name as keyof typeof ALL)));
  const answered = (argument?: unknown): Promise<RunResult> => acceptUntilSettled(run('exportQuery', argument));
  const dataKeys = async (): Promise<string[]> =>
    (await session.keys()).filter((key) => !key.includes('_s3destinations')).map((key) => key.replace(/[^/]+$/, ''));

  it('is nothing when all is given', async () => {
    const { syncId } = await run<RunResult>('exportQuery', ALL);
    assert.equal(syncId, 'given');
    assert.deepEqual(await dataKeys(), ['store/given/']);
  });

  it('is the destination, the one used last first', async () => {
    await run('exportQuery', { ...ALL, destination: 'another', syncId: 'other' });
    await answered(without('destination'));
    assert.deepEqual(await dataKeys(), ['signalsmith/given/', 'signalsmith/other/']);
    await run('exportQuery', { ...ALL, syncId: 'other' });
    await answered(without('destination'));
    assert.deepEqual((await dataKeys()).slice(2), ['store/given/', 'store/other/']);
  });

  it('is the sync id, which a query without a file cannot suggest', async () => {
    assert.equal((await answered(without('syncId'))).syncId, 'export');
    assert.deepEqual(await dataKeys(), ['store/export/']);
  });

  it('is the sync id, suggested from the name of the file', async () => {
    const file = await writeWorkspaceFile('models/.Active users (EU)!.sql', 'SELECT 1 AS n');
    assert.equal((await answered({ destination: 'store', file })).syncId, 'Active-users-EU');
  });

  it('is the query, when there is none in front', async () => {
    const outcome = run('exportQuery', without('sql'));
    assert.equal((await problemOf(escapeUntilSettled(outcome))).code, 'cancelled');
    await session.assertNothingThere();
  });

  it('is not the query, when it is in front', async () => {
    const file = await writeWorkspaceFile('models/front.sql', 'SELECT 42 AS n');
    await vscode.window.showTextDocument(file);
    const { files } = await run<RunResult>('exportQuery', without('sql'));
    assert.equal((await session.read(files[0]!.key)).text, 'n\n42\n');
  });

  it('is not the query that a person has chosen in the Explorer', async () => {
    const file = await writeWorkspaceFile('models/chosen.sql', 'SELECT 43 AS n');
    await vscode.window.showTextDocument(await writeWorkspaceFile('models/in-front.sql', 'SELECT 44 AS n'));
    const { syncId, files } = await answered(file);
    assert.equal(syncId, 'chosen');
    assert.equal((await session.read(files[0]!.key)).text, 'n\n43\n');
  });

  it('is what a person has selected, and nothing else of the file', async () => {
    const file = await writeWorkspaceFile('models/two.sql', 'SELECT 1 AS a;\nSELECT 2 AS b;\n');
    const editor = await vscode.window.showTextDocument(file);
    editor.selection = new vscode.Selection(1, 0, 1, 14);
    const { files } = await answered();
    assert.equal((await session.read(files[0]!.key)).text, 'b\n2\n');
  });

  for (const field of ['destination', 'syncId'] as const) {
    it(`leaves nothing when the ${field} is not told`, async () => {
      const problem = await problemOf(escapeUntilSettled(run('exportQuery', without(field))));
      assert.deepEqual(
        [problem.code, problem.message],
        ['cancelled', 'The export was cancelled. Nothing was written.'],
      );
      await session.assertNothingThere();
    });
  }

  it('leaves nothing when a person presses Escape, who is told no more', async () => {
    await vscode.window.showTextDocument(await writeWorkspaceFile('models/escape.sql', 'SELECT 1 AS n'));
    assert.equal(await escapeUntilSettled(run('exportQuery')), undefined);
    assert.equal(await escapeUntilSettled(run('addDestination')), undefined);
    assert.equal(await escapeUntilSettled(run('removeDestination')), undefined);
    assert.equal((await run<unknown[]>('listDestinations')).length, 2);
    await session.assertNothingThere();
  });
});
