import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { windowUrl } from './address.ts';
import { launchBrowser, type Browser, type BrowserOptions } from './browser.ts';
import { ensureEditor, type EditorPaths } from './install.ts';
import { seedSettings, startServer, type EditorServer } from './server.ts';
import { Workbench } from './workbench.ts';

const INSTALL_LIMIT_MS = 60_000;

/** How an editor is started; paths are absolute. */
export interface EditorOptions {
  /** The folder or `.code-workspace` file that windows open. */
  folder?: string;
  /** Folders of extensions to load from source, in every browser that opens the address. */
  developmentExtensions?: readonly string[];
  /** VSIX files to install before the start. */
  vsix?: readonly string[];
  /** Has the editor ask whether the user trusts a workspace; it trusts all by default. */
  workspaceTrust?: boolean;
  /** User settings, beside the quiet ones the harness sets; for example `workbench.colorTheme`. */
  settings?: Readonly<Record<string, unknown>>;
  /** User data that outlives the editor; settings in it are left as they are. Otherwise a temporary folder. */
  dataDir?: string;
  /** Installed extensions that outlive the editor. Otherwise a temporary folder. */
  extensionsDir?: string;
  /** The port on 127.0.0.1; a free one unless told. Secrets and open windows belong to a port. */
  port?: number;
  /** More environment variables, for the extension hosts as well. */
  env?: Readonly<Record<string, string>>;
}

/** A running editor. */
export interface RunningEditor {
  server: EditorServer;
  /** The address a person can open in a browser of this machine. Secret: whoever has it can run commands. */
  url: string;
  /** Opens a window in a headless browser of its own and waits until it can be used; `empty` has no folder. */
  openWindow(options?: BrowserOptions & { empty?: boolean }): Promise<Workbench>;
  /** Changes one user setting (`undefined` removes it); open windows follow when they are reloaded. */
  setSetting(name: string, value: unknown): void;
  /** Closes the windows, ends the server and removes the temporary folders. May be called twice. */
  close(): Promise<void>;
}

/**
 * Installs an extension from a VSIX file into `extensionsDir`, as a person would; takes about a second.
 * A version that is there already is replaced. Throws with VS Code's output when that fails.
 */
export async function installVsix(
  editor: EditorPaths,
  vsix: string,
  { dataDir, extensionsDir }: { dataDir: string; extensionsDir: string },
): Promise<void> {
  if (!existsSync(vsix)) throw new Error(`There is no file ${vsix}`);
  const folders = ['--server-data-dir', dataDir, '--user-data-dir', dataDir, '--extensions-dir', extensionsDir];
  const args = [editor.serverMain, ...folders, '--accept-server-license-terms', '--force', '--install-extension', vsix];
  const env = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}' };
  const { stdout, stderr } = await promisify(execFile)(editor.node, args, { env, timeout: INSTALL_LIMIT_MS });
  if (!stdout.includes('successfully installed'))
    throw new Error(`${vsix} could not be installed:\n${stdout}${stderr}`);
}

function writeSetting(dataDir: string, name: string, value: unknown): void {
  const file = path.join(dataDir, 'User/settings.json');
  const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, `${JSON.stringify({ ...settings, [name]: value }, null, 2)}\n`);
}

/**
 * Starts a VS Code on loopback with notifications visible, installing the editor first when it is missing.
 * It runs until `close` is called or this process ends. Throws when it does not start, and leaves nothing behind then.
 */
export async function startEditor(options: EditorOptions = {}): Promise<RunningEditor> {
  const editor = await ensureEditor();
  const scratch = mkdtempSync(path.join(os.tmpdir(), 's3d-editor-'));
  const dataDir = options.dataDir ?? path.join(scratch, 'data');
  const extensionsDir = options.extensionsDir ?? path.join(scratch, 'extensions');
  const browsers: Browser[] = [];
  let server: EditorServer | undefined;
  const close = async () => {
    await Promise.all(browsers.splice(0).map((browser) => browser.close()));
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    mkdirSync(extensionsDir, { recursive: true });
    seedSettings(dataDir, { 'security.workspace.trust.enabled': options.workspaceTrust ?? false, ...options.settings });
    for (const vsix of options.vsix ?? []) await installVsix(editor, vsix, { dataDir, extensionsDir });
    server = await startServer(editor, {
      dataDir,
      extensionsDir,
      developmentExtensions: options.developmentExtensions ?? [],
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.workspaceTrust === undefined ? {} : { workspaceTrust: options.workspaceTrust }),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
  } catch (error) {
    await close();
    throw error;
  }
  const url = windowUrl(server, { folder: options.folder });
  const emptyUrl = windowUrl(server, {});
  const openWindow = async ({ empty, ...browserOptions }: BrowserOptions & { empty?: boolean } = {}) => {
    const browser = await launchBrowser(editor, browserOptions);
    browsers.push(browser);
    await browser.page.goto(empty ? emptyUrl : url, { waitUntil: 'commit' });
    const workbench = new Workbench(browser.page);
    await workbench.ready();
    return workbench;
  };
  return { server, url, openWindow, setSetting: (name, value) => writeSetting(dataDir, name, value), close };
}
