import { createHash } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { Arguments } from '../../../core/arguments.ts';
import { formatList } from '../../../core/format.ts';
import { ProblemError } from '../../../core/problem.ts';
import { MOST_DUE, parseSchedule, type Schedule } from '../../../core/sync/schedule/schedule.ts';
import { type MissedRuns, Scheduler } from '../../../core/sync/schedule/scheduler.ts';
import { Turns } from '../../../core/sync/schedule/turns.ts';
import { Watch } from '../../../core/sync/schedule/watch.ts';
import { allow, disallow, isAllowed } from '../../allowedFolders.ts';
import type { Call } from '../../commands.ts';
import type { Log } from '../../log.ts';
import { requireTrust } from '../../trust.ts';
import { RUNS_AT_ONCE } from '../runMany.ts';
import { SHOW_LOG, tellWarnings } from '../runWarnings.ts';
import type { SyncRuns } from '../runSync.ts';
import type { SyncFile, SyncFiles } from '../syncFiles.ts';
import { showErrorMessage, showInformationMessage, showWarningMessage } from '../../messages.ts';
import { ScheduleStatus, whenOf } from './scheduleStatus.ts';

const SETTING = 'syncs.allowSchedule';
/** In the workspace's memory on this machine: whether its schedule was offered. */
const OFFERED = 'syncs.scheduleOffered';
const SHOW_EVERY_MS = 60_000;
/** Of many syncs, only the first are named in a message. */
const NAMED = 10;

/** What a schedule needs of the extension. */
export interface ScheduleContext {
  log: Log;
  /** The folder in which windows write down which of them watches, and until when. */
  schedules: string;
  /** What the editor keeps of the workspace, outside of it. */
  memory: vscode.Memento;
}

/** Whether the schedule is on, and when syncs run next. Plain JSON. */
export interface ScheduleState {
  on: boolean;
  syncs: { syncId: string; schedule: string; next?: string }[];
}

interface Watching {
  file: SyncFile;
  scheduler: Scheduler;
}

/**
 * Runs syncs by their schedule while the editor is open, where the user has allowed it. A file of the workspace alone starts
 * nothing; it makes the editor ask, once.
 */
export class SyncSchedule implements vscode.Disposable {
  readonly #context: ScheduleContext;
  readonly #files: SyncFiles;
  readonly #runs: SyncRuns;
  readonly #status = new ScheduleStatus();
  readonly #watching = new Map<string, Watching>();
  /** Of runs that are due, each takes an exporter, and many may be due at six in the morning. */
  readonly #turns = new Turns(RUNS_AT_ONCE);
  /** What is due and waits for its turn. */
  readonly #waiting = new Set<string>();
  readonly #running: string[] = [];
  readonly #subscriptions: { dispose(): unknown }[];

