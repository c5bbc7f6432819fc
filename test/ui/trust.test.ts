import assert from 'node:assert/strict';
import { statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchedUntil } from '../fixtures/watchedUntil.ts';
import { DEMO_ADMIN, type EmbeddedS3 } from '../s3/server.ts';
import { type Keybinding, openUiSession, type UiOptions, type UiSession } from './uiSession.ts';

const BUCKET = 'acme-data';
const KEYS = { kind: 'keys', accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: DEMO_ADMIN.secretAccessKey };
const DEFINITIONS = '.vscode/s3-syncs.json';
const ORDERS = { id: 'orders', destination: 'prod-exports', model: 'models/orders.sql', gzip: false, schedule: '1m' };
const MEMBERS = { id: 'members', destination: 'prod-exports', sql: 'FROM members', kind: 'audience', mode: 'add' };
const FILES = {
  [DEFINITIONS]: JSON.stringify({ syncs: [ORDERS, { ...MEMBERS, primaryKey: ['user'] }] }, undefined, 2),
  '.vscode/prepare.sql': 'CREATE VIEW members AS SELECT 7 AS member;\n',
  '.vscode/tasks.json': JSON.stringify({
    version: '2.0.0',
    tasks: [{ type: 's3Destinations', sync: 'orders', label: 'orders', runOptions: { runOn: 'folderOpen' } }],
  }),
  'models/orders.sql': 'SELECT member AS id FROM members\n',
};
/** What reads or sends something of a workspace, by the keys that call it. */
const CALLS: readonly [key: string, command: string, args: object][] = [
  ['2', 'runSync', { syncId: 'orders' }],
  ['3', 'previewSync', { syncId: 'orders' }],
  ['4', 'runAllSyncs', {}],
  ['5', 'exportQuery', { destination: 'prod-exports', syncId: 'direct', file: 'models/orders.sql' }],
  ['6', 'exportFiles', { destination: 'prod-exports', syncId: 'files', files: ['models/orders.sql'] }],
  ['7', 'newSync', { syncId: 'more', destination: 'prod-exports', sql: 'SELECT 1 AS a' }],
  ['8', 'scheduleSyncs', { on: true }],
  ['9', 'cancelSync', { syncId: 'orders' }],
  ['0', 'createModel', { model: 'models/made.sql', definition: DEFINITIONS }],
];
/** How long nothing must happen: the schedule and the checks begin their work within two or three seconds. */
const STILL_MS = 6000;

/** A window in which only the trust is missing: the destination is there, and the user runs syncs by schedule everywhere. */
async function openUntrusted(options: UiOptions = {}): Promise<UiSession> {
  const keybindings = ({ endpoint }: EmbeddedS3): Keybinding[] => {
    const destination = { name: 'prod-exports', bucket: BUCKET, endpoint, forcePathStyle: true, credentials: KEYS };
    return [
      { key: 'ctrl+alt+1', command: 's3Destinations.addDestination', args: destination },
      ...CALLS.map(([key, command, args]) => ({ key: `ctrl+alt+${key}`, command: `s3Destinations.${command}`, args })),
    ];
  };
  const machineSettings = { 's3Destinations.syncs.allowSchedule': true };
  const session = await openUiSession(BUCKET, FILES, keybindings, {
    workspaceTrust: true,
    installed: true,
    machineSettings,
    ...options,
  });
  const { window, editor } = session;
  await window.openActivity('S3 Destinations');
  await window.page.getByRole('button', { name: 'Add Destination' }).first().waitFor();
  await window.page.keyboard.press('Control+Alt+1');
  await window.tree('Outputs').row('prod-exports').waitFor();
  watchedUntil(session.storage, pathToFileURL(path.join(session.workspace, DEFINITIONS)).href, 2, { orders: '1m' });
  for (const name of Object.keys(FILES)) leaveUnread(session, name);
  session.s3.requests.length = 0;
  await keptInBrowser(window, 'prod-exports', 10_000);
  await window.page.goto(editor.url, { waitUntil: 'commit' });
  await window.ready();
  return session;
}

/** Waits until the browser has stored what the editor has given it to keep: that takes a moment, and a new page would lose it. */
async function keptInBrowser({ page }: UiSession['window'], text: string, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; !(await page.evaluate(`(${IS_KEPT})(${JSON.stringify(text)})`));) {
    assert.ok(Date.now() < end, `The browser has not kept ${text}.`);
    await sleep(50);
  }
}

/** Runs in the page: whether any of its databases holds a text. */
const IS_KEPT = `async (text) => {
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    try {
      for (const store of database.objectStoreNames) {
        const values = await done(database.transaction(store).objectStore(store).getAll());
        if (values.some((value) => typeof value === 'string' && value.includes(text))) return true;
      }
    } finally {
      database.close();
    }
  }
  return false;
}`;

/** The time at which files were last read that nobody has read. */
const NEVER = new Date('2001-01-01T00:00:00Z');

function leaveUnread({ workspace }: UiSession, name: string): void {
  utimesSync(path.join(workspace, name), NEVER, new Date());
}

function wasRead({ workspace }: UiSession, name: string): boolean {
  return statSync(path.join(workspace, name)).atimeMs !== NEVER.getTime();
}

