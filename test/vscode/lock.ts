import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Creates the lock, or returns the id of the live process that holds it. A lock whose holder is gone is taken away. */
function tryLock(file: string): number | undefined {
  // A hard link appears together with its content: nobody ever reads a lock without an owner.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(own, { force: true });
  }
  let holder = NaN;
  try {
    holder = Number(readFileSync(file, 'utf8'));
  } catch {
    // Released in between: the caller tries again.
  }
  if (Number.isInteger(holder) && !isAlive(holder)) rmSync(file, { force: true });
  return holder;
}

/**
 * Runs `work` while no other process runs work under the same lock file, waiting for as long as that takes.
 * The lock goes away with the work, however it ends; that of a process that died is taken over. In the rare case that
 * two processes take over the same dead lock at once both go ahead, so the work must be safe to do twice.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; tryLock(file) !== undefined; waited = true) {
    if (!waited) onWait?.();
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
