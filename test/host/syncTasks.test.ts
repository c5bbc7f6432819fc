import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import {
  ADMIN_KEYS,
  eventually,
  type HostSession,
  openHostSession,
  run,
  workspaceFile,
  writeWorkspaceFile,
} from './hostSession.ts';
import { Messages } from './messages.ts';
import { executeTask, TaskEvents, terminalWith } from './taskTerminal.ts';

const FILE = '.vscode/s3-syncs.json';
const NUMBERS = { id: 'numbers', destination: 'store', sql: 'SELECT 1 AS n', gzip: false };

/** An entry of `tasks.json`; one without a type does nothing but what it depends on. */
interface TaskEntry {
  label: string;
  type?: string;
  sync?: string;
  group?: object;
  dependsOn?: string[];
  dependsOrder?: 'sequence';
}

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

  const task = (label: string, sync: string): TaskEntry => ({ type: 's3Destinations', sync, label });
  /** Writes `tasks.json`. @returns those of its tasks that are ours, in their order, once the editor has them */
  async function foundInFile(...entries: TaskEntry[]): Promise<vscode.Task[]> {
    await writeWorkspaceFile('.vscode/tasks.json', JSON.stringify({ version: '2.0.0', tasks: entries }));
    const labels = entries.filter(({ type }) => type !== undefined).map(({ label }) => label);
    for (let i = 0; i < 100; i++) {
      const all = await vscode.tasks.fetchTasks();
      const inFile = labels.map((label) => all.find(({ name }) => name === label));
      if (inFile.every((one) => one !== undefined)) return inFile;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return assert.fail(`There are not all of the tasks ${labels.join(', ')}.`);
  }
  /** Starts the task of a sync that goes on for ever. */
  async function startLong(sql = 'SELECT i, md5(i::VARCHAR) FROM range(1000000000) AS r(i)'): Promise<TaskEvents> {
    await define({ ...NUMBERS, sql });
    const [long] = await found(1);
    const events = new TaskEvents();
    await vscode.tasks.executeTask(long!);
    return events;
  }
  /** Waits until there is an upload that has not ended. */
  async function unfinished(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if ((await session.unfinished()).length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail('Nothing is being uploaded.');
  }

  it('run in a terminal, and say by the exit code how it went', async () => {
    await define(NUMBERS, { ...NUMBERS, id: 'broken', sql: 'SELECT missing' });
    const all = await found(2);
    assert.deepEqual(
      all.map(({ name, source, definition }) => [name, source, definition.sync as unknown]),
      [
        ['numbers', 'S3 Destinations', 'numbers'],
        ['broken', 'S3 Destinations', 'broken'],
      ],
    );
    assert.equal(await executeTask(all[0]!), 0);
    const done = await terminalWith(/Exported/);
    assert.match(done, /Running numbers\nExported 1 row, 1 file, [^\n]*\n {2}p\/numbers\/[^\n]*\.csv\n/);
    const keys = (await session.keys()).filter((key) => key.startsWith('p/numbers/'));
    assert.equal((await session.read(keys[0]!)).text, 'n\n1\n');
    assert.equal(await executeTask(all[1]!), 1);
    const failed = await terminalWith(/Failed/);
    assert.match(failed, /Running broken\nFailed \(query-failed\): [^\n]*missing/);
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('stand in tasks.json with what belongs to a task, and are what Run Build Task runs', async () => {
    await define(NUMBERS);
    const nightly = { ...task('nightly', 'numbers'), group: { kind: 'build', isDefault: true } };
    const { group, definition } = (await foundInFile(nightly))[0]!;
    assert.deepEqual([group?.id, definition.sync], ['build', 'numbers']);
    const events = new TaskEvents();
    await vscode.commands.executeCommand('workbench.action.tasks.build');
    assert.equal(await events.end('nightly'), 0);
    events.dispose();
    assert.ok((await session.keys()).some((key) => key.startsWith('p/numbers/')));
  });

  it('run after the tasks that they depend on, and only if those have gone well', async () => {
    await define(
      NUMBERS,
      { ...NUMBERS, id: 'broken', sql: 'SELECT missing' },
      ...['after', 'last'].map((id) => ({ ...NUMBERS, id })),
    );
    const [, then] = await foundInFile(
      task('first', 'numbers'),
      { ...task('then', 'after'), dependsOn: ['first'] },
      task('fails', 'broken'),
      task('never', 'last'),
      // Of a task that an extension runs, the editor takes no `dependsOrder`.
      { label: 'all', dependsOn: ['first', 'fails', 'never'], dependsOrder: 'sequence' },
    );
    const events = new TaskEvents();
    const first = [
      ['first', 'started'],
      ['first', 0],
    ];
    const inOrder = [...first, ['then', 'started'], ['then', 0]];
    try {
      await vscode.tasks.executeTask(then!);
      assert.equal(await events.end('then'), 0);
      assert.deepEqual(events.all.splice(0), inOrder);
      await vscode.commands.executeCommand('workbench.action.tasks.runTask', 'all');
      assert.equal(await events.end('fails'), 1);
      // What would follow has begun by the time another task has ended.
      await vscode.tasks.executeTask(then!);
      assert.equal(await events.end('then'), 0);
      assert.deepEqual(events.all, [...first, ['fails', 'started'], ['fails', 1], ...inOrder]);
    } finally {
      events.dispose();
      await vscode.commands.executeCommand('notifications.clearAll');
    }
  });

  it('show how far they are on one line, end with Ctrl+C, and leave nothing', async () => {
    const execution = await startLong();
    const going = await terminalWith(/Running numbers\n[1-9][\d,]* rows · [^\n]* kB|MB/);
    await unfinished();
    vscode.window.activeTerminal!.sendText('\x03', false);
    assert.equal(await execution.end('numbers'), 130);
    execution.dispose();
    const text = await terminalWith(/was cancelled/);
    for (const shown of [going, text]) assert.equal(shown.match(/ rows · /g)?.length ?? 0, shown === going ? 1 : 0);
    assert.match(text, /Running numbers\nThe export was cancelled\. Nothing was written\.\n/);
    await session.assertNothingThere();
  });

  it('show how much of it is done, where the engine can tell', async () => {
    const file = workspaceFile('large.csv');
    const lines = Array.from({ length: 100_000 }, (_, id) => `${id},${String(id).padEnd(1000, '-')}\n`);
    // Large enough that the engine reads it in pieces.
    writeFileSync(file.fsPath, `id,text\n${lines.join('')}`);
    session.s3.faults.add({ op: 'UploadPart', times: Infinity, delayMs: 2000 });
    const execution = await startLong("FROM 'large.csv'");
    await terminalWith(/Running numbers\n[1-9][\d,]* rows · [^\n]* · [1-9]\d?%/);
    vscode.window.activeTerminal!.sendText('\x03', false);
    assert.equal(await execution.end('numbers'), 130);
    execution.dispose();
    session.s3.faults.clear();
    rmSync(file.fsPath);
    await session.assertNothingThere();
  });

  it('are cancelled when their terminal is closed, and leave nothing', async () => {
    const execution = await startLong();
    await unfinished();
    vscode.window.activeTerminal!.dispose();
    await execution.end('numbers');
    execution.dispose();
    // Waits for its turn, which comes when the other run has ended.
    await define(NUMBERS);
    const { files } = await run<{ files: unknown[] }>('runSync', { syncId: 'numbers' });
    assert.equal(files.length, 1);
    assert.deepEqual(await session.unfinished(), []);
    assert.equal((await session.keys()).filter((key) => key.endsWith('.csv')).length, 1);
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

  it('run all together, and say what is left of earlier sets', async () => {
    await define({ ...NUMBERS, mode: 'mirror' }, { ...NUMBERS, id: 'third', mode: 'mirror' });
    await run<Outcomes>('runAllSyncs', {});
    session.refuseDeletes('*.csv');
    const messages = new Messages();
    const left = 'A file of an earlier set could not be deleted (AccessDenied). The next run takes them up.';
    const told = `warning: Ran 2 syncs. numbers: ${left} third: ${left} [Show Log]`;
    try {
      const { runs } = await run<Outcomes>('runAllSyncs', {});
      assert.deepEqual(
        runs.map(({ status }) => status),
        ['completed', 'completed'],
      );
      assert.deepEqual(messages.told, [told]);
      // As a person has it done.
      await vscode.commands.executeCommand('s3Destinations.runAllSyncs');
      await eventually(() => (messages.told.length > 1 ? true : undefined), 'the message');
      assert.match(
        messages.told[1] ?? '',
        /^warning: Ran 2 syncs\. numbers: .* files of earlier sets .* \[Show Log\]$/,
      );
    } finally {
      session.s3.faults.clear();
      messages.restore();
    }
  });

  it('show no secret that a store repeats, and no link that it makes', async () => {
    await define(NUMBERS);
    const { secretAccessKey } = ADMIN_KEYS;
    const message = `You sent ${secretAccessKey}. [Mend it](command:workbench.action.quit)`;
    session.s3.faults.add({ times: 1e6, answer: { status: 400, code: 'EchoOfSecrets', message } });
    try {
      const { runs } = await run<Outcomes>('runAllSyncs', {});
      assert.equal(await executeTask((await found(1))[0]!), 1);
      const text = (await terminalWith(/Mend it/)).replaceAll(/\s+/g, '');
      for (const shown of [JSON.stringify(runs), text]) {
        assert.match(shown, /Mend ?it/);
        assert.ok(!shown.includes(secretAccessKey), 'A secret is shown.');
      }
      assert.ok(!JSON.stringify(runs).includes('](command:'), 'A link is shown.');
    } finally {
      session.s3.faults.clear();
    }
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
