import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DEMO_DESTINATION, writeDemoPlan } from '../demo/demoPlan.ts';
import { type DemoStore, openDemoStore, readBack } from '../demo/demoStore.ts';
import { createSampleWorkspace } from '../fixtures/sampleWorkspace.ts';
import { startEditor } from '../vscode/editor.ts';
import { CACHE, REPOSITORY } from '../vscode/install.ts';
import { withLock } from '../vscode/lock.ts';
import type { Workbench } from '../vscode/workbench.ts';

const MEGABYTE = 1e6;

describe('the packaged extension', () => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 's3-destinations-packaged-'));
  const vsix = path.join(scratch, 'packaged.vsix');
  const extensionsDir = path.join(scratch, 'extensions');
  let store: DemoStore;
  const ends: (() => Promise<void>)[] = [];
  let window: Workbench;

  before(async () => {
    store = await openDemoStore(undefined);
    ends.push(() => store.stop());
    await packageInto(vsix);
    const workspace = path.join(scratch, 'sample');
    createSampleWorkspace(workspace);
    const plan = path.join(scratch, 'plan.json');
    writeDemoPlan(plan, store);
    const editor = await startEditor({
      folder: workspace,
      vsix: [vsix],
      extensionsDir,
      developmentExtensions: [path.join(REPOSITORY, 'test/fixtures/demo-destination')],
      env: { S3_DESTINATIONS_DEMO: plan },
    });
    ends.push(() => editor.close());
    window = await editor.openWindow();
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  it('holds what it needs, and nothing else', () => {
    const installed = path.join(extensionsDir, installedFolder(extensionsDir));
    const names = readdirSync(installed).sort();
    const texts = ['LICENSE.txt', 'changelog.md', 'package.json', 'readme.md'];
    assert.deepEqual(
      names.filter((name) => !name.startsWith('.')),
      [...texts, 'dist', 'media', 'node_modules', 'schemas'].sort(),
    );
    const dist = readdirSync(path.join(installed, 'dist'));
    const notices = 'THIRD-PARTY-NOTICES.txt';
    const known = (name: string): boolean => name === notices || /\.(cjs|js|css|ttf)$/.test(name);
    assert.ok(dist.includes('extension.cjs') && dist.every(known), dist.join(' '));
    const licences = readFileSync(path.join(installed, 'dist', notices), 'utf8');
    for (const name of ['@aws-sdk/client-s3', '@smithy/core', '@vscode-elements/elements', '@vscode/codicons']) {
      const [title] = new RegExp(`^${name} \\d+\\.\\d+\\.\\d+.* \\(.+\\)$`, 'm').exec(licences) ?? [];
      assert.ok(title !== undefined, name);
    }
    for (const text of ['Apache License', 'Permission is hereby granted']) assert.ok(licences.includes(text), text);
    assert.deepEqual(readdirSync(path.join(installed, 'media')).sort(), ['icon.png', 'icon.svg']);
    assert.deepEqual(readdirSync(path.join(installed, 'node_modules')).sort(), ['@duckdb', 'detect-libc']);
    const engine = readdirSync(path.join(installed, 'node_modules/@duckdb')).sort();
    assert.deepEqual(engine.slice(0, 2), ['node-api', 'node-bindings']);
    assert.ok(engine.length === 3 && engine[2]!.startsWith(`node-bindings-${process.platform}-${process.arch}`));
    const { size } = statSync(vsix);
    console.log(`      VSIX: ${(size / MEGABYTE).toFixed(1)} MB`);
    assert.ok(size < 40 * MEGABYTE);
  });

  it('exports a query with the engine that it brings', async () => {
    // The destination is defined by another extension, which starts with the window.
    await window.openActivity('S3 Destinations');
    await window.tree('Outputs').row(DEMO_DESTINATION).waitFor();
    await window.openFile('bird-strikes.sql');
    await window.editorAction('Export Query to S3').click();
    await window.quickInput.pick(DEMO_DESTINATION);
    await window.quickInput.pick('bird-strikes');
    await window.quickInput.pick('Insert');
    const done = await window.notification('Exported 209 rows');
    assert.match(await done.text(), /to s3:\/\/demo-exports\/signalsmith\/bird-strikes\//);
    const [key = ''] = (await keysOf(store)).filter((name) => name.startsWith('signalsmith/bird-strikes/'));
    const lines = gunzipSync(await readBack(store, key))
      .toString()
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 210);
    assert.equal(lines[0], 'flight_date,airport,operator,species,cost_usd');
    await done.dismiss();
  });

  it('does from the palette what the tree has selected', async () => {
    await window.openActivity('S3 Destinations');
    await window.tree('Outputs').row(DEMO_DESTINATION).click();
    await window.runCommand('S3 Destinations: Copy S3 URI');
    const copied = async (): Promise<unknown> => window.page.evaluate('navigator.clipboard.readText()');
    for (let wait = 0; wait < 50 && (await copied()) === ''; wait++) await window.page.waitForTimeout(100);
    assert.equal(await copied(), 's3://demo-exports/signalsmith/');
  });

  it('says when the editor has lost the credentials, and sends nothing', async () => {
    const before = await keysOf(store);
    await window.page.evaluate("localStorage.removeItem('secrets.provider')");
    await window.reload();
    await window.openFile('bird-strikes.sql');
    await window.editorAction('Export Query to S3').click();
    await window.quickInput.pick(DEMO_DESTINATION);
    await window.quickInput.pick('bird-strikes');
    await window.quickInput.pick('Insert');
    const refused = await window.notification('The credentials of demo are missing from the secret storage.');
    assert.equal(await refused.severity(), 'error');
    assert.match(await refused.text(), /Re-enter the credentials of demo/);
    assert.deepEqual(await keysOf(store), before);
    // An editor without a keyring forgets them, too, and does not say so.
    await refused.press('Re-enter Credentials');
    await window.quickInput.waitFor('Re-enter Credentials: demo');
    await window.quickInput.enter(store.accessKeyId);
    await window.quickInput.waitFor('(2/2)');
    await window.quickInput.enter(` "${store.secretAccessKey}" `);
    const warned = await window.notification(
      'The editor has forgotten the secrets that it kept before its last restart',
    );
    assert.equal(await warned.severity(), 'warning');
    await window.tree('Outputs').contextMenu(DEMO_DESTINATION, 'Check Connection');
    await window.statusBarItem('demo works').waitFor();
  });
});

/** Packages the extension as its developers do, while nobody else builds it. */
async function packageInto(file: string): Promise<void> {
  await withLock(path.join(CACHE, 'build.lock'), async () => {
    await promisify(execFile)(process.execPath, ['package.mjs', '--out', file], { cwd: REPOSITORY, timeout: 100_000 });
  });
}

function installedFolder(extensionsDir: string): string {
  const [folder = '', ...others] = readdirSync(extensionsDir).filter((name) => name.startsWith('s3destinations.'));
  assert.deepEqual(others, []);
  return folder;
}

async function keysOf({ endpoint, region, bucket, accessKeyId, secretAccessKey }: DemoStore): Promise<string[]> {
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key = '' }) => Key);
  } finally {
    client.destroy();
  }
}
