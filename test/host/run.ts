// Runs tests inside VS Code; `--help` is answered by command-line.ts.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { createSampleWorkspace } from '../fixtures/sampleWorkspace.ts';
import { AUTHORITY } from '../s3/fakeAws.ts';
import { CACHE, REPOSITORY } from '../vscode/install.ts';
import { seedSettings } from '../vscode/server.ts';
import { bundleEntry, bundleTests, ensureBuilt } from './bundle.ts';
import { parseHostCommand, type HostCommand } from './command-line.ts';
import { vscodeExecutable } from './executable.ts';
import type { HostPlan, HostResult } from './plan.ts';
import { follow } from './tail.ts';

/** Another extension, which uses the API of this one. */
const SAMPLE_EXPORTER = path.join(REPOSITORY, 'test/fixtures/sample-exporter');
/** How long a VS Code that was asked to end may take before it is ended by force. */
const GRACE_MS = 10_000;
/** Exit codes; 1 is every other failure. */
const EXIT = { passed: 0, failed: 1, hung: 124, interrupted: 130 } as const;
const ends = new Set<'hung' | 'interrupted'>();

function prepareWorkspace(command: HostCommand, scratch: string): string {
  if (command.workspace !== undefined) {
    if (!existsSync(command.workspace)) throw new Error(`There is no folder ${command.workspace}`);
    return command.workspace;
  }
  const folder = path.join(scratch, 'workspace');
  createSampleWorkspace(folder);
  if (command.file !== undefined) return folder;
  // Of a workspace file: a second folder can be added to it without a new start of the extension host.
  const file = path.join(scratch, 'host.code-workspace');
  writeFileSync(file, JSON.stringify({ folders: [{ path: 'workspace' }] }));
  return file;
}

async function preparePlan(command: HostCommand, folder: string): Promise<{ entry: string; plan: HostPlan }> {
  const entry = await bundleEntry(folder);
  const plan: HostPlan = { output: path.join(folder, 'output.log'), result: path.join(folder, 'result.json') };
  if (command.file !== undefined) {
    if (!existsSync(command.file)) throw new Error(`There is no file ${command.file}`);
    plan.file = command.file;
  } else {
    const bundles = await bundleTests(path.join(folder, 'tests'));
    if (bundles.length === 0) throw new Error('There are no tests in test/host.');
    plan.suite = { bundles, repository: REPOSITORY, ...(command.grep === undefined ? {} : { grep: command.grep }) };
  }
  writeFileSync(path.join(folder, 'plan.json'), JSON.stringify(plan));
  writeFileSync(plan.output, '');
  return { entry, plan };
}

/** Asks the VS Code that runs the tests to end; @vscode/test-electron passes the signal on, the second time by force. */
function endVSCode(): void {
  process.emit('SIGINT');
  setTimeout(() => process.emit('SIGINT'), GRACE_MS).unref();
}

function readResult(plan: HostPlan): HostResult | undefined {
  return existsSync(plan.result) ? (JSON.parse(readFileSync(plan.result, 'utf8')) as HostResult) : undefined;
}

/** Prints how the tests ended; returns whether they passed. */
function report(result: HostResult | undefined, failure: string | undefined): boolean {
  if (result === undefined) console.error('The tests did not come to their end.');
  if (failure !== undefined && result?.ok !== false) console.error(failure);
  const { stats } = result ?? {};
  if (stats !== undefined) {
    if (stats.passed + stats.failed === 0) console.error('No test ran.');
    const pending = stats.pending > 0 ? `, ${stats.pending} pending` : '';
    console.log(`${stats.passed} passed, ${stats.failed} failed${pending}`);
  }
  return result?.ok === true && failure === undefined;
}

async function main(command: HostCommand): Promise<number> {
  mkdirSync(path.join(CACHE, 'host'), { recursive: true });
  // The bundles of the tests find the packages of this repository only from a folder inside it.
  const runFolder = mkdtempSync(path.join(CACHE, 'host/run-'));
  const scratch = mkdtempSync(path.join(os.tmpdir(), 's3d-host-'));
  try {
    const extensions = command.extensions.length > 0 ? command.extensions : [REPOSITORY];
    const workspace = prepareWorkspace(command, scratch);
    const [{ entry, plan }, vscodeExecutablePath] = await Promise.all([
      preparePlan(command, runFolder),
      vscodeExecutable(process.env.VSCODE_TEST),
      extensions.includes(REPOSITORY) ? ensureBuilt() : undefined,
    ]);
    if (ends.has('interrupted')) return EXIT.interrupted;
    const installed = path.join(scratch, 'extensions');
    // Installed: a window in a browser takes no second extension from source.
    if (command.file === undefined)
      cpSync(SAMPLE_EXPORTER, path.join(installed, 'sample-exporter-0.0.1'), { recursive: true });
    seedSettings(path.join(scratch, 'data'));
    const unfollow = follow(plan.output, (chunk) => process.stdout.write(chunk));
    let failure: string | undefined;
    const limit = setTimeout(() => {
      ends.add('hung');
      failure = `No end of the tests after ${command.limitMs / 1000} s.`;
      endVSCode();
    }, command.limitMs);
    try {
      await runTests({
        vscodeExecutablePath,
        extensionDevelopmentPath: extensions,
        extensionTestsPath: entry,
        launchArgs: [workspace, `--user-data-dir=${path.join(scratch, 'data')}`, `--extensions-dir=${installed}`],
        // code.ts starts with whatever `node` comes first there.
        extensionTestsEnv: {
          PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`,
          // What the system trusts: a server of the tests with a certificate, too.
          SSL_CERT_FILE: AUTHORITY,
          S3_DESTINATIONS_TEST_LOGS: path.join(scratch, 'data/logs'),
        },
      });
    } catch (error) {
      failure ??= error instanceof Error ? error.message : String(error);
    } finally {
      clearTimeout(limit);
      unfollow();
    }
    if (report(readResult(plan), failure)) return EXIT.passed;
    return ends.has('hung') ? EXIT.hung : ends.has('interrupted') ? EXIT.interrupted : EXIT.failed;
  } finally {
    for (const folder of [runFolder, scratch]) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
}

// A SIGINT is @vscode/test-electron's to handle while VS Code runs; what the folders hold is removed in any case.
process.on('SIGINT', () => ends.add('interrupted'));
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, endVSCode);
try {
  process.exitCode = await main(parseHostCommand(process.argv.slice(2), process.cwd()));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = EXIT.failed;
}
