import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { problemOf, run, workspaceFile, writeWorkspaceFile } from './hostSession.ts';

const FILE = '.vscode/s3-syncs.json';
const OWN_SETTINGS = '.vscode/settings.json';
const SETTING = 'syncs.allowSchedule';
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
});
