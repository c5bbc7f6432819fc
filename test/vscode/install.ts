import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { withLock } from './lock.ts';

const HERE = import.meta.dirname;
/** What `npm ci` needs, and what decides whether an installation is still the right one. */
const SOURCES = ['package.json', 'package-lock.json', 'shims'];
const MARKER = 'installed.json';

/** The root of the repository. */
export const REPOSITORY = path.resolve(HERE, '../..');

/** The folder for everything that can be made again: the editor, downloads, bundles of the host tests. Ignored by git. */
export const CACHE = path.join(REPOSITORY, '.cache');

/** Where the parts of an installed editor are; all paths are absolute. */
export interface EditorPaths {
  /** The folder of the installation. */
  root: string;
  /** A Node.js that can run the VS Code server. */
  node: string;
  /** The server's entry point. */
  serverMain: string;
  /** The Chromium from npm; missing on platforms it is not made for. */
  chromium: string | undefined;
  /** Shared libraries that Chromium came with, for systems that lack them. */
  chromiumLibraries: string | undefined;
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const full = path.join(HERE, source);
    const files = source.includes('.') ? [full] : filesIn(full);
    for (const file of files) hash.update(`${path.relative(HERE, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function pathsIn(root: string): EditorPaths {
  const modules = path.join(root, 'node_modules');
  const bundledNode = path.join(modules, `node-${process.platform}-${process.arch}`, 'bin/node');
  const present = (file: string) => (existsSync(file) ? file : undefined);
  return {
    root,
    node: present(bundledNode) ?? process.execPath,
    serverMain: path.join(modules, 'code-server/lib/vscode/out/server-main.js'),
    chromium: present(path.join(root, 'chromium/chromium')),
    chromiumLibraries: present(path.join(root, 'chromium/lib')),
  };
}

/** Runs a program quietly; its output is part of the error when it fails. */
async function runQuietly(command: string, args: string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed with ${String(code)}:\n${output}`);
}

async function unpackChromium(root: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  const packed = path.join(root, 'node_modules/@sparticuz/chromium/bin');
  const folder = path.join(root, 'chromium');
  mkdirSync(folder);
  await unpack(path.join(packed, 'chromium.br'), path.join(folder, 'chromium'));
  // Through a file: tar stops reading at the end mark, and a pipe with padding still in it would break there.
  const libraries = path.join(folder, 'libraries.tar');
  await unpack(path.join(packed, 'al2023.tar.br'), libraries);
  await runQuietly('tar', ['-x', '-f', libraries], folder);
  rmSync(libraries);
}

async function unpack(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode: 0o755 }));
}

async function install(root: string): Promise<void> {
  const part = `${root}.${process.pid}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  try {
    for (const source of SOURCES) cpSync(path.join(HERE, source), path.join(part, source), { recursive: true });
    const flags = ['--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    await runQuietly('npm', ['ci', ...flags], part);
    // The workbench asks the server for browser modules below its own folder, where code-server's scripts would put them.
    symlinkSync('../../..', path.join(part, 'node_modules/code-server/lib/vscode/node_modules'), 'dir');
    await unpackChromium(part);
    writeFileSync(path.join(part, MARKER), `${JSON.stringify({ installed: new Date().toISOString() })}\n`);
    rmSync(root, { recursive: true, force: true });
    renameSync(part, root);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/**
 * Returns the editor, installing it first when it is missing or its lock file has changed.
 * The installation downloads about 230 MB into `.cache/vscode-<hash>` and takes 800 MB there; processes that ask at the
 * same time wait for one another. Throws with npm's output when that fails, and then leaves nothing behind.
 */
export async function ensureEditor(): Promise<EditorPaths> {
  const root = path.join(CACHE, `vscode-${sourcesHash()}`);
  const marker = path.join(root, MARKER);
  if (!existsSync(marker)) {
    const say = (text: string) => process.stderr.write(`${text}\n`);
    const onWait = () => say('Waiting for another process that installs the VS Code for tests …');
    await withLock(
      `${root}.lock`,
      async () => {
        if (existsSync(marker)) return;
        say('Installing the VS Code for tests from npm: about 230 MB, once …');
        const start = Date.now();
        await install(root);
        say(`Installed in ${Math.round((Date.now() - start) / 1000)} s: ${path.relative(process.cwd(), root)}`);
      },
      onWait,
    );
  }
  return pathsIn(root);
}
