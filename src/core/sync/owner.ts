import os from 'node:os';

/** A process that runs exports, and the machine it is on. */
export interface Owner {
  machine: string;
  pid: number;
}

/** This process. */
export function thisProcess(): Owner {
  return { machine: os.hostname(), pid: process.pid };
}

/** Whether an owner is known to have ended: its machine is this one, and has no such process any more. */
export function hasEnded({ machine, pid }: Owner): boolean {
  if (machine !== os.hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // Otherwise it is there, but somebody else's.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
