import * as vscode from 'vscode';
import { invalidArgument, ProblemError } from '../../core/problem.ts';
import { spanOf } from '../../core/sync/definition/checkSyncs.ts';
import { findSync } from '../../core/sync/definition/findSync.ts';
import { RunQueue, type RunStage, WHEN_RUNNING, type WhenRunning } from '../../core/sync/runQueue.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import { shownError } from '../commands.ts';
import type { SqlExport } from '../exports/exportQuery.ts';
import type { SqlSource } from '../exports/sqlSource.ts';
import type { Log } from '../log.ts';
import { requireTrust } from '../trust.ts';
import type { LastRuns } from './lastRuns.ts';
import { readModel } from './modelFile.ts';
import type { SyncName } from './syncChoice.ts';
import type { DefinedSync, SyncFile, SyncFiles } from './syncFiles.ts';
import { TextPlaces } from './textPlaces.ts';

/** How a run is asked for. */
export interface RunOptions extends Pick<SqlExport, 'interactive' | 'signal' | 'quiet' | 'onProgress'> {
  /** Values for inputs of the query, which come before those of the definition. */
  inputs?: unknown;
}

/** Runs syncs as they are defined, each of them once at a time. */
export class SyncRuns implements vscode.Disposable {
  readonly #files: SyncFiles;
  readonly #export: (work: SqlExport) => Promise<RunResult>;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #queue = new RunQueue(() => this.#changed.fire(undefined));
  /** Fires when a run begins to wait, begins or ends. */
  readonly onDidChange = this.#changed.event;

  readonly #last: LastRuns;
  readonly #log: Log;
  /** What stops the runs of each sync. */
  readonly #stops = new Map<string, Set<AbortController>>();

  /** @param exportSql runs what is known in full */
  constructor(files: SyncFiles, exportSql: (work: SqlExport) => Promise<RunResult>, last: LastRuns, log: Log) {
    this.#files = files;
    this.#export = exportSql;
    this.#last = last;
    this.#log = log;
  }

  /** How far the runs of a sync are that have not ended. */
  stages(name: SyncName): readonly RunStage[] {
    return this.#queue.stages(keyOf(name));
  }

  /**
   * Runs a sync. The definition and the model are read when the run begins; what changes later is for the next run.
   * @throws ProblemError that may be shown; nothing of the run is visible then
   */
  async run(name: SyncName, { inputs, signal, ...options }: RunOptions = {}): Promise<RunResult> {
    requireTrust();
    const stop = new AbortController();
    const any = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    const key = keyOf(name);
    const stops = this.#stops.get(key) ?? new Set();
    this.#stops.set(key, stops.add(stop));
    try {
      return await this.#queue.run(
        key,
        whenRunning(),
        () => this.#begin(name, inputs, { ...options, signal: any }),
        any,
      );
    } catch (error) {
      // Tasks, schedules and runs of several show it themselves.
      throw shownError(error, this.#log);
    } finally {
      stops.delete(stop);
      if (stops.size === 0) this.#stops.delete(key);
    }
  }

  /** Cancels the runs of a sync, those that wait among them. @returns how many */
  cancel(name: SyncName): number {
    const stops = [...(this.#stops.get(keyOf(name)) ?? [])];
    for (const stop of stops) stop.abort();
    return stops.length;
  }

  async #begin(name: SyncName, inputs: unknown, options: RunOptions): Promise<RunResult> {
    const work = { ...(await exportOf(await readSync(this.#files, name), inputs)), ...options, isDefined: true };
    const { destination } = work;
    try {
      const result = await this.#export(work);
      await this.#last.completed(destination, result);
      return result;
    } catch (error) {
      const code = error instanceof ProblemError ? error.code : 'upload-failed';
      if (code !== 'cancelled') await this.#last.failed(destination, name.syncId, code);
      throw error;
    }
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** Reads a sync as it is defined now. @throws ProblemError `invalid-argument` when it cannot run */
export async function readSync(files: SyncFiles, { syncId, definition }: SyncName): Promise<DefinedSync> {
  const file = await readFile(files, definition);
  return { file, sync: findSync(file.parsed, syncId, vscode.workspace.asRelativePath(definition)) };
}

/** A sync as it is defined now, whether or not it can run. @throws ProblemError `invalid-argument` when there is none */
export async function definedSync(files: SyncFiles, { syncId, definition }: SyncName): Promise<DefinedSync> {
  const file = await readFile(files, definition);
  const sync = file.parsed.syncs.find(({ id }) => id === syncId);
  if (sync === undefined)
    throw invalidArgument(`There is no sync ${syncId} in ${vscode.workspace.asRelativePath(definition)}.`);
  return { file, sync };
}

async function readFile(files: SyncFiles, definition: vscode.Uri): Promise<SyncFile> {
  const folder = files.folderOf(definition);
  const file = folder === undefined ? undefined : await files.read(folder);
  if (file === undefined) throw invalidArgument(`There is no file ${vscode.workspace.asRelativePath(definition)}.`);
  return file;
}

/**
 * The export that a sync stands for. Reads its model.
 * @param inputs values for inputs of the query, which come before those of the definition
 * @throws ProblemError `source-missing`, `invalid-argument`
 */
export async function exportOf(defined: DefinedSync, inputs?: unknown): Promise<SqlExport> {
  const { id, destination, how } = defined.sync;
  return {
    destination,
    syncId: id,
    given: inputs === undefined ? how : { ...how, inputs: together(how.inputs, inputs) },
    source: await sourceOf(defined),
  };
}

/** The query of a sync. Reads its model. @throws ProblemError `source-missing`, `invalid-argument` */
export async function sourceOf({ file: { folder, uri, text }, sync }: DefinedSync): Promise<SqlSource> {
  const { model, sql = '', id: syncId } = sync;
  if (model !== undefined) return readModel(folder, model);
  const range = new TextPlaces(text).range(spanOf(sync, 'sql'));
  return { sql, definedIn: { uri, text, syncId, range }, workingDirectory: folder.uri.fsPath };
}

function together(defined: unknown, given: unknown): unknown {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
    ? { ...Object(defined), ...given }
    : given;
}

function keyOf({ syncId, definition }: SyncName): string {
  return `${definition.toString()}\n${syncId}`;
}

function whenRunning(): WhenRunning {
  const value = vscode.workspace.getConfiguration('s3Destinations').get<unknown>('syncs.whenRunning');
  return WHEN_RUNNING.find((known) => known === value) ?? 'queue';
}
