import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startExport, type ExporterOptions } from '../../../../src/core/engine/exporterProcess.ts';
import { launchExporter, type LaunchedExporter } from '../../../../src/core/engine/launchExporter.ts';
import { SpareExporter } from '../../../../src/core/engine/spareExporter.ts';
import { exists, exporters, finish, orderOf, until, Workspace } from '../../exporter/exporting.ts';

const HOST = path.join(import.meta.dirname, '../../exporter/host.ts');
/** One would have been started by then. */
const NONE_COMES_MS = 700;

describe('SpareExporter', () => {
  let workspace: Workspace;
  let spare: SpareExporter;

  beforeEach(() => {
    workspace = new Workspace();
    spare = new SpareExporter();
  });
  afterEach(async () => {
    spare.dispose();
    try {
      await until(() => exporters().length === 0 && workspace.scratch().length === 0);
    } finally {
      workspace.remove();
    }
  });

  const options = (changes: Partial<ExporterOptions> = {}): ExporterOptions => {
    return { ...workspace.options(), spare, ...changes };
  };
  const text = (sql: string, changes?: Partial<ExporterOptions>): Promise<string> =>
    workspace.text(sql, 'csv', options(changes));
  /** Waits until an exporter waits, and gives its process. */
  async function waiting(): Promise<number> {
    await until(() => exporters().length === 1);
    const [pid] = exporters();
    assert.ok(pid !== undefined);
    return pid;
  }

  it('has the process that waits do the next work, in the folder and within the limits of that', async () => {
    assert.equal(await text('select 1 as a'), 'a\n1\n');
    const pid = await waiting();
    const folder = path.join(workspace.folder, 'other');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'b.csv'), 'b\n2\n');
    const running = await startExport(
      orderOf({ sql: "from 'b.csv'" }),
      options({ workingDirectory: folder, readable: [folder] }),
      () => undefined,
      new AbortController().signal,
    );
    assert.deepEqual(exporters(), [pid]);
    const { files } = await finish(running);
    assert.equal(files.map(({ bytes }) => bytes.toString()).join(''), 'b\n2\n');
    assert.notEqual(await waiting(), pid);
    writeFileSync(path.join(workspace.folder, 'a.csv'), 'a\n1\n');
    const outside = text("from '../a.csv'", { workingDirectory: folder, readable: [folder] });
    await assert.rejects(outside, { code: 'query-failed' });
  });

  it('starts one more for work that comes at the same time', async () => {
    await text('select 1 as a');
    await waiting();
    assert.deepEqual(await Promise.all([1, 2, 3].map((i) => text(`select ${i} as a`))), ['a\n1\n', 'a\n2\n', 'a\n3\n']);
    await waiting();
    await sleep(NONE_COMES_MS);
    assert.equal(exporters().length, 1);
  });

  it('has one wait after work that was broken off by its taker, as when a store fails', async () => {
    const running = await workspace.start({ sql: 'from range(10000000000)' }, {}, options());
    running.summary.catch(() => undefined);
    for await (const frame of running.frames) if (frame.kind === 'data') break;
    await running.dispose();
    await running.dispose();
    await waiting();
  });

  it('lets one wait for some time only', async () => {
    spare.dispose();
    spare = new SpareExporter(300);
    await text('select 1 as a');
    await waiting();
    await until(() => exporters().length === 0 && workspace.scratch().length === 0);
  });

  it('starts another one where the one that waits has died', async () => {
    await text('select 1 as a');
    process.kill(await waiting(), 'SIGKILL');
    await until(() => workspace.scratch().length === 0);
    assert.equal(await text('select 2 as a'), 'a\n2\n');
  });

  it('hands out none that has died just now', async () => {
    let launched: LaunchedExporter | undefined;
    const { program, temporaryFolder } = workspace.options();
    spare.renew(
      async () => (launched = await launchExporter({ program, temporaryFolder, rows: 'ignore', waits: true })),
    );
    await until(() => launched !== undefined);
    const { child } = launched!;
    child.kill('SIGKILL');
    await once(child, 'disconnect');
    assert.equal(spare.take(), undefined);
  });

  it('keeps none after work that has failed, or was cancelled', async () => {
    await assert.rejects(text('select nothing'), { code: 'query-failed' });
    const abort = new AbortController();
    const running = await workspace.start({ sql: 'from range(10000000000)' }, { signal: abort.signal }, options());
    abort.abort();
    await assert.rejects(running.summary, { code: 'cancelled' });
    await running.dispose();
    await sleep(NONE_COMES_MS);
    assert.deepEqual(exporters(), []);
  });

  it('cancels work of a process that has waited', async () => {
    await text('select 1 as a');
    await waiting();
    const abort = new AbortController();
    const running = await workspace.start({ sql: 'from range(10000000000)' }, { signal: abort.signal }, options());
    running.summary.catch(() => undefined);
    await sleep(200);
    abort.abort();
    await assert.rejects(running.summary, { code: 'cancelled' });
    await running.dispose();
  });

  it('keeps none from its end on', async () => {
    await text('select 1 as a');
    await waiting();
    spare.dispose();
    await until(() => exporters().length === 0 && workspace.scratch().length === 0);
    await text('select 1 as a');
    await sleep(NONE_COMES_MS);
    assert.deepEqual(exporters(), []);
  });
});

describe('a host that is killed while an exporter waits', () => {
  const workspace = new Workspace();
  let host: ChildProcess;

  afterEach(() => host.kill('SIGKILL'));
  after(() => workspace.remove());

  it('leaves neither that nor its folder', async () => {
    host = spawn(process.execPath, [HOST, workspace.folder, 'select 1 as a', 'spare'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(host.stdout!, 'data');
    await until(() => exporters(host.pid).length === 1);
    const [exporter] = exporters(host.pid);
    assert.equal(workspace.scratch().length, 1);
    host.kill('SIGKILL');
    await once(host, 'close');
    await until(() => workspace.scratch().length === 0);
    assert.ok(exporter !== undefined);
    await until(() => !exists(exporter));
  });
});
