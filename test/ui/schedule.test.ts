import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { dailyAt, earlyInMinute, watchedUntil } from '../fixtures/watchedUntil.ts';
import { DEMO_ADMIN } from '../s3/server.ts';
import { openUiSession, type UiSession } from './uiSession.ts';

const BUCKET = 'acme-data';
const KEYS = { kind: 'keys', accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: DEMO_ADMIN.secretAccessKey };
const EVIL = '[Mend the sync](command:workbench.action.toggleZenMode)';
const EARLIER = dailyAt(120);
const syncsDue = (schedule: string): object[] => [
  { id: 'orders', destination: 'prod-exports', sql: 'SELECT 7 AS id', gzip: false, schedule },
  { id: 'broken', destination: 'prod-exports', sql: `SELECT error('${EVIL}') AS id`, schedule },
  { id: 'nightly', destination: 'prod-exports', sql: 'SELECT 8 AS id', schedule: EARLIER },
];
/** The schedule would have begun its work by then. */
const STILL_MS = 5000;

describe('the schedule of a workspace', () => {
  let session: UiSession;
  before(async () => {
    session = await openUiSession(BUCKET, {}, ({ endpoint }) => [
      {
        key: 'ctrl+alt+1',
        command: 's3Destinations.addDestination',
        args: { name: 'prod-exports', bucket: BUCKET, endpoint, forcePathStyle: true, credentials: KEYS },
      },
    ]);
  });
  after(async () => session.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await session.shot('schedule-failed');
  });

  it('is off until a person turns it on', async () => {
    const { window, storage, workspace, keys } = session;
    await window.openActivity('S3 Destinations');
    await window.page.getByRole('button', { name: 'Add Destination' }).first().waitFor();
    await window.page.keyboard.press('Control+Alt+1');
    await window.tree('Outputs').row('prod-exports').waitFor();
    const definitions = path.join(workspace, '.vscode/s3-syncs.json');
    watchedUntil(storage, pathToFileURL(definitions).href, 180, { nightly: EARLIER });
    mkdirSync(path.dirname(definitions), { recursive: true });
    await earlyInMinute();
    const now = dailyAt(0);
    writeFileSync(definitions, JSON.stringify({ syncs: syncsDue(now) }, undefined, 2));
    const offer = await window.notification('3 syncs of this workspace have a schedule');
    await sleep(STILL_MS);
    assert.deepEqual(await keys(BUCKET), []);
    watchedUntil(storage, pathToFileURL(definitions).href, 2, { orders: now, broken: now });
    await offer.press('Run by Schedule');
  });

  it('runs what is due, and says what has failed', async () => {
    const { window, keys, shot } = session;
    const failed = await window.notification('The scheduled run of broken failed');
    for (const end = Date.now() + 20_000; !(await keys(BUCKET)).some((key) => key.startsWith('signalsmith/orders/'));) {
      assert.ok(Date.now() < end, 'The sync was not run.');
      await sleep(100);
    }
    // It comes with a movement.
    await sleep(500);
    await shot('87-schedule-failed-light');
    // What a workspace says is no link that the editor would follow.
    assert.equal(await failed.item.getByRole('link').filter({ hasText: 'Mend' }).count(), 0);
    assert.match(await failed.text(), /Mend the sync/);
    assert.deepEqual(await failed.buttons(), ['Show Log']);
    await failed.dismiss();
  });

  it('says what was missed while the editor was closed', async () => {
    const { window, storage, workspace, shot } = session;
    await window.selectTheme('Dark Modern');
    await window.page.goto('about:blank');
    // The window that is gone lets go of the schedule.
    await sleep(3000);
    watchedUntil(storage, pathToFileURL(path.join(workspace, '.vscode/s3-syncs.json')).href, 180, { nightly: EARLIER });
    await window.page.goto(session.editor.url, { waitUntil: 'commit' });
    await window.ready();
    const missed = await window.notification(
      'Scheduled runs were missed while the editor was closed or the machine slept',
    );
    await shot('88-schedule-missed-dark');
    assert.match(await missed.text(), /: nightly \(.*\d\d:\d\d.*\)\.$/);
    await missed.press('Run Now');
    for (const end = Date.now() + 20_000; !(await session.keys(BUCKET)).some((key) => key.includes('/nightly/'));) {
      assert.ok(Date.now() < end, 'The sync was not run.');
      await sleep(100);
    }
  });
});
