import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSampleWorkspace } from '../fixtures/sampleWorkspace.ts';
import { ensureBuilt } from '../host/bundle.ts';
import { type EmbeddedS3, startS3 } from '../s3/server.ts';
import { type RunningEditor, startEditor } from '../vscode/editor.ts';
import { REPOSITORY } from '../vscode/install.ts';
import type { Workbench } from '../vscode/workbench.ts';

const OUTPUT = path.join(REPOSITORY, 'test/ui/output');

/** An editor with the extension on a sample workspace, one window of it, and a store of its own. */
export interface UiSession {
  editor: RunningEditor;
  window: Workbench;
  s3: EmbeddedS3;
  workspace: string;
  /** The folder in which the extension keeps what belongs to no workspace. */
  storage: string;
  /** Keeps what the window shows as `test/ui/output/NAME.png`. */
  shot: (name: string) => Promise<void>;
  close(): Promise<void>;
}

/** A key that runs a command with arguments, as in the editor's `keybindings.json`. */
export interface Keybinding {
  key: string;
  command: string;
  args?: unknown;
}

/**
 * Starts everything that a UI test needs.
 * @param bucket is made at the store
 * @param files are added to the workspace: their content by their path in it
 * @param keys are the user's own
 * @param env more environment variables for the editor
 */
export async function openUiSession(
  bucket: string,
  files: Readonly<Record<string, string>>,
  keys: (s3: EmbeddedS3) => Keybinding[] = () => [],
  env: Readonly<Record<string, string>> = {},
): Promise<UiSession> {
  await ensureBuilt();
  mkdirSync(OUTPUT, { recursive: true });
  const scratch = mkdtempSync(path.join(os.tmpdir(), 's3-destinations-ui-'));
  const workspace = path.join(scratch, 'sample');
  createSampleWorkspace(workspace);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(workspace, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const s3 = await startS3();
  s3.createBucket(bucket);
  const dataDir = path.join(scratch, 'data');
  mkdirSync(path.join(dataDir, 'User'), { recursive: true });
  writeFileSync(path.join(dataDir, 'User/keybindings.json'), JSON.stringify(keys(s3)));
  const editor = await startEditor({ folder: workspace, developmentExtensions: [REPOSITORY], dataDir, env });
  const window = await editor.openWindow();
  const close = async (): Promise<void> => {
    await editor.close();
    await s3.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const shot = async (name: string): Promise<void> => {
    await window.screenshot(path.join(OUTPUT, `${name}.png`));
  };
  const storage = path.join(dataDir, 'User/globalStorage/s3destinations.s3-destinations');
  return { editor, window, s3, workspace, storage, shot, close };
}
