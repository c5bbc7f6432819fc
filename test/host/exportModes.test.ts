import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RunPreview } from '../../src/core/sync/previewRun.ts';
import type { EndedRun } from '../../src/core/sync/runHistory.ts';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { eventually, type HostSession, openHostSession, problemOf, run } from './hostSession.ts';

const MEMBERS = [
  "SELECT * FROM (VALUES (1, 'a'), (2, 'a'), (3, 'a')) AS t(id, name)",
  "SELECT * FROM (VALUES (2, 'a'), (3, 'b'), (4, 'a')) AS t(id, name)",
] as const;

/** What a report of that kind says, which is shown as a page. */
function reportOf(kind: string): string {
  const isReport = ({ scheme, path }: vscode.Uri): boolean =>
    scheme === 's3destinations-report' && path.startsWith(`/${kind}/`);
  return vscode.workspace.textDocuments.find(({ uri }) => isReport(uri))?.getText() ?? '';
}

describe('the modes of an export', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(() => session.addDestination('store', { pathPrefix: 'p/', target: { gzip: false } }));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await session.clear();
  });
  after(async () => session.close());

  const exported = (given: object): Promise<RunResult> => run('exportQuery', { destination: 'store', ...given });
  const dataKeys = async (): Promise<string[]> =>
    (await session.keys()).filter((key) => !key.includes('_s3destinations'));
  const textOf = async ({ files }: RunResult): Promise<string> => (await session.read(files[0]!.key)).text;

  it('mirror: replaces the set before it, as the preview has said', async () => {
    const mirror = { syncId: 'set', mode: 'mirror', sql: MEMBERS[0] };
    const first = await exported(mirror);
    const before = await session.keys();
    const preview = await run<RunPreview>('previewSync', { destination: 'store', ...mirror, sql: MEMBERS[1] });
    assert.deepEqual(await session.keys(), before);
    assert.deepEqual(
      preview.wouldDelete,
      first.files.map(({ key }) => key),
    );
    assert.deepEqual([preview.rows, preview.sample], [{ read: 3, written: 3 }, 'id,name\n2,a\n3,b\n4,a\n']);
    assert.match(preview.keys.join(), /^p\/set\/[^/]+-00000\.csv$/);
    assert.ok(preview.permissions.includes('s3:DeleteObject'));
    const tabs = (): readonly vscode.Tab[] => vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await eventually(() => tabs().find(({ label }) => label === 'Preview of set → store'), 'the table');
    assert.deepEqual(
      preview.columns?.map(({ name, type }) => `${name} ${type}`),
      ['id INTEGER', 'name VARCHAR'],
    );
    await run('openTableAsText', {});
    assert.match(reportOf('preview'), /# Preview of set → store/);
    const second = await exported({ ...mirror, sql: MEMBERS[1] });
    assert.deepEqual(second.replaced, preview.wouldDelete);
    assert.deepEqual(
      await dataKeys(),
      second.files.map(({ key }) => key),
    );
  });

  it('mirror: asks before rows are replaced by none', async () => {
    await exported({ syncId: 'set', mode: 'mirror', sql: MEMBERS[0] });
    const none = { syncId: 'set', mode: 'mirror', sql: 'SELECT 1 AS id WHERE false' };
    const problem = await problemOf(exported(none));
    assert.deepEqual([problem.code, problem.confirm], ['mirror-empty', 'allowEmptyMirror']);
    await exported({ ...none, allowEmptyMirror: true });
    assert.deepEqual(await dataKeys(), []);
  });

  it('audiences: add and upsert write what has changed, and the preview says how much', async () => {
    for (const mode of ['add', 'upsert'] as const) {
      const audience = { syncId: mode, kind: 'audience', mode, primaryKey: ['id'] };
      const first = await exported({ ...audience, sql: MEMBERS[0] });
      assert.deepEqual(first.rows, { read: 3, written: 3, added: 3, changed: 0, removed: 0 });
      const preview = await run<RunPreview>('previewSync', {
        ...{ destination: 'store', ...audience, sql: MEMBERS[1], show: false },
      });
      const second = await exported({ ...audience, sql: MEMBERS[1] });
      assert.deepEqual(second.rows, { ...preview.rows, read: 3, added: 1, changed: 1, removed: 1 });
      assert.equal(await textOf(second), mode === 'add' ? 'id,name\n4,a\n' : 'id,name\n3,b\n4,a\n');
    }
  });

  it('insert of new rows: leaves out rows whose key was there', async () => {
    const insert = { syncId: 'new', onlyNewRows: true, primaryKey: 'id' };
    await exported({ ...insert, sql: MEMBERS[0] });
    assert.equal(await textOf(await exported({ ...insert, sql: MEMBERS[1] })), 'id,name\n4,a\n');
  });

  it('name keys that are missing, NULL or twice there, and leave nothing', async () => {
    const audience = { syncId: 'keys', kind: 'audience', mode: 'upsert', primaryKey: ['id'] };
    const refused: [sql: string, code: string, message: RegExp][] = [
      ['SELECT 1 AS a, 2 AS b', 'invalid-argument', /“?id”?.*a.*b/s],
      ['SELECT NULL::INTEGER AS id', 'null-key', /./],
      ["SELECT * FROM (VALUES (7, 'x'), (7, 'y')) AS t(id, v)", 'duplicate-key', /7/],
    ];
    for (const [sql, code, message] of refused) {
      const problem = await problemOf(exported({ ...audience, sql }));
      assert.equal(problem.code, code);
      assert.match(problem.message, message);
    }
    await session.assertNothingThere();
  });

  it('and the runs of a sync, newest first, those that failed among them', async () => {
    const done = await exported({ syncId: 'told', sql: MEMBERS[0] });
    await problemOf(exported({ syncId: 'told', sql: "SELECT error('Stop here')" }));
    const { runs } = await run<{ runs: EndedRun[] }>('showRunHistory', { destination: 'store', syncId: 'told' });
    assert.deepEqual(
      runs.map(({ status, error }) => [status, error?.code]),
      [
        ['failed', 'query-failed'],
        ['completed', undefined],
      ],
    );
    assert.deepEqual([runs[1]!.runId, runs[1]!.rows], [done.runId, done.rows]);
    const report = reportOf('runs');
    const wrong = await problemOf(run('showRunHistory', { destination: 'store', syncId: '../told' }));
    assert.equal(wrong.code, 'invalid-argument');
    assert.match(report, /# Runs of told → store[\s\S]+failed: query-failed – .*Stop here[\s\S]+3 rows/);
  });

  it('leave nothing to recover', async () => {
    assert.deepEqual(await run('recoverRuns'), { finished: 0, removed: 0, failed: 0 });
  });
});
