import assert from 'node:assert/strict';
import { DEMO_ADMIN } from '../s3/server.ts';
import { openUiSession, type UiSession } from './uiSession.ts';

const BUCKET = 'acme-data';
const KEYS = { kind: 'keys', accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: DEMO_ADMIN.secretAccessKey };
const SYNCS = `{
  // What goes out every night.
  "syncs": [
    {
      "id": "active-users",
      "destination": "prod-exports",
      "model": "models/active_users.sql",
      "kind": "audience",
      "mode": "upsert",
      "primaryKey": ["id"]
    },
    { "id": "orders", "destination": "prod-exports", "sql": "SELECT 7 AS order_id", "mode": "mirror" },
    { "id": "orders", "destination": "staging", "model": "models/none.sql", "mode": "upsert", "kind": "model" },
    { "id": "numbers", "destination": "prod-exports", "sql": "SELECT i, md5(i::VARCHAR) AS hash FROM range(1000000000) AS r(i)" },
    { "id": "days", "destination": "prod-exports", "sql": "SELECT i AS day FROM range(365) AS r(i)" }
  ]
}
`;
const TASKS = {
  version: '2.0.0',
  tasks: [
    { label: 'nightly', type: 's3Destinations', sync: 'days' },
    { label: 'all numbers', type: 's3Destinations', sync: 'numbers' },
  ],
};
const FILES = {
  '.vscode/tasks.json': JSON.stringify(TASKS),
  '.vscode/s3-syncs.json': SYNCS,
  'models/active_users.sql': "SELECT i AS user_id, 'user' || i || '@example.com' AS email\nFROM range(1234) AS r(i)\n",
};

describe('syncs of the workspace', () => {
  let session: UiSession;
  before(async () => {
    session = await openUiSession(BUCKET, FILES, ({ endpoint }) => [
      {
        key: 'ctrl+alt+1',
        command: 's3Destinations.addDestination',
        args: { name: 'prod-exports', bucket: BUCKET, endpoint, forcePathStyle: true, credentials: KEYS },
      },
      { key: 'ctrl+alt+2', command: 'workbench.action.tasks.runTask', args: 'nightly' },
      { key: 'ctrl+alt+3', command: 'workbench.action.tasks.runTask', args: 'all numbers' },
    ]);
  });
  after(async () => session.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await session.shot('failed');
  });

  it('are in the outputs before their first run', async () => {
    const { window, shot } = session;
    await window.openActivity('S3 Destinations');
    await window.page.getByRole('button', { name: 'Add Destination' }).first().waitFor();
    await window.page.keyboard.press('Control+Alt+1');
    const tree = window.tree('Outputs');
    await tree.row('prod-exports').click();
    await tree.row('active-users').waitFor();
    assert.match(await tree.description('active-users').innerText(), /audience · upsert · not run yet/);
    await shot('60-syncs-tree');
  });

  it('show what is wrong with them where it stands, and are mended there', async () => {
    const { window, shot } = session;
    await window.openFile('s3-syncs.json');
    const problems = await window.problems();
    await problems.filter({ hasText: 'gives no column “id”' }).first().waitFor();
    for (const text of [
      'no destination staging',
      'another sync orders',
      'does not fit a model',
      'no model models/none.sql',
    ])
      await problems.filter({ hasText: text }).first().waitFor();
    await shot('61-syncs-problems');
    await problems.filter({ hasText: 'gives no column “id”' }).first().dblclick();
    // The light bulb, which is there once the editor has asked for the fixes.
    await window.page.locator('.editor-instance [class*=lightbulb]').first().click();
    await window.page.getByText('Use “user_id” as the Key').first().waitFor();
    await shot('62-syncs-quick-fix-light');
    await window.page.getByText('Use “user_id” as the Key').first().click();
    await problems.filter({ hasText: 'gives no column “id”' }).waitFor({ state: 'detached' });
  });

  it('run from above their models, which then say how it went', async () => {
    const { window, shot } = session;
    await window.openFile('active_users.sql');
    await window.codeLens('not run here yet').waitFor();
    await window.codeLens('Run').first().click();
    await (await window.notification('Exported 1,234 rows')).dismiss();
    await window.codeLens('last run just now, 1,234 rows').waitFor();
    await shot('63-syncs-lens-light');
    await window.selectTheme('Dark Modern');
    await shot('64-syncs-lens-dark');
    await window.openFile('s3-syncs.json');
    await window.codeLens('last run just now, 1,234 rows').first().waitFor();
    await shot('65-syncs-definitions-dark');
  });

  it('are tasks, which show in a terminal how far they are and what they have written', async () => {
    const { window, shot } = session;
    await window.page.keyboard.press('Control+Alt+3');
    await window.terminal.filter({ hasText: /Running numbers\s*[1-9][\d,]* rows · [\d.]+ [kM]B/ }).waitFor();
    await shot('66-syncs-task-progress-dark');
    // A task leaves the focus where it was.
    await window.focusTerminal();
    await window.page.keyboard.press('Control+C');
    await window.terminal.filter({ hasText: /Running numbers\s*The export was cancelled/ }).waitFor();
    await shot('67-syncs-task-cancelled-dark');
    await window.page.keyboard.press('Control+Alt+2');
    await window.terminal.filter({ hasText: /Running days\s*Exported 365 rows, 1 file/ }).waitFor();
    await shot('68-syncs-task-summary-dark');
    await window.selectTheme('Light Modern');
    await shot('69-syncs-task-summary-light');
  });
});
