import { readFileSync } from 'node:fs';
import path from 'node:path';
import { download } from '@vscode/test-electron';
import { CACHE, REPOSITORY, ensureEditor } from '../vscode/install.ts';

function oldestSupported(): string {
  const manifest = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8')) as {
    engines: { vscode: string };
  };
  return manifest.engines.vscode.replace(/^[^\d]*/, '');
}

/**
 * Returns the VS Code to run the tests in, downloading it when it is not there yet: `desktop` is the newest desktop
 * version, `oldest` the oldest one the manifest allows, no choice the one from npm, which needs no display.
 * Throws when the choice is unknown, the download is not possible, or a desktop has no display.
 */
export async function vscodeExecutable(choice: string | undefined): Promise<string> {
  if (!choice || choice === 'npm') {
    await ensureEditor();
    return path.join(REPOSITORY, 'test/vscode/code.ts');
  }
  if (choice !== 'desktop' && choice !== 'oldest') {
    throw new Error(`VSCODE_TEST=${choice} is not known; it may be desktop, oldest, or unset.`);
  }
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    throw new Error('The desktop VS Code needs a display, for example that of `xvfb-run -a npm run test:host`.');
  }
  const version = choice === 'desktop' ? 'stable' : oldestSupported();
  try {
    return await download({ version, cachePath: path.join(CACHE, 'desktop') });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The desktop VS Code (${version}) cannot be downloaded here: ${reason}\n` +
        'Without VSCODE_TEST the tests run in the VS Code from npm.',
      { cause: error },
    );
  }
}
