import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';
import { startExport } from '../../../src/core/engine/exporterProcess.ts';
import { feedRows } from '../../../src/core/engine/rowPipe.ts';
import { exporters, orderOf, Workspace } from './exporting.ts';

const never = new AbortController().signal;
const ignore = (): void => undefined;

function* manyRows(): Generator<unknown[]> {
  for (let i = 0; i < 1_000_000; i++) yield [i, `row ${i} `.repeat(30)];
}

describe('a machine that is not as it should be', () => {
  let workspace: Workspace;
  beforeEach(() => (workspace = new Workspace()));
  afterEach(() => workspace.remove());

  const assertNothingLeft = (folder: string): void => {
    assert.deepEqual(exporters(), []);
    assert.deepEqual(workspace.scratch(), []);
    assert.equal(execFileSync('ls', [folder]).toString().includes('s3-destinations-'), false);
  };

  it('has no binding of the engine: the export says so', async () => {
    // Away from `node_modules`, as in a VSIX that was made for another platform.
    const program = path.join(workspace.folder, 'exporter.cjs');
    await esbuild.build({
      ...{ entryPoints: [path.join(import.meta.dirname, '../../../src/exporter/main.ts')], outfile: program },
      ...{ bundle: true, platform: 'node', format: 'cjs', logLevel: 'silent', external: ['@duckdb/node-api'] },
      supported: { 'dynamic-import': false },
      define: { 'import.meta.filename': '__filename' },
    });
    const options = { ...workspace.options(), program };
    const running = await startExport(orderOf({ sql: 'SELECT 1' }), options, ignore, never);
    await assert.rejects(running.summary, { code: 'engine-unavailable', message: /could not be started on/ });
    await running.dispose();
    assertNothingLeft(workspace.folder);
  });

  for (const spool of [false, true]) {
    it(`has a disk that fills while ${spool ? 'rows are spooled' : 'the engine spills'}`, async function () {
      const disk = path.join(workspace.folder, 'disk');
      mkdirSync(disk);
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', disk]);
      if (mounted.status !== 0) this.skip();
      try {
        const sql = spool
          ? `SELECT i, md5(i::VARCHAR) AS hash FROM range(3000000) AS r(i)`
          : `SELECT i, repeat(md5(i::VARCHAR), 8) AS hash FROM range(2000000) AS r(i) ORDER BY hash`;
        const options = { ...workspace.options(64 << 20), temporaryFolder: disk, spool };
        const running = await startExport(orderOf({ sql }), options, ignore, never);
        const read = (async () => {
          for await (const { kind } of running.frames) assert.notEqual(kind, 'end');
        })();
        read.catch(ignore);
        await assert.rejects(running.summary, { code: 'disk-full', message: /./ });
        await running.dispose();
        assertNothingLeft(disk);
      } finally {
        execFileSync('umount', [disk]);
      }
    });
  }

  for (const what of ['a query', 'rows']) {
    it(`has a disk that fills with the members of ${what}`, async function () {
      this.timeout(120_000);
      const disk = path.join(workspace.folder, 'disk');
      mkdirSync(disk);
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', disk]);
      if (mounted.status !== 0) this.skip();
      try {
        const columns = [{ name: 'id' }, { name: 'text' }];
        const rows = manyRows();
        const sql = `SELECT i AS id, repeat('row ' || i || ' ', 30) AS text FROM range(1000000) AS r(i)`;
        const order = {
          ...orderOf({ sql }),
          ...(what === 'rows' ? { job: { kind: 'rows', columns } as const } : {}),
          members: { primaryKey: ['id'], write: 'new' as const, fullRun: false, state: path.join(disk, 'state') },
        };
        const options = { ...workspace.options(64 << 20), temporaryFolder: disk };
        const feed = (pipe: Parameters<typeof feedRows>[0]) => feedRows(pipe, columns, { rows });
        const running = await startExport(order, options, ignore, never, what === 'rows' ? feed : undefined);
        const read = (async () => {
          for await (const { kind } of running.frames) assert.fail(`There is a frame: ${kind}`);
        })();
        read.catch(ignore);
        await assert.rejects(running.summary, { code: 'disk-full', message: /./ });
        await assert.rejects(read, /broke off|ended/i);
        await running.dispose();
        assertNothingLeft(disk);
        assert.deepEqual(readdirSync(disk), []);
      } finally {
        execFileSync('umount', [disk]);
      }
    });
  }
});
