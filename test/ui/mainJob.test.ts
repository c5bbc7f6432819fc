import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ListMultipartUploadsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DEMO_ADMIN } from '../s3/server.ts';
import { openUiSession, type UiSession } from './uiSession.ts';

const BUCKET = 'acme-data';
const QUERIES = {
  'models/wrong.sql': "SELECT *\nFROM 'data/movies.json'\nWHERE raiting > 5\n",
  // Large enough that the engine reads it in pieces, and slow enough to be looked at.
  'large.csv': `id,text\n${Array.from({ length: 200_000 }, (_, id) => `${id},${String(id).padEnd(200, '-')}\n`).join('')}`,
  'models/large.sql': "SELECT id, md5(repeat(text, 150)) AS hash FROM 'large.csv'\n",
  'models/long.sql': 'SELECT i, md5(i::VARCHAR) AS hash FROM range(1000000000) AS r(i)\n',
};
const MIXED = 'signalsmith/mixed/members.jsonl.gz';
/** A row for each number, with all that a table shows in a way of its own. */
const mixedRow = (id: number): string =>
  JSON.stringify({
    id,
    email: id % 4 === 0 ? null : id % 4 === 1 ? '' : `user${id}@example.com`,
    active: id % 2 === 0,
    joined_at: `2026-01-02T03:04:${String(id % 60).padStart(2, '0')}Z`,
    address: { city: 'Bern', zip: 3000 + id, tags: ['a', 'b'] },
    ...(id % 3 === 0 ? {} : { note: `first line\nsecond, of ${id}` }),
  });
const PREVIEW_MIXED = {
  key: 'ctrl+alt+p',
  command: 's3Destinations.previewObject',
  args: { destination: 'prod-exports', key: MIXED },
};
const ADD = 'S3 Destinations: Add Destination…';