  constructor(context: ScheduleContext, files: SyncFiles, runs: SyncRuns) {
    this.#context = context;
    this.#files = files;
    this.#runs = runs;
    const update = (): void => this.#update();
    // What runs next changes also while another window runs it.
    const timer = setInterval(() => this.#show(), SHOW_EVERY_MS);
    this.#subscriptions = [
      this.#status,
      { dispose: () => clearInterval(timer) },
      files.onDidChange(update),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`s3Destinations.${SETTING}`)) update();
      }),
    ];
  }

  /**
   * Says whether the schedule is on and what runs next, and switches it.
   * @param call `{on?}`; a person is asked
   * @throws ProblemError `invalid-argument`
   */
  async command({ given }: Call): Promise<ScheduleState> {
    requireTrust();
    const said = new Arguments(given ?? {});
    const wanted = said.has('on') ? said.flag('on', false) : undefined;
    await this.#files.refresh();
    const scheduled = this.#scheduled();
    const folders = foldersOf(scheduled);
    const on = given === undefined ? await this.#ask(scheduled) : wanted;
    await this.#context.memory.update(OFFERED, true);
    if (on === true) await allow(SETTING, folders);
    if (on === false) await disallow(SETTING, folders);
    this.#update();
    return this.#state();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const { scheduler } of this.#watching.values()) void scheduler.end();
  }

  /** The files with syncs that have a schedule, and those. */
  #scheduled(): { file: SyncFile; schedules: Map<string, Schedule> }[] {
    return this.#files.files.flatMap((file) => {
      const schedules = new Map<string, Schedule>();
      for (const { id, schedule } of file.parsed.syncs)
        if (schedule !== undefined) schedules.set(id, parseSchedule(schedule));
      return schedules.size === 0 ? [] : [{ file, schedules }];
    });
  }

  #isOn(scheduled: readonly { file: SyncFile }[]): boolean {
    return vscode.workspace.isTrusted && scheduled.length > 0 && isAllowed(SETTING, foldersOf(scheduled));
  }

  #update(): void {
    const scheduled = this.#scheduled();
    const on = this.#isOn(scheduled);
    const wanted = new Map(on ? scheduled.map((one) => [one.file.uri.toString(), one]) : []);
    for (const [key, { scheduler }] of this.#watching) {
      if (wanted.has(key)) continue;
      this.#watching.delete(key);
      void scheduler.end().then(() => this.#forget(key));
    }
    for (const [key, { file, schedules }] of wanted) {
      const watching = this.#watching.get(key) ?? { file, scheduler: this.#begin(file) };
      this.#watching.set(key, watching);
      watching.scheduler.set(schedules);
    }
    if (!on) void this.#offer(scheduled);
    this.#show();
  }

  #begin(file: SyncFile): Scheduler {
    return new Scheduler(new Watch(this.#fileOf(file.uri.toString())), {
      run: (syncId) => void this.#due(syncId, file.uri),
      missed: (runs) => void this.#tellMissed(runs, file.uri),
      failed: (error) => this.#context.log.error('The schedule could not be looked at.', error),
    });
  }

  #fileOf(key: string): string {
    return path.join(this.#context.schedules, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  }

  async #forget(key: string): Promise<void> {
    if (!this.#watching.has(key)) await new Watch(this.#fileOf(key)).forget(Date.now());
  }

  async #due(syncId: string, definition: vscode.Uri): Promise<void> {
    const file = definition.toString();
    const key = `${file}\n${syncId}`;
    if (this.#waiting.has(key)) {
      this.#context.log.warn(`${syncId} is due by its schedule again before its turn has come: this one is left out.`);
      return;
    }
    this.#waiting.add(key);
    await this.#turns.take(async () => {
      this.#waiting.delete(key);
      // The schedule may be off by now.
      if (this.#watching.has(file)) await this.#run(syncId, definition);
    });
  }

  async #run(syncId: string, definition: vscode.Uri): Promise<void> {
    const { log } = this.#context;
    if (this.#runs.stages({ syncId, definition }).length > 0) {
      log.warn(`${syncId} is due by its schedule, but a run of it is under way: this one is left out.`);
      return;
    }
    this.#running.push(syncId);
    this.#show();
    try {
      const result = await this.#runs.run({ syncId, definition }, { quiet: true, onProgress: () => undefined });
      log.info(`${syncId} was run by its schedule.`);
      void tellWarnings([result], 'A scheduled run has completed.');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.error(`${syncId}, run by its schedule: ${message}`, error);
      if (error instanceof ProblemError && error.code === 'cancelled') return;
      void showErrorMessage(`The scheduled run of ${syncId} failed. ${message}`, SHOW_LOG).then((answer) => {
        if (answer === SHOW_LOG) log.show();
      });
    } finally {
      this.#running.splice(this.#running.indexOf(syncId), 1);
      this.#show();
    }
  }

  async #tellMissed(runs: readonly MissedRuns[], definition: vscode.Uri): Promise<void> {
    const list = runs.map(({ syncId, times, last }) =>
      times === 1 ? `${syncId} (${whenOf(last)})` : `${syncId} (${timesText(times)}, last ${whenOf(last)})`,
    );
    const message = `Scheduled runs were missed while the editor was closed or the machine slept: ${formatList(list, NAMED)}.`;
    this.#context.log.warn(message);
    const runNow = runs.length === 1 ? 'Run Now' : 'Run Each Now';
    if ((await showWarningMessage(message, runNow)) !== runNow) return;
    for (const { syncId } of runs) await this.#run(syncId, definition);
  }

  /** Asks once whether syncs may run by themselves. */
  async #offer(scheduled: readonly { file: SyncFile; schedules: Map<string, Schedule> }[]): Promise<void> {
    const { memory } = this.#context;
    if (scheduled.length === 0 || !vscode.workspace.isTrusted || memory.get(OFFERED) === true) return;
    await memory.update(OFFERED, true);
    const ids = scheduled.flatMap(({ schedules }) => [...schedules.keys()]);
    const what = ids.length === 1 ? `The sync ${ids.join()} has` : `${ids.length} syncs of this workspace have`;
    const yes = 'Run by Schedule';
    const message = `${what} a schedule. Run ${ids.length === 1 ? 'it' : 'them'} while the editor is open?`;
    if ((await showInformationMessage(message, yes, 'No')) === yes) await allow(SETTING, foldersOf(scheduled));
  }

  async #ask(scheduled: readonly { file: SyncFile }[]): Promise<boolean | undefined> {
    const { on, syncs } = this.#state();
    const when = syncs.map(({ syncId, schedule, next }) =>
      next === undefined ? `${syncId}: ${schedule}` : `${syncId}: ${whenOf(new Date(next))}`,
    );
    if (scheduled.length === 0) {
      void showInformationMessage('No sync of this workspace has a “schedule”.');
      return undefined;
    }
    const toggle = {
      label: on ? '$(debug-pause) Turn the schedule off' : '$(play) Turn the schedule on',
      detail: formatList(when, NAMED),
    };
    const title = on ? 'Scheduled syncs run while the editor is open' : 'Scheduled syncs do not run';
    return (await vscode.window.showQuickPick([toggle], { title })) === undefined ? undefined : !on;
  }

  #state(): ScheduleState {
    const scheduled = this.#scheduled();
    const on = this.#isOn(scheduled);
    const now = new Date();
    return {
      on,
      syncs: scheduled.flatMap(({ schedules }) =>
        [...schedules].map(([syncId, schedule]) => {
          const next = on ? schedule.next(now) : undefined;
          return { syncId, schedule: schedule.text, ...(next === undefined ? {} : { next: next.toISOString() }) };
        }),
      ),
    };
  }

  #show(): void {
    const next = [...this.#watching.values()].flatMap(({ scheduler }) =>
      [...scheduler.next()].map(([syncId, at]) => ({ syncId, at })),
    );
    this.#status.show(
      next.sort((a, b) => a.at.getTime() - b.at.getTime()),
      this.#running,
    );
  }
}

function timesText(times: number): string {
  // One of them may be due now, and is none that was missed.
  return `${times >= MOST_DUE - 1 ? 'at least ' : ''}${times} times`;
}

function foldersOf(scheduled: readonly { file: SyncFile }[]): string[] {
  return scheduled.map(({ file }) => file.folder.uri.fsPath);
}
