import * as vscode from 'vscode';
import type { RunPreview } from '../../core/sync/previewRun.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { SqlExport } from '../exports/exportQuery.ts';
import type { Call } from '../commands.ts';
import type { Log } from '../log.ts';
import { exportOf, readSync, SyncRuns } from './runSync.ts';
import { chosenSync, namedSync, type SyncName } from './syncChoice.ts';
import { SyncFiles } from './syncFiles.ts';

/** What syncs need of the extension. */
export interface SyncsContext {
  log: Log;
  /** Exports what is known in full. */
  exportSql: (work: SqlExport) => Promise<RunResult>;
  /** Says what such an export would do. */
  previewSql: (work: SqlExport, show: boolean) => Promise<RunPreview>;
}

/** The syncs that the workspace defines: everything about them that is not needed when the extension starts. */
export class Syncs implements vscode.Disposable {
  readonly #context: SyncsContext;
  readonly files: SyncFiles;
  readonly runs: SyncRuns;

  constructor(context: SyncsContext) {
    this.#context = context;
    this.files = new SyncFiles(context.log);
    this.runs = new SyncRuns(this.files, context.exportSql);
  }

  /** Runs one sync. @throws ProblemError; nothing of the run is visible then */
  async runSync(call: Call): Promise<RunResult> {
    return this.runs.run(await this.#nameOf(call, 'Run Sync'), {
      interactive: call.given === undefined,
      inputs: call.given?.inputs,
    });
  }

  /** Says what a run of a sync would do. Nothing is written. @throws ProblemError */
  async previewSync(call: Call): Promise<RunPreview> {
    const name = await this.#nameOf(call, 'Preview Sync');
    const work = await exportOf(await readSync(this.files, name), call.given?.inputs);
    const interactive = call.given === undefined;
    return this.#context.previewSql({ ...work, interactive }, call.given?.show !== false);
  }

  dispose(): void {
    for (const part of [this.files, this.runs]) part.dispose();
  }

  #nameOf({ given, called }: Call, title: string): Promise<SyncName> {
    return given === undefined ? chosenSync(this.files, called, title) : namedSync(this.files, given);
  }
}