describe('a person’s way from an empty editor to an object in the tree', () => {
  let session: UiSession;
  before(async () => (session = await openUiSession(BUCKET, QUERIES, () => [PREVIEW_MIXED])));
  after(async () => session.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await session.shot('failed');
  });

  const client = (): S3Client => {
    const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
    const credentials = { accessKeyId, secretAccessKey };
    return new S3Client({ endpoint: session.s3.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  };
  const uploads = async (): Promise<string[]> => {
    const { Uploads = [] } = await client().send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    return Uploads.map(({ Key = '' }) => Key);
  };
  const keys = async (): Promise<string[]> => {
    const { Contents = [] } = await client().send(new ListObjectsV2Command({ Bucket: BUCKET }));
    return Contents.map(({ Key = '' }) => Key);
  };

  it('is welcomed while there is no destination', async () => {
    const { window, shot } = session;
    await window.openActivity('S3 Destinations');
    await window.page.getByRole('button', { name: 'Add Destination' }).first().waitFor();
    await shot('01-welcome');
  });

  it('adds a destination through the inputs, with the way back and validation', async () => {
    const { window, s3, shot } = session;
    const { quickInput } = window;
    await window.runCommand(ADD);
    await quickInput.waitFor('Add S3 Destination (1/');
    await shot('02-add-destination');
    await quickInput.pick('Another S3-compatible store');
    await quickInput.waitFor('(2/10)');
    await quickInput.fill('ftp://nowhere');
    await quickInput.message.filter({ hasText: 'begins with https:// or http://' }).waitFor();
    await quickInput.enter(s3.endpoint);
    await quickInput.waitFor('(3/10)');
    await quickInput.pick('In the path');
    await quickInput.waitFor('(4/10)');
    await quickInput.fill('Acme_Data');
    await quickInput.message.filter({ hasText: 'capital letters' }).waitFor();
    await shot('03-bucket-name-breaches');
    await quickInput.back();
    await quickInput.waitFor('(3/10)');
    await quickInput.pick('In the path');
    await quickInput.waitFor('(4/10)');
    await quickInput.enter(BUCKET);
    await quickInput.waitFor('(5/10)');
    await shot('04-region');
    await quickInput.pick('us-east-1');
    await quickInput.waitFor('(6/10)');
    assert.equal(await quickInput.input.inputValue(), 'signalsmith/');
    await quickInput.accept();
    await quickInput.waitFor('(7/10)');
    await quickInput.enter('prod-exports');
    await quickInput.waitFor('(8/10)');
    await quickInput.pick('Access keys');
    await quickInput.waitFor('(9/10)');
    await quickInput.enter(DEMO_ADMIN.accessKeyId);
    await quickInput.waitFor('(10/10)');
    assert.equal(await quickInput.input.getAttribute('type'), 'password');
    await quickInput.enter(` "${DEMO_ADMIN.secretAccessKey}" `);
    await (await window.notification('Added the destination prod-exports')).dismiss();
    const description = await window.tree('Outputs').description('prod-exports').innerText();
    assert.equal(description, `${BUCKET} · us-east-1 · signalsmith/`);
  });

  it('exports a query from the title of its file', async () => {
    const { window, shot } = session;
    const { quickInput } = window;
    await window.openFile('bird-strikes.sql');
    await shot('05-sql-file');
    await window.editorAction('Export Query to S3').click();
    await quickInput.waitFor('Export Query to S3 (1/3)');
    await shot('06-where-to');
    await quickInput.pick('prod-exports');
    await quickInput.waitFor('(2/3)');
    assert.deepEqual((await quickInput.labels()).slice(0, 1), ['bird-strikes']);
    await shot('07-sync-id');
    await quickInput.pick('bird-strikes');
    await quickInput.waitFor('(3/3)');
    await shot('07-mode');
    await quickInput.pick('Insert');
    const done = await window.notification('Exported 209 rows');
    assert.match(await done.text(), /to s3:\/\/acme-data\/signalsmith\/bird-strikes\/ \(3\.7 kB, /);
    assert.deepEqual(await done.buttons(), ['Show in Outputs', 'Copy S3 URI', 'Save as Sync…']);
    await shot('08-exported');
    await done.press('Show in Outputs');
  });

  it('finds the object in the tree', async () => {
    const { window, shot } = session;
    const tree = window.tree('Outputs');
    const [key = ''] = (await keys()).filter((name) => name.startsWith('signalsmith/bird-strikes/'));
    await tree.row(path.posix.basename(key)).waitFor();
    assert.equal(await tree.description(path.posix.basename(key)).innerText(), '3.7 kB');
    await tree.row('prod-exports').waitFor();
    await shot('09-outputs-light');
    await window.selectTheme('Dark Modern');
    await shot('10-outputs-dark');
  });

  it('sees what is in it, as a table', async () => {
    const { window, shot } = session;
    const { page } = window;
    const [key = ''] = (await keys()).filter((name) => name.startsWith('signalsmith/bird-strikes/'));
    const object = window.tree('Outputs').row(path.posix.basename(key));
    await object.click();
    const table = await window.webview('#grid .ag-cell');
    await table.locator('#count', { hasText: /^209 rows$/ }).waitFor();
    // As a file that is clicked on, it leaves the focus to the tree, and takes one tab.
    await page.keyboard.press('Enter');
    await object.click();
    await table.locator('#count', { hasText: /^209 rows$/ }).waitFor();
    assert.equal(await page.getByRole('tab', { name: /-00000\.csv/ }).count(), 1);
    const needle = table.locator('#needle');
    await needle.fill('los angeles');
    await table.locator('#found', { hasText: /^1 of \d+$/ }).waitFor();
    await needle.press('Enter');
    await table.locator('#found', { hasText: /^2 of \d+$/ }).waitFor();
    await table.locator('.ag-cell.current', { hasText: /los angeles/i }).waitFor();
    await shot('10a-table-dark');
    await table.locator('[row-index="1"] .ag-cell[col-id="0"]').click();
    await page.keyboard.press('Control+C');
    await window.statusBarItem('Copied the cell').waitFor();
    const cell = await table.locator('[row-index="1"] .ag-cell[col-id="0"]').innerText();
    await needle.fill('');
    await page.keyboard.press('Control+V');
    assert.equal(await needle.inputValue(), cell);
  });

  it('loads more of a larger object, and tells NULL, empty and missing apart', async () => {
    const { window, shot } = session;
    const { page } = window;
    const rows = Array.from({ length: 2500 }, (_, id) => `${mixedRow(id)}\n`).join('');
    await client().send(new PutObjectCommand({ Bucket: BUCKET, Key: MIXED, Body: gzipSync(rows) }));
    await window.selectTheme('Light Modern');
    const before = page.frames();
    await page.keyboard.press('Control+Alt+P');
    const table = await window.webview('#grid .ag-cell', before);
    const at = (row: number, column: number) => table.locator(`[row-index="${row}"] .ag-cell[col-id="${column}"]`);
    await at(0, 1)
      .filter({ hasText: /^NULL$/ })
      .waitFor();
    await at(1, 1).filter({ hasText: /^""$/ }).waitFor();
    assert.equal(await at(1, 5).innerText(), 'first line⏎second, of 1');
    assert.equal(await at(0, 5).innerText(), '');
    await table.locator('#count', { hasText: 'First 1,000 rows' }).waitFor();
    await shot('10b-table-light');
    for (const rowsNow of ['First 2,000 rows', '2,500 rows']) {
      await table.locator('#more').click();
      await table.locator('#count', { hasText: rowsNow }).waitFor();
    }
    assert.ok(await table.locator('#more').isHidden());
    await at(3, 4).click();
    await page.keyboard.press('Enter');
    await table.locator('#detail-text', { hasText: /"city": "Bern",\s+"zip": 3003/ }).waitFor();
    await shot('10c-value-light');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+End');
    await at(2499, 0).waitFor();
    await table.locator('#text').click();
    await window.tab('members.jsonl').waitFor();
    await window.editor.filter({ hasText: '"email"' }).waitFor();
    await window.runCommand('View: Close All Editors');
    await window.selectTheme('Dark Modern');
  });

  it('is shown where a query is wrong', async () => {
    const { window, shot } = session;
    await window.openFile('wrong.sql');
    await window.editorAction('Export Query to S3').click();
    await window.quickInput.pick('prod-exports');
    await window.quickInput.pick('wrong');
    await window.quickInput.pick('Insert');
    await (await window.notification('raiting')).dismiss();
    const problem = (await window.problems()).filter({ hasText: 'raiting' }).first();
    await problem.waitFor();
    assert.match(await problem.innerText(), /Ln 3, Col 7/);
    await shot('11-wrong-query');
  });

  it('sees how much of an export is done', async () => {
    const { window, shot } = session;
    await window.openFile('large.sql');
    await window.editorAction('Export Query to S3').click();
    await window.quickInput.pick('prod-exports');
    await window.quickInput.pick('large');
    await window.quickInput.pick('Insert');
    const progress = await window.notification(/large → prod-exports: [1-9][\d,]* rows · /);
    await window.statusBarItem(/large → prod-exports: [1-9][\d,]* rows \([1-9]\d?%\)/).waitFor();
    // The bar that runs to and fro is of another kind.
    await window.page.locator('.notifications-toasts .monaco-progress-container.discrete').waitFor();
    await shot('11a-share');
    await progress.press('Cancel');
    const cancelled = window.statusBarItem('The export was cancelled. Nothing was written.');
    await cancelled.waitFor();
    // The next test waits for the same words.
    await cancelled.waitFor({ state: 'hidden' });
  });

  it('cancels an export that then leaves nothing', async () => {
    const { window, shot } = session;
    const before = await keys();
    await window.openFile('long.sql');
    await window.editorAction('Export Query to S3').click();
    await window.quickInput.pick('prod-exports');
    await window.quickInput.pick('long');
    await window.quickInput.pick('Insert');
    const progress = await window.notification(/long → prod-exports: [\d,]+ rows · .* MB · .*\/s/);
    await shot('12-progress');
    await progress.press('Cancel');
    await window.statusBarItem('The export was cancelled. Nothing was written.').waitFor();
    assert.deepEqual(await keys(), before);
    assert.deepEqual(await uploads(), []);
  });

  it('offers at the next start to remove what an editor has left that was killed in an export', async () => {
    const { window, shot, storage } = session;
    const before = await keys();
    await window.openFile('long.sql');
    await window.editorAction('Export Query to S3').click();
    await window.quickInput.pick('prod-exports');
    await window.quickInput.pick('long');
    await window.quickInput.pick('Insert');
    const journals = path.join(storage, 'journals');
    const journal = (): string =>
      readdirSync(journals)
        .map((name) => readFileSync(path.join(journals, name), 'utf8'))
        .join('');
    await eventually(() => journal().includes('"created"'));
    const { head } = JSON.parse(journal().split('\n', 1)[0] ?? '') as { head: { owner: { pid: number } } };
    process.kill(head.owner.pid, 'SIGKILL');
    await window.reload();
    await window.openActivity('S3 Destinations');
    await window.tree('Outputs').row('prod-exports').waitFor();
    const offer = await window.notification('An export was interrupted (long)', 60_000);
    assert.match(await offer.text(), /\(long\)\. Its unfinished uploads are still at S3, where nobody sees them/);
    await shot('12-interrupted');
    assert.equal((await uploads()).length, 1);
    await offer.press('Remove Them');
    await eventually(() => readdirSync(journals).length === 0);
    assert.deepEqual([await uploads(), await keys()], [[], before]);
  });

  it('removes the destination after a question, and nothing in the bucket', async () => {
    const { window, shot } = session;
    const before = await keys();
    await window.tree('Outputs').contextMenu('prod-exports', 'Remove Destination…');
    const dialog = await window.dialog('Remove the destination prod-exports?');
    assert.match(await dialog.text(), /stays there/);
    await shot('13-remove');
    await dialog.press('Remove');
    await window.page.getByRole('button', { name: 'Add Destination' }).first().waitFor();
    assert.deepEqual(await keys(), before);
  });
});

async function eventually(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    assert.ok(Date.now() < end, 'It did not come to that.');
    await sleep(50);
  }
}
