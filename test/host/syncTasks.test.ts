import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { executeTask } from './executeTask.ts';
import { type HostSession, openHostSession, run, workspaceFile, writeWorkspaceFile } from './hostSession.ts';

const FILE = '.vscode/s3-syncs.json';
const NUMBERS = { id: 'numbers', destination: 'store', sql: 'SELECT 1 AS n', gzip: false };

interface Outcomes {
  runs: { syncId: string; status: string; problem?: { code: string } }[];
}

describe('syncs as tasks, and several at once', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(() => session.addDestination('store', { pathPrefix: 'p/' }));
  afterEach(async () => {
    for (const file of [FILE, '.vscode/tasks.json'])
      await vscode.workspace.fs.delete(workspaceFile(file)).then(undefined, () => undefined);
    await session.clear();
  });
  after(async () => session.close());

  const define = (...syncs: object[]): Promise<vscode.Uri> => writeWorkspaceFile(FILE, JSON.stringify({ syncs }));
  const tasks = (): Thenable<vscode.Task[]> => vscode.tasks.fetchTasks({ type: 's3Destinations' });
  /** The tasks, once there are as many. */
  async function found(count: number): Promise<vscode.Task[]> {
    for (let i = 0; i < 100; i++) {
      const all = await tasks();
      if (all.length === count) return all;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return assert.fail(`There are not ${count} tasks.`);
  }

  it('run as tasks, and say by the exit code how it went', async () => {
    await define(NUMBERS, { ...NUMBERS, id: 'broken', sql: 'SELECT missing' });
    const all = await found(2);
    assert.deepEqual(
      all.map(({ name, source, definition }) => [name, source, definition.sync as unknown]),
      [
        ['numbers', 'S3 Destinations', 'numbers'],
        ['broken', 'S3 Destinations', 'broken'],
      ],
    );
    const done = await executeTask(all[0]!);
    assert.equal(done.code, 0);
    assert.match(done.text, /^Running numbers\r\n[^]*Exported 1 row, 1 file, [^]*p\/numbers\/.*\.csv\r\n$/);
    const keys = (await session.keys()).filter((key) => key.startsWith('p/numbers/'));
    assert.equal((await session.read(keys[0]!)).text, 'n\n1\n');
    const failed = await executeTask(all[1]!);
    assert.equal(failed.code, 1);
    assert.match(failed.text, /Failed \(query-failed\): .*missing/);
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('stand in tasks.json with what belongs to a task', async () => {
    await define(NUMBERS);
    const nightly = { type: 's3Destinations', sync: 'numbers', label: 'nightly', group: 'build' };
    await writeWorkspaceFile('.vscode/tasks.json', JSON.stringify({ version: '2.0.0', tasks: [nightly] }));
    for (let i = 0; i < 100; i++) {
      const task = (await vscode.tasks.fetchTasks()).find(({ name }) => name === 'nightly');
      if (task !== undefined) {
        assert.deepEqual([task.group?.id, task.definition.sync], ['build', 'numbers']);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail('There is no task “nightly”.');
  });

  it('run all together, and the failure of one is not that of the others', async () => {
    await define(NUMBERS, { ...NUMBERS, id: 'broken', sql: 'SELECT missing' }, { ...NUMBERS, id: 'third' });
    const { runs } = await run<Outcomes>('runAllSyncs', {});
    assert.deepEqual(
      runs.map(({ syncId, status, problem }) => [syncId, status, problem?.code]),
      [
        ['numbers', 'completed', undefined],
        ['broken', 'failed', 'query-failed'],
        ['third', 'completed', undefined],
      ],
    );
    const some = await run<Outcomes>('runAllSyncs', { syncIds: ['third'] });
    assert.deepEqual(some.runs.length, 1);
  });

  it('are cancelled, those that wait among them, and leave nothing', async () => {
    await define({ ...NUMBERS, sql: 'SELECT i, md5(i::VARCHAR) FROM range(1000000000) AS r(i)' });
    const codes = [1, 2].map(() =>
      run('runSync', { syncId: 'numbers' }).then(
        () => 'none',
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    let cancelled = 0;
    for (let i = 0; cancelled < 2 && i < 100; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      cancelled += (await run<{ cancelled: number }>('cancelSync', { syncId: 'numbers' })).cancelled;
    }
    assert.deepEqual(await Promise.all(codes), ['cancelled', 'cancelled']);
    await session.assertNothingThere();
  });
});
