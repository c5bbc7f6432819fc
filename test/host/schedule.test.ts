import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { dailyAt, earlyInMinute, watchedUntil } from '../fixtures/watchedUntil.ts';
import {
  eventually,
  type HostSession,
  openHostSession,
  problemOf,
  run,
  workspaceFile,
  writeWorkspaceFile,
} from './hostSession.ts';
import { Messages } from './messages.ts';

const FILE = '.vscode/s3-syncs.json';
const OWN_SETTINGS = '.vscode/settings.json';
const SETTING = 'syncs.allowSchedule';
/** Where the extension keeps what belongs to no workspace, in the folder of the user's data. */
const STORAGE = 'User/globalStorage/s3destinations.s3-destinations';
const LEFT =
  /^warning: A scheduled run has completed\. due: A file of an earlier set could not be deleted \(AccessDenied\)\. The next run takes them up\. \[Show Log\]$/;
const FAILED = /^error: The scheduled run of broken failed\. .*missing.* \[Show Log\]$/;
const MISSED =
  /^warning: Scheduled runs were missed while the editor was closed or the machine slept: missed \(.*\d\d:\d\d.*\), often \(.*\)\. \[Run Each Now\]$/;
const SYNC = { destination: 'nowhere', sql: 'SELECT 1 AS n' };

interface State {
  on: boolean;
  syncs: { syncId: string; schedule: string; next?: string }[];
}

describe('the schedule of syncs', () => {
  const allowed = (): unknown => vscode.workspace.getConfiguration('s3Destinations').inspect(SETTING)?.globalValue;
  afterEach(async () => {
    for (const file of [FILE, OWN_SETTINGS]) {
      await vscode.workspace.fs.delete(workspaceFile(file)).then(undefined, () => undefined);
    }
    await vscode.workspace
      .getConfiguration('s3Destinations')
      .update(SETTING, undefined, vscode.ConfigurationTarget.Global);
  });

  // Reads the definitions anew: the tests that follow must not meet those of these.
  after(() => problemOf(run('runAllSyncs', {})));

  const define = (...syncs: object[]): Promise<vscode.Uri> => writeWorkspaceFile(FILE, JSON.stringify({ syncs }));
  const scheduled = (given: object = {}): Promise<State> => run('scheduleSyncs', given);

  it('is off until the user turns it on, whatever the workspace says', async () => {
    await define({ ...SYNC, id: 'daily', schedule: { cron: '0 6 * * *', timeZone: 'UTC' } }, { ...SYNC, id: 'never' });
    await writeWorkspaceFile(OWN_SETTINGS, JSON.stringify({ [`s3Destinations.${SETTING}`]: true }));
    const off = { on: false, syncs: [{ syncId: 'daily', schedule: '0 6 * * * (UTC)' }] };
    assert.deepEqual(await scheduled(), off);
    const { on, syncs } = await scheduled({ on: true });
    assert.equal(on, true);
    assert.match(syncs[0]?.next ?? '', /T06:00:00\.000Z$/);
    assert.deepEqual(allowed(), [workspaceFile('').fsPath.replace(/\/$/, '')]);
    assert.equal((await scheduled()).on, true);
    assert.equal((await problemOf(scheduled({ on: 'no' }))).code, 'invalid-argument');
    assert.deepEqual(await scheduled({ on: false }), off);
    assert.equal(allowed(), undefined);
  });

  it('has to be one that can be read', async () => {
    await define({ ...SYNC, id: 'odd', schedule: 'now and then' });
    const problem = await problemOf(run('runSync', { syncId: 'odd' }));
    assert.equal(problem.code, 'invalid-argument');
    assert.match(problem.message, /“schedule” cannot be used/);
    assert.deepEqual(await scheduled({ on: true }), { on: false, syncs: [] });
  });

  describe('once it is on', () => {
    let session: HostSession;
    let messages: Messages;
    before(async () => {
      session = await openHostSession();
      await session.addDestination('store', { pathPrefix: '', target: { gzip: false } });
      messages = new Messages();
    });
    after(async () => {
      messages.restore();
      await session.close();
    });

    const DUE = { destination: 'store', mode: 'mirror', sql: 'SELECT 7 AS n' };
    const watched = (minutes: number, schedules: Record<string, string>): void => {
      const storage = path.join(path.dirname(process.env.S3_DESTINATIONS_TEST_LOGS!), STORAGE);
      watchedUntil(storage, workspaceFile(FILE).toString(), minutes, schedules);
    };
    const filesOf = async (syncId: string): Promise<string[]> =>
      (await session.keys()).filter((key) => key.startsWith(`${syncId}/`));
    async function ran(syncId: string, times: number): Promise<void> {
      for (const end = Date.now() + 15_000; (await filesOf(syncId)).length < times;) {
        assert.ok(Date.now() < end, `${syncId} was not run by its schedule.`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }

    it('runs what is due, and says what fails, and what is left of an earlier set', async () => {
      await earlyInMinute();
      const schedule = dailyAt(0);
      await define({ ...DUE, id: 'due', schedule }, { ...DUE, id: 'broken', schedule, sql: 'SELECT missing' });
      const first = await run<{ files: { key: string }[] }>('runSync', { syncId: 'due' });
      session.refuseDeletes('*.csv');
      watched(2, { due: schedule, broken: schedule });
      messages.told.length = 0;
      assert.equal((await scheduled({ on: true })).on, true);
      await ran('due', 2);
      const added = (await filesOf('due')).find((key) => key !== first.files[0]!.key);
      assert.equal((await session.read(added!)).text, 'n\n7\n');
      await eventually(() => (messages.told.length >= 2 ? true : undefined), 'what there is to say');
      session.s3.faults.clear();
      const [failed = '', left = ''] = messages.told.sort();
      assert.match(left, LEFT);
      assert.match(failed, FAILED);
      assert.equal(messages.told.length, 2, messages.told.join('\n'));
      await scheduled({ on: false });
    });

    it('says what was missed, and runs none of it', async () => {
      const cron = dailyAt(120);
      await define({ ...DUE, id: 'missed', schedule: cron }, { ...DUE, id: 'often', schedule: cron });
      watched(180, { missed: cron, often: cron });
      messages.told.length = 0;
      await scheduled({ on: true });
      const told = await eventually(() => messages.told[0], 'what was missed');
      assert.match(told, MISSED);
      assert.deepEqual(await filesOf('missed'), []);
      await scheduled({ on: false });
    });
  });
});
