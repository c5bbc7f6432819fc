import * as vscode from 'vscode';
import { formatBytes, formatRowsSoFar } from '../../core/format.ts';
import type { RunProgress } from '../../core/sync/exportRun.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import { waitingText } from '../../core/sync/waiting.ts';
import type { RunOptions } from './runSync.ts';
import { outcomeOfError, resultText } from './runOutcome.ts';

/** What a task's process would return. */
const EXIT = { completed: 0, failed: 1, cancelled: 130 } as const;
/** Of the second line, where there is one only. */
const CLEAR_LINE = '\r\x1b[2K';

/** Runs a sync in the terminal of a task: progress, a summary, and an exit code. Closing the terminal cancels the run. */
export class SyncTerminal implements vscode.Pseudoterminal {
  readonly #syncId: string;
  readonly #run: (options: RunOptions) => Promise<RunResult>;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #stop = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor(syncId: string, run: (options: RunOptions) => Promise<RunResult>) {
    this.#syncId = syncId;
    this.#run = run;
  }

  open(): void {
    void this.#work();
  }

  close(): void {
    this.#stop.abort();
  }

  handleInput(data: string): void {
    // Ctrl+C.
    if (data === '\x03') this.#stop.abort();
  }

  async #work(): Promise<void> {
    this.#line(`Running ${this.#syncId}`);
    const onProgress = ({ rows, bytes, percent, waiting }: RunProgress): void => {
      // Longer than a line may be: it stays.
      if (waiting !== undefined) this.#line(waitingText(waiting));
      else {
        const share = percent === undefined ? '' : ` · ${Math.floor(percent)}%`;
        this.#written.fire(`${CLEAR_LINE}${formatRowsSoFar(rows)} · ${formatBytes(bytes)}${share}`);
      }
    };
    try {
      const result = await this.#run({ quiet: true, signal: this.#stop.signal, onProgress });
      this.#written.fire(CLEAR_LINE);
      this.#line(`Exported ${resultText(result)}`);
      for (const { key } of result.files) this.#line(`  ${key}`);
      for (const warning of result.warnings ?? []) this.#line(`Warning: ${warning}`);
      this.#closed.fire(EXIT.completed);
    } catch (error) {
      const { status, problem } = outcomeOfError(error);
      this.#written.fire(CLEAR_LINE);
      if (problem !== undefined) {
        this.#line(`${status === 'failed' ? `Failed (${problem.code}): ` : ''}${problem.message}`);
        if (problem.fix !== undefined) this.#line(problem.fix);
      }
      this.#closed.fire(EXIT[status]);
    }
  }

  /** Text may be that of a workspace or of a store: nothing in it may steer the terminal. */
  #line(text: string): void {
    const lines = text.split(/\r?\n/).map((line) => line.replace(/\p{Cc}/gu, '\ufffd'));
    this.#written.fire(`${lines.join('\r\n')}\r\n`);
  }
}
