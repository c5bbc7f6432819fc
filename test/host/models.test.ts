import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RunPreview } from '../../src/core/sync/previewRun.ts';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { type HostSession, openHostSession, problemOf, run, workspaceFile, writeWorkspaceFile } from './hostSession.ts';
import { acceptUntilSettled, escapeUntilSettled } from './quickInput.ts';

const DEFINITIONS = '.vscode/s3-syncs.json';
const PREPARATION = '.vscode/prepare.sql';

describe('models with parameters and a preparation', () => {
  let session: HostSession;
  before(async () => {
    session = await openHostSession();
    await session.addDestination('store', { pathPrefix: '', target: { gzip: false } });
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const file of [DEFINITIONS, PREPARATION]) {
      await vscode.workspace.fs.delete(workspaceFile(file)).then(undefined, () => undefined);
    }
  });
  after(() => session.close());

  const exported = (given: object): Promise<RunResult> =>
    run('exportQuery', { destination: 'store', syncId: 'parameters', ...given });
  const textOf = async ({ files }: RunResult): Promise<string> => (await session.read(files[0]!.key)).text;

  it('get the time of the run, the environment and inputs', async () => {
    process.env.S3D_TEST_COUNTRY = `d'e`;
    const sql = 'SELECT ${run_time} AS at, ${date} AS day, ${env:S3D_TEST_COUNTRY} AS country, ${input:n} + 1 AS n';
    try {
      const result = await exported({ sql, inputs: { n: 41 } });
      const day = result.startedAt.slice(0, 10);
      const [, row = ''] = (await textOf(result)).split('\n');
      const [at = '', ...values] = row.split(',');
      assert.deepEqual(values, [day, `d'e`, '42']);
      assert.equal(Date.parse(at), Date.parse(result.startedAt));
    } finally {
      delete process.env.S3D_TEST_COUNTRY;
    }
  });

  it('say which input or parameter is missing, before anything is sent', async () => {
    await session.clear();
    await session.addDestination('store', { pathPrefix: '', target: { gzip: false } });
    const problem = await problemOf(exported({ sql: 'SELECT ${input:n} AS n' }));
    assert.deepEqual([problem.code, problem.message.includes('“inputs.n” is missing')], ['invalid-argument', true]);
    const file = await writeWorkspaceFile('models/unknown.sql', 'SELECT 1,\n  ${today} AS day');
    assert.equal((await problemOf(exported({ file }))).code, 'query-failed');
    const [shown] = vscode.languages.getDiagnostics(file);
    assert.match(shown?.message ?? '', /There is no parameter \$\{today\}/);
    assert.deepEqual([shown?.range.start.line, shown?.range.start.character], [1, 2]);
    await session.assertNothingThere();
  });

  it('of a person ask for inputs', async () => {
    // A name that every object of JavaScript has.
    const sql = "SELECT coalesce(${input:constructor}, '-') || '!' AS name";
    const file = await writeWorkspaceFile('models/asks.sql', sql);
    await vscode.window.showTextDocument(file);
    const result = await acceptUntilSettled(run<RunResult | undefined>('exportQuery'));
    assert.equal(await textOf(result ?? assert.fail('It did not run')), 'name\n!\n');
    assert.equal(await escapeUntilSettled(run('exportQuery')), undefined);
  });

  it('have the preparation of the workspace run first, in exports and previews', async () => {
    await writeWorkspaceFile(PREPARATION, "CREATE VIEW people AS FROM (VALUES ('Ann'), ('Bob')) AS t(name);");
    const sql = 'SELECT name FROM people ORDER BY name';
    assert.equal(await textOf(await exported({ sql })), 'name\nAnn\nBob\n');
    const { sample } = await run<RunPreview>('previewSync', { destination: 'store', syncId: 'p', sql, show: false });
    assert.equal(sample, 'name\nAnn\nBob\n');
    assert.equal((await problemOf(exported({ sql, prepare: null }))).code, 'query-failed');
    const missing = await problemOf(exported({ sql, prepare: 'models/none.sql' }));
    assert.deepEqual([missing.code, missing.message], ['source-missing', 'There is no preparation models/none.sql.']);
    for (const prepare of ['../prepare.sql', '/etc/prepare.sql', 7]) {
      assert.equal((await problemOf(exported({ sql, prepare }))).code, 'invalid-argument');
    }
  });

  it('show what is wrong with the preparation in its file', async () => {
    const file = await writeWorkspaceFile(PREPARATION, "CREATE VIEW a AS SELECT 1;\n  COPY a TO 'made.csv';");
    const model = await writeWorkspaceFile('models/good.sql', 'SELECT 1 AS n');
    const { message } = await problemOf(exported({ file: model }));
    assert.match(message, /COPY cannot be used/);
    assert.deepEqual(vscode.languages.getDiagnostics(model), []);
    const [shown] = vscode.languages.getDiagnostics(file);
    assert.deepEqual([shown?.message, shown?.range.start.line, shown?.range.start.character], [message, 1, 2]);
    await writeWorkspaceFile(PREPARATION, 'CREATE VIEW a AS\n SELECT ${env:S3D_TEST_NOT_SET} AS n');
    assert.equal((await problemOf(exported({ file: model }))).code, 'query-failed');
    assert.deepEqual(vscode.languages.getDiagnostics(model), []);
    const [unset] = vscode.languages.getDiagnostics(file);
    assert.match(unset?.message ?? '', /S3D_TEST_NOT_SET is not set/);
    assert.deepEqual([unset?.range.start.line, unset?.range.start.character], [1, 8]);
    await writeWorkspaceFile(PREPARATION, '');
    await exported({ file: model });
    assert.deepEqual(vscode.languages.getDiagnostics(file), []);
  });

  it('have their preparation and inputs in the definition of a sync, too', async () => {
    await writeWorkspaceFile('models/macros.sql', 'CREATE MACRO twice(x) AS 2 * x;');
    const sync = {
      ...{ id: 'numbers', destination: 'store', sql: 'SELECT twice(${input:n}) AS n, ${input:t} AS t' },
      ...{ prepare: 'models/macros.sql', inputs: { n: 4, t: 'a' } },
    };
    await writeWorkspaceFile(DEFINITIONS, JSON.stringify({ syncs: [sync] }));
    assert.equal(await textOf(await run('runSync', { syncId: 'numbers' })), 'n,t\n8,a\n');
    assert.equal(await textOf(await run('runSync', { syncId: 'numbers', inputs: { n: 5 } })), 'n,t\n10,a\n');
    const preview = await run<RunPreview>('previewSync', { syncId: 'numbers', inputs: { t: 'b' }, show: false });
    assert.equal(preview.sample, 'n,t\n8,b\n');
  });

  it('go to destinations that the user has defined, and to nothing that a definition says of one', async () => {
    const endpoint = session.s3.endpoint;
    const own = { id: 'own', destination: 'theirs', bucket: 'theirs', endpoint, credentials: { kind: 'env' } };
    await writeWorkspaceFile(DEFINITIONS, JSON.stringify({ syncs: [{ ...own, sql: 'SELECT 1 AS n' }] }));
    assert.equal((await problemOf(run('runSync', { syncId: 'own' }))).code, 'invalid-argument');
    const said = { ...own, destination: 'store', options: { acl: 'public-read' }, pathPrefix: 'x/' };
    await writeWorkspaceFile(DEFINITIONS, JSON.stringify({ syncs: [{ ...said, sql: 'SELECT 1 AS n' }] }));
    const { files } = await run<RunResult>('runSync', { syncId: 'own' });
    assert.match(files[0]?.key ?? '', /^own\//);
  });
});
