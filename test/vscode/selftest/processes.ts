import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { REPOSITORY } from '../install.ts';

/** A folder of test files and fixtures beside the self tests. */
export const FIXTURES = path.join(import.meta.dirname, '../fixtures');

/** How a program ended, and what it printed. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A started host run. */
export interface HostRun {
  child: ChildProcess;
  outcome: Promise<Outcome>;
  /** Fulfilled when what it has printed matches. */
  printed(pattern: RegExp): Promise<void>;
}

/** Starts the host runner with the probe as the only extension; `temporary` takes its temporary folders. */
export function startHostRun(args: readonly string[], temporary: string): HostRun {
  const runner = path.join(REPOSITORY, 'test/host/run.ts');
  const child = spawn(process.execPath, [runner, '--extension', path.join(FIXTURES, 'probe-extension'), ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, TMPDIR: temporary, S3D_SELFTEST: 'is here' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (printed.stderr += chunk));
  const outcome = new Promise<Outcome>((resolve) => child.once('close', (code) => resolve({ code, ...printed })));
  const waitFor = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (pattern.test(printed.stdout)) resolve();
      };
      child.stdout.on('data', check);
      child.once('close', () => reject(new Error(`Ended without printing ${String(pattern)}: ${printed.stderr}`)));
      check();
    });
  return { child, outcome, printed: waitFor };
}

/** Makes a temporary folder for the time of `use`. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 's3d-self-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The living processes whose environment mentions `text`, as `<pid> <command line>`; empty where there is no /proc. */
export function processesWith(text: string): string[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  let entries: string[] = [];
  try {
    entries = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  } catch {
    // Not a Linux.
  }
  return entries
    .filter((pid) => read(`/proc/${pid}/environ`).includes(text))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 200)}`);
}
