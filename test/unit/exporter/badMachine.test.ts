import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';
import { startExport } from '../../../src/core/engine/exporterProcess.ts';
import { exporters, orderOf, Workspace } from './exporting.ts';

const never = new AbortController().signal;
const ignore = (): void => undefined;

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
});
