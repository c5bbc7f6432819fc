import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSampleWorkspace } from '../fixtures/sampleWorkspace.ts';
import { ensureBuilt } from '../host/bundle.ts';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DEMO_ADMIN, type EmbeddedS3, startS3 } from '../s3/server.ts';
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
  /** All keys in a bucket. */
  keys: (bucket: string) => Promise<string[]>;
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

/** What is another than usual in a session. */
export interface UiOptions {
  /** More environment variables for the editor. */
  env?: Readonly<Record<string, string>>;
  /** More settings of the user. */
  settings?: Readonly<Record<string, unknown>>;
  /** Settings of this machine: those that no other, and no workspace, may have. */
  machineSettings?: Readonly<Record<string, unknown>>;
  /** Takes the extension for one that is installed; otherwise it is one under development, which the editor never switches off. */
  installed?: boolean;
  /** Has the editor ask whether the workspace is trusted. The window is empty at first, which is always trusted. */
  workspaceTrust?: boolean;
}

/**
 * Starts everything that a UI test needs.
 * @param bucket is made at the store
 * @param files are added to the workspace: their content by their path in it
 * @param keybindings are the user's own
 */
export async function openUiSession(
  bucket: string,
  files: Readonly<Record<string, string>>,
  keybindings: (s3: EmbeddedS3) => Keybinding[] = () => [],
  options: UiOptions = {},
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
  writeFileSync(path.join(dataDir, 'User/keybindings.json'), JSON.stringify(keybindings(s3)));
  const { machineSettings, installed, ...editorOptions } = options;
  if (machineSettings !== undefined) {
    mkdirSync(path.join(dataDir, 'Machine'));
    writeFileSync(path.join(dataDir, 'Machine/settings.json'), JSON.stringify(machineSettings));
  }
  const extensionsDir = path.join(scratch, 'extensions');
  mkdirSync(extensionsDir);
  if (installed === true) symlinkSync(REPOSITORY, path.join(extensionsDir, 's3destinations.s3-destinations-0.1.0'));
  const own = {
    ...{ folder: workspace, dataDir, extensionsDir },
    developmentExtensions: installed === true ? [] : [REPOSITORY],
  };
  const editor = await startEditor({ ...own, ...editorOptions });
  const window = await editor.openWindow({ empty: options.workspaceTrust === true });
  const close = async (): Promise<void> => {
    await editor.close();
    await s3.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const shot = async (name: string): Promise<void> => {
    await window.screenshot(path.join(OUTPUT, `${name}.png`));
  };
  const storage = path.join(dataDir, 'User/globalStorage/s3destinations.s3-destinations');
  return { editor, window, s3, workspace, storage, keys: (name) => keysIn(s3, name), shot, close };
}

async function keysIn({ endpoint }: EmbeddedS3, bucket: string): Promise<string[]> {
  const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  client.destroy();
  return Contents.map(({ Key = '' }) => Key);
}
