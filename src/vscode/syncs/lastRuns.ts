import type * as vscode from 'vscode';
import type { RunResult } from '../../core/sync/runResult.ts';

/** How the last run of a sync ended on this machine. Plain JSON. */
export interface LastRun {
  status: 'completed' | 'failed';
  /** ISO 8601. */
  at: string;
  rows?: number;
  code?: string;
}

const KEY = 'lastRuns';
const KEPT = 1000;

/** Remembers how the last runs of syncs ended, for as long as there is the workspace. */
export class LastRuns {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  get(destination: string, syncId: string): LastRun | undefined {
    return this.#all()[keyOf(destination, syncId)];
  }

  async completed(destination: string, { syncId, rows }: RunResult): Promise<void> {
    await this.#set(destination, syncId, { status: 'completed', at: new Date().toISOString(), rows: rows.written });
  }

  async failed(destination: string, syncId: string, code: string): Promise<void> {
    await this.#set(destination, syncId, { status: 'failed', at: new Date().toISOString(), code });
  }

  async #set(destination: string, syncId: string, run: LastRun): Promise<void> {
    const key = keyOf(destination, syncId);
    const others = Object.entries(this.#all()).filter(([other]) => other !== key);
    await this.#memory.update(KEY, Object.fromEntries([...others.slice(1 - KEPT), [key, run]]));
  }

  #all(): Record<string, LastRun> {
    return this.#memory.get<Record<string, LastRun>>(KEY, {});
  }
}

function keyOf(destination: string, syncId: string): string {
  return `${destination}\n${syncId}`;
}
