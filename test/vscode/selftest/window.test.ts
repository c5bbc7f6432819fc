import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEditor, type RunningEditor } from '../editor.ts';
import type { Workbench } from '../workbench.ts';

const PROBE = path.join(import.meta.dirname, '../fixtures/probe-extension');

describe('a window of the editor', () => {
  let folder: string;
  let editor: RunningEditor;
  let window: Workbench;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 's3d-selftest-'));
    writeFileSync(path.join(folder, 'notes.txt'), 'Some notes\n');
    editor = await startEditor({ folder, developmentExtensions: [PROBE] });
    window = await editor.openWindow();
  });

  after(async () => {
    await editor.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a command and answers its notification', async () => {
    await window.runCommand('Probe: Greet');
    const notification = await window.notification('Hello from the probe');
    assert.equal(await notification.text(), 'Hello from the probe');
    assert.equal(await notification.severity(), 'info');
    assert.deepEqual(await notification.buttons(), ['Fine', 'Not now']);
    await notification.press('Fine');
    await (await window.notification('So: Fine')).dismiss();
  });

  it('walks through the steps of a quick input, back and forth', async () => {
    const { quickInput } = window;
    await window.runCommand('Probe: New Thing');
    await quickInput.waitFor('(1/2)');
    assert.equal(await quickInput.title(), 'New thing (1/2)');
    assert.equal(await quickInput.placeholder(), 'Pick a kind');
    assert.deepEqual(await quickInput.labels(), ['Big', 'Small']);
    await quickInput.pick('Small');
    await quickInput.waitFor('(2/2)');
    await quickInput.back();
    await quickInput.waitFor('(1/2)');
    await quickInput.pick('Big');
    await quickInput.waitFor('(2/2)');
    assert.equal(await quickInput.input.getAttribute('type'), 'password');
    await quickInput.fill('ab');
    await quickInput.message.filter({ hasText: 'At least 3 letters' }).waitFor();
    await quickInput.enter('abcd');
    await (await window.notification('Saved a Big thing')).dismiss();
  });

  it('keeps a secret over a reload', async () => {
    await window.reload();
    await window.runCommand('Probe: Show Secret');
    await (await window.notification('The secret is abcd')).dismiss();
  });

  it('reads and uses a tree', async () => {
    await window.openActivity('Probe Box');
    const tree = window.tree('Things');
    await tree.expand('branch');
    await tree.row('leaf two').waitFor();
    assert.deepEqual(await tree.labels(), ['branch', 'leaf one', 'leaf two']);
    assert.equal(await tree.description('branch').innerText(), 'of two');
    await tree.inlineAction('leaf one', 'Remove');
    await (await window.notification('Removed leaf one')).dismiss();
    await tree.contextMenu('leaf two', 'Greet');
    await (await window.notification('Hello from the probe')).press('Not now');
    await (await window.notification('So: Not now')).dismiss();
  });

  it('answers a modal dialog', async () => {
    await window.runCommand('Probe: Ask');
    const dialog = await window.dialog('Cut all branches?');
    assert.match(await dialog.text(), /They do not grow back/);
    assert.deepEqual((await dialog.buttons()).sort(), ['Cancel', 'Cut']);
    await dialog.press('Cut');
    await (await window.notification('Answer: Cut')).dismiss();
  });

  it('opens a file, presses a button of its editor, and finds its problem', async () => {
    await window.openFile('notes.txt');
    await window.editorAction('Run This').click();
    await (await window.notification('Ran notes.txt')).dismiss();
    await window.runCommand('Probe: Report a Problem');
    const problems = await window.problems();
    await problems.filter({ hasText: 'This is not right' }).waitFor();
  });

  it('runs a shell in a terminal', async () => {
    await window.runCommand('Terminal: Create New Terminal');
    await window.terminal.filter({ hasText: /\S/ }).waitFor();
    await window.page.keyboard.type('echo $((6 * 7)) | tee answer\n');
    await window.terminal.filter({ hasText: /\D42\D/ }).waitFor();
    assert.equal(readFileSync(path.join(folder, 'answer'), 'utf8'), '42\n');
    await window.runCommand('Terminal: Kill the Active Terminal Instance');
    await window.terminal.waitFor({ state: 'detached' });
  });

  it('presses a button in a webview', async () => {
    await window.runCommand('Probe: Open Panel');
    const panel = await window.webview('#press');
    await panel.locator('#press').click();
    await (await window.notification('The panel says hello')).dismiss();
  });

  it('shows the status bar, and another colour theme', async () => {
    await window.statusBarItem('Probe is here').waitFor();
    await window.selectTheme('Dark Modern');
    await window.page.locator('.monaco-workbench.vs-dark').waitFor();
    const dark = await window.screenshot(path.join(folder, 'dark.png'));
    await window.selectTheme('Light Modern');
    await window.page.locator('.monaco-workbench.vs').waitFor();
    const light = await window.screenshot(path.join(folder, 'light.png'));
    assert.notDeepEqual(dark, light);
    editor.setSetting('workbench.colorTheme', 'Visual Studio Dark');
    await window.reload();
    await window.page.locator('.monaco-workbench.vs-dark').waitFor();
  });
});
