import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { DEMO_ADMIN, type EmbeddedS3 } from '../s3/server.ts';
import { type Keybinding, openUiSession, type UiSession } from './uiSession.ts';

const BUCKET = 'acme-data';
const KEYS = { kind: 'keys', accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: DEMO_ADMIN.secretAccessKey };
const SYNCS = [
  {
    ...{ id: 'orders', destination: 'prod-exports', mode: 'mirror', schedule: '0 6 * * *', gzip: false },
    sql: "SELECT i AS id, if(i % 3 = 0, NULL, 'customer ' || i) AS customer, i * 1.5 AS total, ${date} - i::INTEGER AS day FROM range(1500) AS r(i)",
  },
];

describe('the models of a workspace', () => {
  let session: UiSession;
  const outside = mkdtempSync(path.join(os.tmpdir(), 's3d-outside-'));

  const keybindings = ({ endpoint }: EmbeddedS3): Keybinding[] => {
    const destination = { name: 'prod-exports', bucket: BUCKET, endpoint, forcePathStyle: true, credentials: KEYS };
    return [
      { key: 'ctrl+alt+1', command: 's3Destinations.addDestination', args: destination },
      { key: 'ctrl+alt+2', command: 's3Destinations.previewSync', args: { syncId: 'orders' } },
    ];
  };

  before(async () => {
    writeFileSync(path.join(outside, 'numbers.csv'), 'n\n1\n');
    const files = { 'models/outside.sql': `SELECT * FROM '${path.join(outside, 'numbers.csv')}'\n` };
    session = await openUiSession(BUCKET, files, keybindings);
  });
  after(async () => {
    rmSync(outside, { recursive: true });
    await session.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await session.shot('models-failed');
  });

  it('offer their schedule once, and show in the status bar what is next', async () => {
    const { window, workspace, shot } = session;
    await window.openActivity('S3 Destinations');
    await window.page.getByRole('button', { name: 'Add Destination' }).first().waitFor();
    mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
    writeFileSync(path.join(workspace, '.vscode/s3-syncs.json'), JSON.stringify({ syncs: SYNCS }, null, 2));
    const offer = await window.notification('The sync orders has a schedule');
    await shot('30-schedule-offer');
    await offer.press('Run by Schedule');
    await window.statusBarItem(/orders .*6:00/).waitFor();
    await shot('31-schedule-status');
    await window.page.keyboard.press('Control+Alt+1');
    await window.tree('Outputs').row('prod-exports').waitFor();
  });

  it('are previewed as a table', async () => {
    const { window, shot } = session;
    await window.page.keyboard.press('Control+Alt+2');
    await window.tab('Preview of orders → prod-exports').waitFor();
    const table = await window.webview('[role=grid], .ag-root, table');
    await table.getByText('customer 1', { exact: true }).first().waitFor();
    await shot('32-preview-light');
    await window.selectTheme('Dark Modern');
    await shot('33-preview-dark');
  });

  it('read files outside of the workspace when the person allows it', async () => {
    const { window, shot } = session;
    await window.openFile('outside.sql');
    await window.runCommand('S3 Destinations: Export Query to S3…');
    for (const step of ['(1/', '(2/', '(3/']) {
      await window.quickInput.waitFor(step);
      await window.page.keyboard.press('Enter');
    }
    const dialog = await window.dialog('outside of the workspace');
    await shot('34-outside');
    assert.deepEqual((await dialog.buttons()).toSorted(), ['Allow in This Workspace', 'Cancel']);
    await dialog.press('Allow in This Workspace');
    await window.notification('Exported 1 row');
  });
});