/** Gives the workspace the trust of the user, as a person does. */
async function giveTrust({ window }: UiSession, shot: () => Promise<void>): Promise<void> {
  await window.runCommand('Workspaces: Manage Workspace Trust');
  const trust = window.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true });
  await trust.waitFor();
  await shot();
  await trust.click();
  await window.statusBarItem('Restricted Mode').waitFor({ state: 'detached' });
  // The question fills the window.
  await window.page.locator('.modal-editor-action-container .codicon-close').last().click();
  await window.page.locator('.monaco-modal-editor-block').waitFor({ state: 'detached' });
}

/** The syncs that have put something into the bucket. */
async function syncsThere({ keys }: UiSession): Promise<string[]> {
  return [...new Set((await keys(BUCKET)).flatMap((key) => /^signalsmith\/([a-z]+)\//.exec(key)?.[1] ?? []))];
}

async function runsBySchedule(session: UiSession): Promise<void> {
  for (const end = Date.now() + 20_000; !(await syncsThere(session)).includes('orders');) {
    assert.ok(Date.now() < end, 'The sync was not run by its schedule.');
    await sleep(100);
  }
}

describe('a workspace that is not trusted', () => {
  let session: UiSession;
  before(async () => (session = await openUntrusted()));
  after(async () => session.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await session.shot('trust-failed');
  });

  it('is not touched: the extension is off', async () => {
    const { window, s3, shot } = session;
    await window.statusBarItem('Restricted Mode').waitFor();
    for (const [key] of CALLS) await window.page.keyboard.press(`Control+Alt+${key}`);
    await sleep(STILL_MS);
    await window.page.keyboard.press('F1');
    await window.quickInput.fill('>S3 Destinations: Run');
    await window.quickInput.rows.first().waitFor();
    await shot('80-trust-restricted-light');
    const found = (await window.quickInput.labels()).filter((label) => label.startsWith('S3 Destinations'));
    assert.deepEqual(found, []);
    const activities = window.page.locator('#workbench\\.parts\\.activitybar').getByRole('tab');
    assert.equal(await activities.and(window.page.getByRole('tab', { name: /S3 Destinations/ })).count(), 0);
    await window.page.keyboard.press('Escape');
    assert.deepEqual(s3.requests, []);
    for (const name of Object.keys(FILES).filter((file) => !file.endsWith('tasks.json')))
      assert.ok(!wasRead(session, name), name);
  });

  it('is read and sent from once it has the trust, without a new start', async () => {
    const { window, shot } = session;
    await window.selectTheme('Dark Modern');
    await giveTrust(session, () => shot('82-trust-give-dark'));
    await runsBySchedule(session);
    await window.openActivity('S3 Destinations');
    await window.tree('Outputs').row('prod-exports').click();
    await window.tree('Outputs').row('members').waitFor();
    await shot('83-trust-given-dark');
    await window.page.keyboard.press('Control+Alt+5');
    await window.notification('Exported 1 row');
    assert.deepEqual((await syncsThere(session)).sort(), ['direct', 'orders']);
  });
});

describe('a workspace that is not trusted, where the user has switched the extension on all the same', () => {
  let session: UiSession;
  before(async () => {
    session = await openUntrusted({
      settings: {
        'extensions.supportUntrustedWorkspaces': { 's3destinations.s3-destinations': { supported: true } },
        'security.workspace.trust.startupPrompt': 'never',
      },
    });
  });
  after(async () => session.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await session.shot('trust-failed');
  });

  it('is not read, and whoever asks is told so', async () => {
    const { window, s3, shot } = session;
    await window.statusBarItem('Restricted Mode').waitFor();
    await window.openActivity('S3 Destinations');
    await window.tree('Outputs').row('prod-exports').click();
    for (const [key, command] of CALLS) {
      await window.page.keyboard.press(`Control+Alt+${key}`);
      const told = await window.notification('Nothing of this workspace is read or sent before you trust it');
      if (command === 'runSync') await shot('84-untrusted-light');
      await told.dismiss();
    }
    await window.runCommand('S3 Destinations: Run All Syncs');
    await (await window.notification('Trust it with “Workspaces: Manage Workspace Trust”')).dismiss();
    await window.openFile('s3-syncs.json');
    await sleep(STILL_MS);
    assert.equal(await window.codeLens('Preview').count(), 0);
    const problems = await window.problems();
    assert.equal(await problems.filter({ hasText: 'S3 Destinations' }).count(), 0);
    await window.selectTheme('Dark Modern');
    await shot('85-untrusted-dark');
    assert.deepEqual(await syncsThere(session), []);
    assert.deepEqual(
      s3.requests.filter(({ op = '' }) => /^(?:Put|Post|Create|Upload|Delete)/.test(op)),
      [],
    );
    for (const name of ['.vscode/prepare.sql', 'models/orders.sql']) assert.ok(!wasRead(session, name), name);
  });

  it('is checked, and runs, once it has the trust', async () => {
    const { window, shot } = session;
    await giveTrust(session, () => Promise.resolve());
    await runsBySchedule(session);
    await window.openFile('s3-syncs.json');
    await window.codeLens('Preview').waitFor();
    const problems = await window.problems();
    await problems.filter({ hasText: 'gives no column “user”' }).first().waitFor();
    await shot('86-trusted-dark');
  });
});
