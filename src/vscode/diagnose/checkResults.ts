import * as vscode from 'vscode';
import type { CheckResult } from '../../core/diagnose/checkResult.ts';
import type { Problem } from '../../core/problem.ts';

/** Takes what comes of something that is done at a destination. None of it is heard once that has become another one. */
export interface Finding {
  /** Remembers a check. @returns whether the destination is still the one that was checked */
  checked(result: CheckResult): boolean;
  /** Remembers that a run has failed because of its destination. */
  failed(problem: Problem): void;
  /** Remembers that the destination works. */
  succeeded(): void;
}

/** What was found out last about each destination, as long as the window is open. */
export class CheckResults implements vscode.Disposable {
  readonly #results = new Map<string, CheckResult>();
  readonly #problems = new Map<string, Problem>();
  /** How many destinations there were before, by the name. */
  readonly #before = new Map<string, number>();
  readonly #changed = new vscode.EventEmitter<string>();
  /** Fires with a destination's name when something new is known of it. */
  readonly onDidChange = this.#changed.event;

  /** The last check of a destination. */
  get(destination: string): CheckResult | undefined {
    return this.#results.get(destination);
  }

  /** What went wrong with a destination last, unless something has succeeded there since. */
  problem(destination: string): Problem | undefined {
    return this.#problems.get(destination);
  }

  /** To be called before something is done at a destination, whose name may be another one's when that has ended. */
  begin(destination: string): Finding {
    const before = this.#before.get(destination);
    const isThere = (): boolean => this.#before.get(destination) === before;
    return {
      checked: (result) => {
        if (!isThere()) return false;
        this.#checked(result);
        return true;
      },
      failed: (problem) => {
        if (!isThere()) return;
        this.#problems.set(destination, problem);
        this.#changed.fire(destination);
      },
      succeeded: () => {
        if (isThere() && this.#problems.delete(destination)) this.#changed.fire(destination);
      },
    };
  }

  /** Forgets all about a destination, as it is another one now. */
  forget(destination: string): void {
    this.#before.set(destination, (this.#before.get(destination) ?? 0) + 1);
    const known = this.#results.delete(destination);
    if (this.#problems.delete(destination) || known) this.#changed.fire(destination);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #checked(result: CheckResult): void {
    this.#results.set(result.destination, result);
    const failed = result.checks.find(({ status, optional }) => status === 'failed' && optional !== true);
    if (failed?.problem === undefined) this.#problems.delete(result.destination);
    else this.#problems.set(result.destination, failed.problem);
    this.#changed.fire(result.destination);
  }
}
