import assert from 'node:assert/strict';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { launchBrowser } from '../browser.ts';
import { startEditor, type RunningEditor } from '../editor.ts';
import { ensureEditor } from '../install.ts';
import { Workbench } from '../workbench.ts';
import { FIXTURES, withTemporaryFolder } from './processes.ts';

/** Opens the address in a browser that knows nothing but the address, as a person does. */
async function asAPerson(url: string, profileDir: string, use: (window: Workbench) => Promise<void>): Promise<void> {
  const browser = await launchBrowser(await ensureEditor(), { profileDir });
  try {
    await browser.page.goto(url);
    const window = new Workbench(browser.page);
    await window.ready();
    await use(window);
  } finally {
    await browser.close();
  }
}

async function showSecret(window: Workbench, expected: string): Promise<void> {
  await window.runCommand('Probe: Show Secret');
  await (await window.notification(`The secret is ${expected}`)).dismiss();
}

describe('an editor for a person', () => {
  it('has the installed extension, and keeps its secrets over a reload and a restart', async () => {
    await withTemporaryFolder(async (folder) => {
      const vsix = path.join(folder, 'probe.vsix');
      await createVSIX({
        cwd: path.join(FIXTURES, 'probe-extension'),
        packagePath: vsix,
        dependencies: false,
        allowMissingRepository: true,
        skipLicense: true,
      });
      const profile = path.join(folder, 'profile');
      const lasting = { dataDir: path.join(folder, 'data'), extensionsDir: path.join(folder, 'extensions'), folder };
      const first: RunningEditor = await startEditor({ ...lasting, vsix: [vsix] });
      try {
        await asAPerson(first.url, profile, async (window) => {
          await window.runCommand('Probe: New Thing');
          await window.quickInput.pick('Big');
          await window.quickInput.waitFor('(2/2)');
          await window.quickInput.enter('abcd');
          await (await window.notification('Saved a Big thing')).dismiss();
          await window.reload();
          await showSecret(window, 'abcd');
        });
      } finally {
        await first.close();
      }
      const second = await startEditor({ ...lasting, port: Number(new URL(first.server.url).port) });
      try {
        assert.equal(second.url, first.url);
        await asAPerson(second.url, profile, (window) => showSecret(window, 'abcd'));
      } finally {
        await second.close();
      }
    });
  });

  it('lets nobody in without the token', async () => {
    const editor = await startEditor();
    try {
      assert.equal((await fetch(editor.server.url)).status, 403);
      assert.equal((await fetch(`${editor.server.url}/mint-key`, { method: 'POST' })).status, 403);
    } finally {
      await editor.close();
    }
  });
});
