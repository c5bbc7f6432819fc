import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What one run took. */
export interface Sample {
  seconds: number;
  /** Of all processes that took part, store excepted. */
  cpuSeconds: number;
  /** The largest sum of what the processes had in memory at one time. */
  peakBytes: number;
  /** What lies at the store afterwards; missing for runs that write nothing there. */
  outputBytes?: number;
}

const CLOCK_TICKS = 100;
const SAMPLE_EVERY_MS = 50;

/** CPU seconds of this process's children that have ended and been waited for, with theirs. Linux only. */
export function childCpuSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / CLOCK_TICKS;
}

/**
 * What a process and all below it have in memory, in bytes.
 * @param counts whether a process below it, by its command line, is looked at; all are by default
 */
export function treeBytes(root: number, counts: (commandLine: string) => boolean = () => true): number {
  const own = Number(/^VmRSS:\s+(\d+)/m.exec(stateOf(root, 'status'))?.[1] ?? 0) * 1024;
  return childrenOf(root)
    .filter((pid) => counts(stateOf(pid, 'cmdline')))
    .reduce((sum, pid) => sum + treeBytes(pid, counts), own);
}

/** Not by a look at all processes: that would take a noticeable part of the machine that is measured. */
function childrenOf(pid: number): number[] {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const ids = threads.flatMap((thread) => stateOf(pid, `task/${thread}/children`).split(' '));
  return ids.filter((id) => id !== '').map(Number);
}

/** What the system says of a process; empty when it has ended in the meantime. */
function stateOf(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

/** Runs a shell command to its end. @throws when it fails, with the last of what it said */
export async function measureShell(command: string, env: Record<string, string>): Promise<Sample> {
  const cpu = childCpuSeconds();
  const began = performance.now();
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-2000)));
  let peakBytes = 0;
  const timer = setInterval(() => (peakBytes = Math.max(peakBytes, treeBytes(child.pid ?? 0))), SAMPLE_EVERY_MS);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command}\n${said}`);
  return { seconds: (performance.now() - began) / 1000, cpuSeconds: childCpuSeconds() - cpu, peakBytes };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
