#!/usr/bin/env node
// Stands where @vscode/test-electron expects the `code` executable of a desktop VS Code: takes its arguments, runs the
// extension tests in the VS Code from npm, prints their console, and exits with their result.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import util from 'node:util';
import type { Page } from 'playwright-core';
import { remoteUri, windowUrl } from './address.ts';
import { launchBrowser, type Browser } from './browser.ts';
import { parseCodeArguments, type CodeArguments } from './code-arguments.ts';
import { ensureEditor } from './install.ts';
import { startServer, type EditorServer } from './server.ts';

/** Exit codes for ends that are not the tests' own result. */
const EXIT = { usage: 64, pageCrashed: 70, serverEnded: 71, hostDied: 72, interrupted: 130 } as const;

/** What VS Code says about itself in the same channel as the console of the tests. */
const NOISE =
  /^(Creating a socket|Resolv(ing|ed) connection token|\[reconnection-grace-time\]|\[AgentHost|\[AccountPolicyGate\]|\[Service Worker\]|Timed out waiting for authentication provider|Creation of workbench contribution|Canceled: Canceled|Aborted onWillSaveTextDocument|No search provider registered|Extension host \(.*\) is (un)?responsive|\[remote-connection\]|Connection error: Unknown reconnection token|SettingsEditor2: )|additional builtin extensions/;
/** Stack lines inside VS Code's own bundles. */
const VSCODE_FRAME = /^\s+at .*\/(workbench\.js|extensionHostProcess\.js):\d+:\d+\)?$/;

function consoleLine(args: unknown[]): string {
  const [first] = args;
  if (typeof first === 'string' && /%[sdifoOj]/.test(first)) return util.format(...args);
  return args.map((arg) => (typeof arg === 'string' ? arg : util.inspect(arg, { depth: 6 }))).join(' ');
}

function print(type: string, line: string): void {
  const stream = type === 'error' || type === 'warn' ? process.stderr : process.stdout;
  const lines = line.replace(/\n$/, '').split('\n');
  stream.write(`${lines.filter((text) => !VSCODE_FRAME.test(text)).join('\n')}\n`);
}

/** Opens the window that runs the tests; fulfilled with the exit code VS Code reports, or one of `EXIT`. */
async function runTests(page: Page, server: EditorServer, tests: CodeArguments): Promise<number> {
  const { promise: result, resolve: finish } = Promise.withResolvers<number>();
  const connection = { lost: false };
  await page.exposeFunction('codeAutomationExit', finish);
  await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
    const line = consoleLine(args);
    connection.lost ||= /^\[remote-connection\]\[ExtensionHost\].*permanent error/s.test(line);
    if (!NOISE.test(line)) print(type, line);
  });
  page.on('crash', () => {
    console.error('The page of the editor crashed.');
    finish(EXIT.pageCrashed);
  });
  void server.ended.then(() => {
    if (!server.stopping()) console.error(`The VS Code server ended during the tests.\n${server.output()}`);
    finish(EXIT.serverEnded);
  });
  const payload: [string, string][] = [
    ...tests.extensions.map((folder): [string, string] => ['extensionDevelopmentPath', remoteUri(folder)]),
    ['extensionTestsPath', remoteUri(tests.testsPath)],
    ...tests.payload,
  ];
  await page.goto(windowUrl(server, { folder: tests.folder, payload }), { waitUntil: 'commit' });
  const code = await result;
  if (code !== 0) return code;
  // VS Code reports 0 also when the extension host dies: a 0 counts when the server saw that process leave with 0.
  for (let wait = 0; wait < 50 && server.hostExits().length === 0; wait++) await sleep(100);
  const exits = server.hostExits();
  if (!connection.lost && exits.length > 0 && exits.every((exit) => exit === 0)) return 0;
  console.error(`The extension host died during the tests: it left with ${exits.join(', ') || 'no exit seen'}.`);
  return EXIT.hostDied;
}

async function main(): Promise<number> {
  const tests = parseCodeArguments(process.argv.slice(2), process.cwd());
  if (tests === undefined) {
    console.error('Tests only: --extensionDevelopmentPath and --extensionTestsPath are needed.');
    return EXIT.usage;
  }
  const scratch = mkdtempSync(path.join(os.tmpdir(), 's3d-editor-'));
  let server: EditorServer | undefined;
  let browser: Browser | undefined;
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt(EXIT.interrupted));
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) interrupt(EXIT.interrupted);
  }, 300).unref();
  try {
    const work = async () => {
      const editor = await ensureEditor();
      const starting = startServer(editor, {
        dataDir: tests.userDataDir ?? path.join(scratch, 'data'),
        extensionsDir: tests.extensionsDir ?? path.join(scratch, 'extensions'),
        forTests: true,
        args: tests.serverArguments,
      }).then((started) => (server = started));
      const launching = launchBrowser(editor).then((launched) => (browser = launched));
      const [running, { page }] = await Promise.all([starting, launching]);
      return await runTests(page, running, tests);
    };
    return await Promise.race([work(), interrupted]);
  } finally {
    await browser?.close();
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

// A reader that has gone away is no reason to leave the server running.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
// An interrupted start may still be under way.
process.exit();
