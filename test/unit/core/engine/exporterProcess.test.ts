import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startExport } from '../../../../src/core/engine/exporterProcess.ts';
import { exists, exporters, orderOf, until, Workspace } from '../../exporter/exporting.ts';

/** Gives rows for longer than any test waits. */
const ENDLESS = { sql: 'select i, md5(i::varchar) from range(10000000000) as r(i)' };
/** Gives its first row late, as all rows have to be there before; it spills while they are not. */
const SPILLING = { sql: 'select i, md5(i::varchar) as h from range(30000000) as r(i) order by h' };
/** Starts an export as a host does, and says when rows arrive. */
const HOST = path.join(import.meta.dirname, '../../exporter/host.ts');

describe('startExport', () => {
  let workspace: Workspace;

  beforeEach(() => (workspace = new Workspace()));
  afterEach(() => {
    const left = [exporters(), workspace.scratch()];
    workspace.remove();
    assert.deepEqual(left, [[], []]);
  });

  it('keeps temporary files in a folder of the run, and removes it', async () => {
    const running = await workspace.start(ENDLESS);
    running.summary.catch(() => undefined);
    assert.equal(workspace.scratch().length, 1);
    assert.equal(exporters().length, 1);
    await running.dispose();
    await running.dispose();
  });

  it('does not produce what is not read', async () => {
    let rows = 0;
    const running = await workspace.start(ENDLESS, { onProgress: (progress) => (rows = progress.rows) });
    running.summary.catch(() => undefined);
    try {
      for await (const frame of running.frames) if (frame.kind === 'data') break;
      await sleep(700);
      const seen = rows;
      await sleep(400);
      assert.equal(rows, seen);
    } finally {
      await running.dispose();
    }
  });

  it('ends although its frames were read for a while, and are read no more', async () => {
    const running = await workspace.start(ENDLESS);
    running.summary.catch(() => undefined);
    const frames = running.frames[Symbol.asyncIterator]();
    for (let i = 0; i < 5; i++) await frames.next();
    await sleep(200);
    await running.dispose();
  });

  it('fails with a problem when the exporter is killed in mid-run', async () => {
    const running = await workspace.start(ENDLESS);
    const frames = running.frames[Symbol.asyncIterator]();
    await frames.next();
    process.kill(exporters()[0]!, 'SIGKILL');
    await assert.rejects(running.summary, { code: 'query-failed', message: /ended unexpectedly \(SIGKILL\)/ });
    await assert.rejects(async () => {
      while ((await frames.next()).done !== true);
    }, /ended before/);
    await running.dispose();
  });

  it('fails with a problem when the program does not run', async () => {
    const options = { ...workspace.options(), program: path.join(workspace.folder, 'none.ts') };
    const running = await startExport(orderOf(ENDLESS), options, () => undefined, new AbortController().signal);
    await assert.rejects(running.summary, { code: 'query-failed', message: /ended unexpectedly \(exit code 1/ });
    await running.dispose();
  });

  it('leaves nothing when no process can be started', async () => {
    await assert.rejects(workspace.start(ENDLESS, {}, { ...workspace.options(), program: 'no\0path' }));
  });

  it('fails with a problem when the working directory is missing', async () => {
    const options = { ...workspace.options(), workingDirectory: path.join(workspace.folder, 'none') };
    const running = await startExport(orderOf(ENDLESS), options, () => undefined, new AbortController().signal);
    await assert.rejects(running.summary, { code: 'query-failed', message: /none”, .*cannot be entered/ });
    await running.dispose();
  });

  for (const [title, job, wait] of [
    ['while rows arrive', ENDLESS, 400],
    ['while the query sorts', SPILLING, 900],
    ['while it starts', ENDLESS, 0],
  ] as const) {
    it(`ends at once when it is cancelled ${title}`, async () => {
      const abort = new AbortController();
      const running = await workspace.start(job, { signal: abort.signal });
      running.summary.catch(() => undefined);
      await sleep(wait);
      const began = Date.now();
      abort.abort();
      await assert.rejects(running.summary, { code: 'cancelled' });
      await running.dispose();
      assert.ok(Date.now() - began < 1500);
    });
  }

  it('does nothing when it was cancelled before', async () => {
    const before = await workspace.start(ENDLESS, { signal: AbortSignal.abort() });
    await assert.rejects(before.summary, { code: 'cancelled' });
    await before.dispose();
    const abort = new AbortController();
    const starting = workspace.start(ENDLESS, { signal: abort.signal });
    abort.abort();
    const meanwhile = await starting;
    await assert.rejects(meanwhile.summary, { code: 'cancelled' });
    await meanwhile.dispose();
  });
});

describe('a host that is killed', () => {
  const workspace = new Workspace();
  let host: ChildProcess;

  afterEach(() => host.kill('SIGKILL'));
  after(() => workspace.remove());

  for (const [title, job, ready] of [
    ['while rows arrive', ENDLESS, 'rows'],
    ['while the query spills', SPILLING, 'spilled'],
    ['while the exporter starts', ENDLESS, 'started'],
  ] as const) {
    it(`leaves no exporter and no temporary file: ${title}`, async () => {
      host = spawn(process.execPath, [HOST, workspace.folder, job.sql, ready], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [said] = (await once(host.stdout!, 'data')) as [Buffer];
      assert.equal(said.toString().trim(), ready);
      const [exporter] = exporters(host.pid);
      assert.equal(workspace.scratch().length, 1);
      host.kill('SIGKILL');
      await once(host, 'close');
      await until(() => workspace.scratch().length === 0);
      await until(() => exporter === undefined || !exists(exporter));
    });
  }
});
