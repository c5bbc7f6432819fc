import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { DEMO_ADMIN, type EmbeddedS3 } from '../s3/server.ts';
import { Seeding } from './seedOutputs.ts';
import { type Keybinding, openUiSession, type UiSession } from './uiSession.ts';

const BUCKET = 'acme-data';
const MANY = 'acme-many';
const LARGE = 'looked-at/large.csv';
const KEYS = { kind: 'keys', accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: DEMO_ADMIN.secretAccessKey };

describe('the outputs', () => {
  let session: UiSession;
  let seeding: Seeding;

  /** Adds destinations: one that works, one with very much in it, one whose bucket is not there, and one without its secret. */
  const keybindings = ({ endpoint }: EmbeddedS3): Keybinding[] => {
    const add = (fields: object): object => ({ endpoint, forcePathStyle: true, credentials: KEYS, ...fields });
    const people = { destination: 'prod-exports', syncId: 'people' };
    const lost = { name: 'staging', bucket: BUCKET, endpoint, credentials: { kind: 'keys' } };
    const calls: [string, object][] = [
      ['addDestination', add({ name: 'prod-exports', bucket: BUCKET, pathPrefix: 'exports' })],
      ['addDestination', add({ name: 'many', bucket: MANY, pathPrefix: '' })],
      ['addDestination', add({ name: 'nowhere', bucket: 'not-there' })],
      ['importDestinations', { destinations: [lost] }],
      ['exportQuery', { ...people, sql: "FROM (VALUES (1, 'Ada'), (2, NULL), (3, 'Eve')) AS t(id, name)" }],
      ['exportQuery', { ...people, sql: "FROM (VALUES (1, 'Ada'), (2, ''), (4, 'Zoë')) AS t(id, name)" }],
      ['previewObject', { destination: 'prod-exports', key: `exports/${LARGE}` }],
    ];
    return calls.map(([command, args], i) => ({
      key: `ctrl+alt+${i + 1}`,
      command: `s3Destinations.${command}`,
      args,
    }));
  };

  before(async () => {
    session = await openUiSession(BUCKET, { 'dropped.csv': 'id\n1\n' }, keybindings);
    const { s3 } = session;
    seeding = new Seeding(s3, BUCKET, 'exports/');
    s3.createBucket(MANY);
    const keys = function* (): Generator<string> {
      for (let i = 0; i < 200_000; i++)
        yield `sync-${String(i % 2000).padStart(4, '0')}/20260102T0304${String(i % 60).padStart(2, '0')}Z-${String(i).padStart(6, '0')}-00000.csv`;
    };
    s3.seed(MANY, keys());
    const upsert = { kind: 'audience', mode: 'upsert' } as const;
    await seeding.run('active-users', {
      ...upsert,
      minutesAgo: 3000,
      rows: { read: 1200, written: 1200, added: 1200 },
    });
    await seeding.run('active-users', {
      ...upsert,
      minutesAgo: 1500,
      rows: { read: 1230, written: 40, added: 30, changed: 10 },
    });
    await seeding.run('active-users', {
      ...upsert,
      minutesAgo: 120,
      rows: { read: 1234, written: 46, added: 34, changed: 12, removed: 3 },
    });
    const mirror = { kind: 'model', mode: 'mirror' } as const;
    await seeding.run('orders', { ...mirror, minutesAgo: 1500, rows: { read: 90, written: 90 }, replaced: true });
    await seeding.run('orders', { ...mirror, minutesAgo: 60, rows: { read: 100, written: 100 } });
    await seeding.put('orders/notes, "final" 100% (ü).txt');
    await seeding.put('readme.md');
    await seeding.put('old stuff/a+b.csv');
    await seeding.upload('orders/20261122T210301Z-7f3a9c-00000.csv', 6_000_000);
    await session.window.openActivity('S3 Destinations');
  });
  after(async () => session.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await session.shot('failed');
  });

  /** A row that is drawn anew under the mouse shows no hover: it is tried again. */
  const hover = async (row: Locator, text: string): Promise<void> => {
    const { page } = session.window;
    const shown = page.locator('.monaco-hover:visible').filter({ hasText: text });
    for (let attempt = 0; attempt < 6; attempt++) {
      await page.mouse.move(200, 700);
      await row.hover();
      const came = await shown.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
      if (came) return;
    }
    assert.fail(`No hover says ${text}.`);
  };

  const collapse = async (): Promise<void> => {
    const { window } = session;
    await window.runCommand('S3 Destinations: Collapse All Outputs');
    const open = window.tree('Outputs').tree.locator('[role=treeitem][aria-expanded=true]');
    await open.first().waitFor({ state: 'detached' });
  };

  it('show destinations with what is known of them', async () => {
    const { window, shot } = session;
    await window.page.getByRole('button', { name: 'Add Destination' }).first().waitFor();
    const tree = window.tree('Outputs');
    for (const [i, name] of ['prod-exports', 'many', 'nowhere', 'staging'].entries()) {
      await window.page.keyboard.press(`Control+Alt+${i + 1}`);
      await tree.row(name).waitFor();
    }
    await tree.description('staging').filter({ hasText: 'credentials missing' }).waitFor();
    await tree.inlineAction('prod-exports', 'Check Connection');
    await window.tab('Preview prod-exports').waitFor();
    await tree.inlineAction('nowhere', 'Check Connection');
    await window.tab('Preview nowhere').waitFor();
    await (await window.notification('not-there')).dismiss();
    assert.match((await tree.row('nowhere').getAttribute('aria-label')) ?? '', /last check failed/);
    await hover(tree.row('prod-exports'), 'Exports can succeed');
    await shot('40-destinations-light');
  });

  it('show syncs, runs, objects, and what else is there', async () => {
    const { window, shot } = session;
    await window.runCommand('View: Close All Editors');
    const tree = window.tree('Outputs');
    await tree.expand('prod-exports');
    // What is read in the background moves rows.
    await tree.description('Unfinished uploads').filter({ hasText: '1 · 6.0 MB' }).waitFor();
    await tree.description('active-users').filter({ hasText: 'audience · upsert · 2 h ago · 46 rows' }).waitFor();
    await tree.expand('active-users', 'orders');
    await tree.tree.getByRole('treeitem', { name: /current set, 100 rows/ }).waitFor();
    await tree.expand('Other objects', 'Unfinished uploads');
    await shot('41-outputs-light');
    await window.selectTheme('Dark Modern');
    await hover(tree.tree.getByRole('treeitem', { name: /current set, 100 rows/ }), 'Committed: ');
    await shot('42-outputs-dark');
  });

  it('open a destination of 200,000 objects within a second or so', async () => {
    const { window, shot } = session;
    const tree = window.tree('Outputs');
    await collapse();
    const began = Date.now();
    await tree.expand('many');
    await tree.row('sync-0000').waitFor();
    const took = Date.now() - began;
    assert.ok(took < 5000, `${took} ms`);
    await window.runCommand('S3 Destinations: Filter Outputs by Name…');
    await window.quickInput.enter('sync-19');
    await tree.row('sync-1900').waitFor();
    await tree.expand('sync-1900');
    await shot('43-filtered-dark');
    await window.runCommand('S3 Destinations: Clear Filter of Outputs');
    await tree.row('sync-0000').waitFor();
  });

  it('compare the two runs that are selected, and act on one', async () => {
    const { window, shot, workspace } = session;
    const tree = window.tree('Outputs');
    for (const digit of [5, 6]) {
      await window.page.keyboard.press(`Control+Alt+${digit}`);
      await (await window.notification('Exported 3 rows')).dismiss();
    }
    await collapse();
    await tree.expand('prod-exports');
    await tree.description('Unfinished uploads').filter({ hasText: '6.0 MB' }).waitFor();
    await tree.expand('people');
    const runs = tree.tree.getByRole('treeitem', { name: /^Run of .* 3 rows/ });
    await runs.nth(0).click();
    await runs.nth(1).click({ modifiers: ['Control'] });
    await window.runCommand('S3 Destinations: Compare Runs…');
    await window.tab('people: samples of').waitFor();
    await window.page.locator('.monaco-diff-editor .modified .view-line', { hasText: 'Zoë' }).waitFor();
    await shot('48-compare-dark');
    await window.tab('Preview people').click();
    await (await window.webview('h2')).locator('p', { hasText: '2 rows were added and 2 removed' }).waitFor();
    await runs.nth(0).click({ button: 'right' });
    await window.page.getByRole('menuitem', { name: 'Create Presigned URL…' }).waitFor();
    await shot('49-compare-report-dark');
    await window.page.keyboard.press('Escape');
    await runs.nth(0).click();
    await window.runCommand('S3 Destinations: Create Presigned URL…');
    await window.quickInput.fill('90 min');
    await window.quickInput.row('90 min').waitFor();
    await shot('50-presign-dark');
    await window.quickInput.cancel();
    // Escape in the tree would take the selection away.
    await window.quickInput.waitForClose();
    await window.runCommand('S3 Destinations: Download…');
    await window.quickInput.pick('Decompressed');
    await window.quickInput.widget.filter({ hasText: 'Download Here' }).waitFor();
    await shot('51-download-dark');
    await window.quickInput.accept();
    await (await window.notification('Downloaded ')).dismiss();
    assert.ok(readdirSync(workspace).some((name) => /^\d{8}T\d{6}Z-.*\.csv$/.test(name)));
  });

  it('export a file that is dropped on a sync', async () => {
    const { window, shot } = session;
    const tree = window.tree('Outputs');
    await window.openFile('dropped.csv');
    await window.tab('dropped.csv').dragTo(tree.row('people'));
    await window.notification('Exported 1 file to s3://acme-data/exports/people/');
    await shot('52-dropped-dark');
  });

  it('say why a table does not go on, try again, and show that an open object is gone', async () => {
    const { window, shot, s3 } = session;
    const { page } = window;
    await seeding.put(LARGE, `id,name\n${`1,${'x'.repeat(1000)}\n`.repeat(4000)}`);
    const before = page.frames();
    await page.keyboard.press('Control+Alt+7');
    const table = await window.webview('#grid .ag-cell', before);
    const Resource = `arn:aws:s3:::${BUCKET}/exports/${LARGE}`;
    s3.setBucketPolicy(BUCKET, {
      Statement: { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource },
    });
    await table.locator('#more').click();
    await table.locator('#messages', { hasText: 's3:GetObject' }).waitFor();
    await shot('53-table-refused-dark');
    s3.setBucketPolicy(BUCKET, undefined);
    await page.keyboard.press('Enter');
    await table.locator('#again').waitFor({ state: 'hidden' });
    await table.locator('#messages', { hasText: /^$/ }).waitFor({ state: 'attached' });
    await table.locator('#text').click();
    await window.editor.filter({ hasText: 'id,name' }).waitFor();
    await seeding.remove(LARGE);
    await window.runCommand('S3 Destinations: Refresh Outputs');
    // As the editor shows a file that is gone.
    await page.locator('.tab .monaco-icon-label.strikethrough', { hasText: 'large.csv' }).waitFor();
    await shot('54-object-gone-dark');
    await window.runCommand('View: Close All Editors');
  });

  it('delete the run that is selected when the key is pressed and the question answered', async () => {
    const { window, shot } = session;
    const tree = window.tree('Outputs');
    await collapse();
    await tree.expand('prod-exports');
    await tree.description('Unfinished uploads').filter({ hasText: '6.0 MB' }).waitFor();
    await tree.expand('active-users');
    const runs = tree.tree.getByRole('treeitem', { name: /^Run of .* upsert/ });
    await runs.nth(2).waitFor();
    await runs.filter({ hasText: '+1,200' }).click();
    await window.page.keyboard.press('Delete');
    const dialog = await window.dialog('Delete a run of active-users, 1 object (');
    assert.match(await dialog.text(), /cannot be had back/);
    await shot('44-delete-run-dark');
    await dialog.press('Delete');
    await runs.filter({ hasText: '+1,200' }).waitFor({ state: 'detached' });
    assert.equal(await runs.count(), 2);
  });

  it('say so before the current set is deleted, and delete a sync when its id is typed', async () => {
    const { window, shot } = session;
    const tree = window.tree('Outputs');
    await tree.expand('orders');
    const current = tree.tree.getByRole('treeitem', { name: /current set/ });
    await current.waitFor();
    // What is read in the background moves rows.
    await tree.tree.getByRole('treeitem', { name: /replaced, 90 rows/ }).waitFor();
    await tree.row('Unfinished uploads').waitFor();
    await current.click();
    await tree.tree.locator('[aria-selected=true]').filter({ hasText: 'current set' }).waitFor();
    await window.page.keyboard.press('Delete');
    const dialog = await window.dialog('Delete a run of orders');
    assert.match(await dialog.text(), /current set of orders/);
    await shot('45-delete-current-set-dark');
    await dialog.press('Cancel');
    await tree.contextMenu('orders', 'Delete Output of Sync…');
    const sure = await window.dialog('Delete the output of orders at prod-exports?');
    assert.match(await sure.text(), /1 object \(608 bytes\)[\s\S]*folder also holds 1 object \(4 bytes\)/);
    await shot('46-delete-sync-dark');
    await sure.press('Delete Output…');
    await window.quickInput.waitFor('Delete 1 object (608 bytes) of orders');
    await window.quickInput.enter('orders');
    await current.waitFor({ state: 'detached' });
  });

  it('abort unfinished uploads after a question', async () => {
    const { window, shot } = session;
    const tree = window.tree('Outputs');
    await tree.row('Unfinished uploads').waitFor();
    await tree.inlineAction('Unfinished uploads', 'Abort Unfinished Uploads…');
    const dialog = await window.dialog('Abort 1 unfinished upload');
    await shot('47-abort-dark');
    await dialog.press('Abort');
    await tree.row('Unfinished uploads').waitFor({ state: 'detached' });
  });
});
