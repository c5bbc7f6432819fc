import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EditorPaths } from './install.ts';
import type { ServerProcessOptions } from './server-process.ts';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 3000;

/** The settings a window starts with: nothing that asks, updates, or phones home. */
export const QUIET_SETTINGS: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  // Text that stands in the page, and is not painted.
  'terminal.integrated.gpuAcceleration': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Writes the user settings of a data folder, the quiet ones and `extra`; settings that are there already stay as they are. */
export function seedSettings(dataDir: string, extra: Readonly<Record<string, unknown>> = {}): void {
  const file = path.join(dataDir, 'User/settings.json');
  if (existsSync(file)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...QUIET_SETTINGS, ...extra }, null, 2)}\n`);
}

/** How a server is started; all paths are absolute. */
export interface ServerOptions {
  /** User data: settings, state, logs. Made if missing. */
  dataDir: string;
  /** Installed extensions. Made if missing. */
  extensionsDir: string;
  /** Folders of extensions that every window loads from source. */
  developmentExtensions?: readonly string[];
  /** The port on 127.0.0.1; a free one unless told. */
  port?: number;
  /**
   * Lets a window run extension tests named in its address, and passes their console and exit code to the page.
   * Notifications do not show in such a window.
   */
  forTests?: boolean;
  /** Has the editor ask whether the user trusts a workspace; it trusts all by default. */
  workspaceTrust?: boolean;
  /** More arguments of the server. */
  args?: readonly string[];
  /** More environment variables, for the server and the extension hosts. */
  env?: Readonly<Record<string, string>>;
}

/** A running VS Code server. */
export interface EditorServer {
  /** Its address, `http://127.0.0.1:<port>`. */
  url: string;
  /**
   * What a window must know to be let in. Without it every web page a person opens, and every user of the machine,
   * could run commands through the server.
   */
  token: string;
  pid: number;
  /** How each extension host that has ended so far did so: an exit code, or the name of a signal. */
  hostExits(): (number | string)[];
  /** Fulfilled when the server has ended, by `stop` or by itself. */
  ended: Promise<void>;
  /** Whether `stop` was called: an end before that is a failure. */
  stopping(): boolean;
  /** What it has printed so far. */
  output(): string;
  /** Ends the server, the extension hosts and what they started. May be called twice. */
  stop(): Promise<void>;
}

function serverArguments(options: ServerOptions, tokenFile: string): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', String(options.port ?? 0)],
    ...['--connection-token-file', tokenFile, '--accept-server-license-terms'],
    ...['--disable-telemetry', '--disable-experiments'],
    ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
    // The extension host gets the environment of the caller as it is, not that of a login shell.
    '--force-disable-user-env',
    ...(options.forTests ? ['--enable-smoke-test-driver'] : []),
    // A bridge without a port: the host of AI agents never starts.
    ...['--agent-host-bridge-host', '127.0.0.1'],
    ...['--server-data-dir', options.dataDir, '--user-data-dir', options.dataDir],
    ...['--extensions-dir', options.extensionsDir],
    ...(options.args ?? []),
  ];
}

/** A data folder keeps its token, so that a page that is open stays valid when the server starts again. */
function readOrMakeToken(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The whole group is gone already.
  }
}

/** Fulfilled with the port the server says it listens on. */
function listening(child: ChildProcess, output: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`The VS Code server ${what}:\n${output()}`));
    const limit = setTimeout(() => {
      killGroup(child, 'SIGKILL');
      fail(`was not up after ${START_LIMIT_MS / 1000} s`);
    }, START_LIMIT_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      fail(`ended (${String(code ?? signal)}) before it listened`);
    });
    child.stdout?.on('data', () => {
      const port = /Extension host agent listening on (\d+)/.exec(output())?.[1];
      if (port === undefined) return;
      clearTimeout(limit);
      resolve(Number(port));
    });
  });
}

/**
 * Starts a VS Code server on loopback and waits until it listens. It ends with this process, however that ends.
 * Throws with the server's output when it does not start; nothing is left running then.
 */
export async function startServer(editor: EditorPaths, options: ServerOptions): Promise<EditorServer> {
  seedSettings(options.dataDir);
  mkdirSync(options.extensionsDir, { recursive: true });
  const tokenFile = path.join(options.dataDir, 'connection-token');
  const token = readOrMakeToken(tokenFile);
  const socketFolder = mkdtempSync(path.join(os.tmpdir(), 's3d-ipc-'));
  const removeSockets = () => rmSync(socketFolder, { recursive: true, force: true });
  const processOptions: ServerProcessOptions = {
    serverMain: editor.serverMain,
    tokenFile,
    keyFile: path.join(options.dataDir, 'serve-web-key-half'),
    developmentExtensions: [...(options.developmentExtensions ?? [])],
  };
  const entry = path.join(import.meta.dirname, 'server-process.ts');
  const child = spawn(editor.node, [entry, JSON.stringify(processOptions), ...serverArguments(options, tokenFile)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      EXTENSIONS_GALLERY: '{"serviceUrl":""}',
      // git wants a native module that only code-server's install scripts bring; Copilot is 41 MB that nothing here uses.
      VSCODE_SKIP_BUILTIN_EXTENSIONS: 'vscode.git,GitHub.copilot-chat',
      // VS Code puts sockets there and never removes them.
      XDG_RUNTIME_DIR: socketFolder,
      ...options.env,
    },
  });
  let text = '';
  const read = (chunk: string) => (text += chunk);
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  const hostExits = () =>
    [...text.matchAll(/Extension Host Process exited with code: (\S+), signal: (\S+?)\./g)].map(([, code, signal]) =>
      code === 'null' ? String(signal) : Number(code),
    );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const atExit = () => {
    killGroup(child, 'SIGKILL');
    removeSockets();
  };
  process.once('exit', atExit);
  let stopped = false;
  const stop = async () => {
    stopped = true;
    killGroup(child, 'SIGTERM');
    const limit = setTimeout(() => killGroup(child, 'SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(limit);
    // An extension host that is busy outlives the server's own end.
    atExit();
    process.removeListener('exit', atExit);
  };
  try {
    const port = await listening(child, () => text);
    const url = `http://127.0.0.1:${port}`;
    return { url, token, pid: child.pid!, hostExits, ended, stopping: () => stopped, output: () => text, stop };
  } catch (error) {
    atExit();
    process.removeListener('exit', atExit);
    throw error;
  }
}
