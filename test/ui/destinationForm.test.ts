import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { DEMO_ADMIN } from '../s3/server.ts';
import { Workbench } from '../vscode/workbench.ts';
import { openUiSession, type UiSession } from './uiSession.ts';

const BUCKET = 'acme-data';
const OPEN = 'S3 Destinations: Add Destination in a Form…';

const ROLE = ['roleArn', 'externalId', 'mfaSerial', 'sessionName', 'stsEndpoint'];
const ADVANCED = ['fileName', 'kmsKeyId', 'storageClass', 'tags', 'metadata', 'expectedBucketOwner'];
/** What cannot be used in fields that take a question mark. */
const WRONG: Readonly<Record<string, string>> = {
  pathPrefix: 'a//b',
  name: '  ',
  fileName: '{nothing}',
  kmsKeyId: 'two words',
  tags: 'aws:team=data',
  metadata: 'two words=x',
  accessKeyId: 'two words',
  secretAccessKey: 'two words',
  sessionToken: 'two words',
};
/** The controls that a screen reader could not name. */
const NAMELESS = `[...document.querySelectorAll('[data-control]')]
  .filter((control) => !(control.label || control.shadowRoot.querySelector('[aria-label]:not([aria-label=""])')))
  .map((control) => control.id)`;

describe('the form of a destination', () => {
  let session: UiSession;
  let form: Frame;
  let config: string;
  const complaints: string[] = [];

  before(async () => {
    config = path.join(mkdtempSync(path.join(os.tmpdir(), 's3d-ui-aws-')), 'config');
    writeFileSync(config, '[profile dev]\nregion = eu-west-1\n[profile nightly]\ncredential_process = true\n');
    session = await openUiSession(BUCKET, {}, () => [], { env: { AWS_CONFIG_FILE: config } });
    session.window.page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
    });
    await session.window.openActivity('S3 Destinations');
  });
  after(async () => {
    await session.close();
    rmSync(path.dirname(config), { recursive: true });
  });

  const field = (id: string): Locator => form.locator(`#${id}`);
  const type = async (id: string, text: string): Promise<void> =>
    field(id).locator('input, textarea').first().fill(text);
  const choose = async (id: string, label: string): Promise<void> => {
    await field(id).locator('[role=combobox]').click();
    await field(id).locator('li.option', { hasText: label }).first().click();
  };
  const error = (id: string): Locator => form.locator(`#error-${id}`);
  const reads = async (locator: Locator, text: string | RegExp): Promise<void> =>
    locator.filter({ hasText: text }).first().waitFor();

  it('opens, and says nothing against what nobody has filled in yet', async () => {
    const { window, shot } = session;
    await window.runCommand(OPEN);
    form = await window.webview('#save');
    await reads(
      form.locator('#example'),
      's3://<bucket>/signalsmith/active-users/20261122T210301Z-7f3a9c-00000.csv.gz',
    );
    assert.equal(await form.locator('.error:not(:empty)').count(), 0);
    await shot('20-form-light');
  });

  it('names what is wrong at the field, while it is typed', async () => {
    const { shot } = session;
    await type('bucket', 'Acme_Data');
    await reads(error('bucket'), 'capital letters');
    await type('pathPrefix', 'a//b');
    await reads(error('pathPrefix'), 'side by side');
    await type('accessKeyId', 'AKIA two words');
    await reads(error('accessKeyId'), 'contains a space');
    await choose('store', 'MinIO');
    await type('endpoint', 'http://s3.example.com');
    await reads(form.locator('#warning-endpoint'), 'without encryption');
    const inner = field('bucket').locator('input');
    assert.equal(await inner.getAttribute('aria-invalid'), 'true');
    assert.match((await inner.getAttribute('aria-description')) ?? '', /capital letters/);
    assert.equal(await inner.getAttribute('aria-label'), 'Bucket');
    await shot('21-form-errors-light');
  });

  it('shows where a file will be', async () => {
    await type('bucket', BUCKET);
    await type('pathPrefix', 'exports/daily');
    await type('fileName', '{yyyy}/{run}.{ext}');
    await choose('format', 'JSON Lines');
    await reads(form.locator('#example'), 's3://acme-data/exports/daily/active-users/2026/7f3a9c.jsonl.gz');
    await field('delimiter').waitFor({ state: 'hidden' });
    await field('bigNumbersAsStrings').waitFor();
  });

  it('leads to the first field that is wrong when it is saved', async () => {
    await form.locator('#save').click();
    await reads(error('name'), 'required');
    await reads(error('secretAccessKey'), 'empty');
    const focused = await form.evaluate('document.activeElement.id');
    assert.equal(focused, 'name');
  });

  it('checks the connection without storing anything', async () => {
    const { window, s3, shot } = session;
    await type('endpoint', s3.endpoint);
    await type('name', 'prod-exports');
    await type('accessKeyId', DEMO_ADMIN.accessKeyId);
    await type('secretAccessKey', 'not-the-secret');
    await form.locator('#check').click();
    await reads(form.locator('#result .verdict.failed'), /./);
    await reads(form.locator('#result .failed'), 'does not belong to its access key id');
    await type('secretAccessKey', ` "${DEMO_ADMIN.secretAccessKey}" `);
    await form.locator('#check').click();
    await form.locator('#result .verdict:not(.failed)', { hasText: 'can take' }).waitFor();
    await form.locator('#result .ok').first().scrollIntoViewIfNeeded();
    await shot('22-form-checked-light');
    assert.equal(await window.tree('Outputs').row('prod-exports').count(), 0);
  });

  it('saves, and closes', async () => {
    const { window } = session;
    await form.locator('#save').click();
    await window.tree('Outputs').row('prod-exports').waitFor();
    await window.tab('Add Destination').waitFor({ state: 'detached' });
  });

  it('opens a destination with all that is no secret', async () => {
    const { window, shot } = session;
    await window.selectTheme('Dark Modern');
    await window.tree('Outputs').contextMenu('prod-exports', 'Edit Destination…');
    form = await window.webview('#save');
    await reads(form.locator('#example'), 's3://acme-data/exports/daily/active-users/2026/7f3a9c.jsonl.gz');
    const page = await form.content();
    const values = await form.evaluate(
      "[...document.querySelectorAll('[data-control]')].map((c) => c.value).join(' ')",
    );
    for (const secret of [DEMO_ADMIN.accessKeyId, DEMO_ADMIN.secretAccessKey]) {
      assert.ok(!page.includes(secret) && !String(values).includes(secret));
    }
    assert.match((await field('secretAccessKey').getAttribute('placeholder')) ?? '', /Stored/);
    await shot('23-form-edit-dark');
  });

  it('keeps the stored keys where none are typed, and can be used without a mouse', async () => {
    const { window } = session;
    const { keyboard } = window.page;
    // The Tab key selects what a field holds; the editor's own Select All comes late into a page.
    await field('bucket').locator('input').click();
    for (let i = 0; i < 2; i++) await keyboard.press('Tab');
    await keyboard.type('other/');
    await reads(form.locator('#example'), 's3://acme-data/other/active-users/');
    await keyboard.press('Tab');
    await keyboard.type('renamed');
    await keyboard.press('Tab');
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowUp');
    await form.locator('summary').focus();
    await keyboard.press('Enter');
    await field('storageClass').waitFor();
    await reads(field('encryption').locator('.text'), 'As the bucket has it');
    await form.locator('#check').focus();
    await keyboard.press('Enter');
    await form.locator('#result .verdict:not(.failed)', { hasText: 'can take' }).waitFor();
    await session.shot('24-form-advanced-dark');
    await form.locator('#save').focus();
    await keyboard.press('Enter');
    await window.tree('Outputs').row('renamed').waitFor();
    assert.equal(await window.tree('Outputs').description('renamed').innerText(), `${BUCKET} · us-east-1 · other/`);
  });

  it('can be checked when it is stored, with a report and a repair', async () => {
    const { window, s3, shot } = session;
    await window.clearNotifications();
    const Resource = `arn:aws:s3:::${BUCKET}/*`;
    s3.setBucketPolicy(BUCKET, {
      Statement: { Effect: 'Deny', Principal: '*', Action: ['s3:PutObject', 's3:GetObject'], Resource },
    });
    await window.tree('Outputs').inlineAction('renamed', 'Check Connection');
    await window.webview('h1:has-text("Check of renamed")');
    const refused = await window.notification('The bucket policy denies s3:PutObject explicitly');
    assert.deepEqual(await refused.buttons(), ['Try Again', 'Details']);
    await shot('25-check-report-dark');
    await window.selectTheme('Light Modern');
    await shot('26-check-report-light');
    await refused.press('Details');
    await window.webview('h1:has-text("These credentials may not write")');
    await shot('27-problem-details-light');
    s3.setBucketPolicy(BUCKET, undefined);
    await window.tree('Outputs').contextMenu('renamed', 'Check Connection');
    await window.statusBarItem('renamed works').waitFor();
    await window.webview('h1:has-text("Check of renamed")');
    await window.tree('Outputs').contextMenu('renamed', 'Copy IAM Policy…');
    await window.quickInput.waitFor('Copy IAM Policy');
    await window.quickInput.pick('Mirror');
    await window.statusBarItem('Copied the IAM policy for renamed').waitFor();
  });

  it('has a name for each control, and says at each field what is wrong with it', async () => {
    const { window, shot } = session;
    await window.clearNotifications();
    await window.runCommand(OPEN);
    form = await window.webview('#save');
    await form.locator('summary').click();
    await choose('kind', 'Profile of the AWS config files');
    const profile = field('profile').locator('input');
    await profile.fill('night');
    await field('profile').locator('li.option', { hasText: 'nightly' }).first().click();
    assert.equal(await profile.inputValue(), 'nightly');
    await profile.fill('typed-by-hand');
    await profile.press('Tab');
    assert.equal(await profile.inputValue(), 'typed-by-hand');
    await profile.fill('[x]');
    await profile.press('Tab');
    await reads(error('profile'), 'without brackets');
    await field('role').click();
    await choose('encryption', 'SSE-KMS');
    await wrong(['bucket', 'region', 'pathPrefix', 'endpoint', 'name', ...ROLE, ...ADVANCED]);
    await shot('28-form-all-wrong-light');
    await choose('kind', 'Single sign-on');
    await wrong(['startUrl', 'ssoRegion', 'accountId', 'roleName']);
    await choose('kind', 'Access keys');
    await wrong(['accessKeyId', 'secretAccessKey', 'sessionToken']);
    const nameless = await form.evaluate(NAMELESS);
    assert.deepEqual(nameless, []);
    await form.locator('#cancel').click();
    await window.tab('Add Destination').waitFor({ state: 'detached' });
  });

  /** Puts what cannot be used into fields, each of which has to say so, also to a screen reader. */
  async function wrong(ids: readonly string[]): Promise<void> {
    for (const id of ids) await type(id, WRONG[id] ?? '?');
    for (const id of ids) {
      await reads(error(id), /./);
      const inner = field(id).locator('input, textarea').first();
      assert.equal(await inner.getAttribute('aria-invalid'), 'true', id);
      assert.ok(((await inner.getAttribute('aria-description')) ?? '').includes(await error(id).innerText()), id);
    }
  }

  it('is known to all windows, also with what another has changed', async () => {
    const { window, editor } = session;
    const page = await window.page.context().newPage();
    await page.goto(editor.url, { waitUntil: 'commit' });
    const other = new Workbench(page);
    await other.ready();
    await other.openActivity('S3 Destinations');
    await other.tree('Outputs').row('renamed').waitFor();
    await window.page.bringToFront();
    await window.tree('Outputs').contextMenu('renamed', 'Remove Destination…');
    await (await window.dialog('Remove the destination renamed?')).press('Remove');
    await window.tree('Outputs').row('renamed').waitFor({ state: 'detached' });
    await page.bringToFront();
    // An editor in a browser does not tell its windows of secrets, by which others learn of it at once.
    await other.runCommand('S3 Destinations: Refresh Outputs');
    await other.tree('Outputs').row('renamed').waitFor({ state: 'detached' });
    await page.close();
  });

  it('breaks no rule of its content security policy', () => {
    assert.deepEqual(complaints, []);
  });
});
