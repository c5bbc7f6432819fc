import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

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
const SAMPLE_EVERY_MS = 200;

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
  const children = new Map<number, number[]>();
  const resident = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
      if (Number(name) !== root && !counts(readFileSync(`/proc/${name}/cmdline`, 'utf8'))) continue;
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
      resident.set(Number(name), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It has ended in the meantime.
    }
  }
  const sum = (pid: number): number =>
    (resident.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return sum(root);
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
