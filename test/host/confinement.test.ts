import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { type HostSession, openHostSession, problemOf, run, workspaceFile, writeWorkspaceFile } from './hostSession.ts';

const SETTING = 'query.allowOutsideWorkspace';

describe('what a query may read', () => {
  let session: HostSession;
  const outside = mkdtempSync(path.join(os.tmpdir(), 's3d-outside-'));
  const secret = path.join(outside, 'secret.csv');
  const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('s3Destinations');
  before(async () => {
    writeFileSync(secret, 'a\nsecret\n');
    session = await openHostSession();
    await session.addDestination('store', { pathPrefix: '', target: { gzip: false } });
  });
  afterEach(() => settings().update(SETTING, undefined, vscode.ConfigurationTarget.Global));
  after(async () => {
    rmSync(outside, { recursive: true });
    await session.close();
  });

  const exported = (given: object): Promise<RunResult> =>
    run('exportQuery', { destination: 'store', syncId: 'reading', ...given });

  it('is the workspace, and nothing else; the file says so, where it does', async () => {
    const file = await writeWorkspaceFile('models/outside.sql', `SELECT 1 AS a;\nSELECT * FROM '${secret}'`);
    const problem = await problemOf(exported({ file }));
    assert.deepEqual([problem.code, problem.kind], ['query-failed', 'outside-workspace']);
    assert.deepEqual(problem.repairs, [{ kind: 'open-setting', setting: `s3Destinations.${SETTING}` }]);
    assert.deepEqual(
      vscode.languages.getDiagnostics(file).map(({ message }) => message),
      [problem.message],
    );
    const preview = await problemOf(run('previewSync', { destination: 'store', syncId: 'reading', file }));
    assert.equal(preview.kind, 'outside-workspace');
    await session.assertNothingThere();
  });

  it('is not for the workspace to decide', async () => {
    const sql = `FROM '${secret}'`;
    const folder = realpathSync(workspaceFile('.').fsPath);
    const own = JSON.stringify({ [`s3Destinations.${SETTING}`]: true });
    const file = await writeWorkspaceFile('.vscode/settings.json', own);
    try {
      assert.equal((await problemOf(exported({ sql }))).kind, 'outside-workspace');
      const pretended = exported({ sql, allowOutsideWorkspace: true, query: { allowOutsideWorkspace: [folder] } });
      assert.equal((await problemOf(pretended)).kind, 'outside-workspace');
    } finally {
      await vscode.workspace.fs.delete(file);
    }
  });

  it('is everything where the user says so for the workspace, or for all', async () => {
    const sql = `FROM '${secret}'`;
    for (const value of [[workspaceFile('').fsPath], [path.dirname(workspaceFile('').fsPath)], true]) {
      await settings().update(SETTING, value, vscode.ConfigurationTarget.Global);
      const { files } = await exported({ sql });
      assert.equal((await session.read(files[0]!.key)).text, 'a\nsecret\n');
    }
    await settings().update(SETTING, [outside], vscode.ConfigurationTarget.Global);
    assert.equal((await problemOf(exported({ sql }))).kind, 'outside-workspace');
  });
});
