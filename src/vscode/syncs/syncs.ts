import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { invalidArgument } from '../../core/problem.ts';
import { modelPathBreach } from '../../core/sync/definition/modelPath.ts';
import type { RunPreview } from '../../core/sync/previewRun.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { SqlExport } from '../exports/exportQuery.ts';
import type { Call } from '../commands.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import { chooseKey } from './chooseKey.ts';
import { SyncFixes } from './problems/syncFixes.ts';
import { type ProblemsContext, SyncProblems } from './problems/syncProblems.ts';
import { definedSync, exportOf, readSync, SyncRuns } from './runSync.ts';
import { createModel } from './createModel.ts';
import { requireTrust } from '../trust.ts';
import { chosenSync, definitionOf, namedSync, type SyncName } from './syncChoice.ts';
import { SyncCompletions } from './syncCompletions.ts';
import { type ScheduleContext, type ScheduleState, SyncSchedule } from './schedule/syncSchedule.ts';
import { SyncFiles } from './syncFiles.ts';
import { SYNCS_FILE } from '../../core/sync/definition/syncDefinition.ts';

/** Files of definitions, in whatever language the editor takes them for. */
const DEFINITIONS: vscode.DocumentFilter = { pattern: `**/${SYNCS_FILE}` };

/** What syncs need of the extension. */
export interface SyncsContext extends ProblemsContext, ScheduleContext {
  destinations: DestinationStore;
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
  readonly #problems: SyncProblems;
  readonly #subscriptions: { dispose(): unknown }[] = [];
  readonly #schedule: SyncSchedule;

  constructor(context: SyncsContext) {
    this.#context = context;
    this.files = new SyncFiles(context.log);
    this.runs = new SyncRuns(this.files, context.exportSql);
    this.#problems = new SyncProblems(this.files, context);
    this.#schedule = new SyncSchedule(context, this.files, this.runs);
    const completions = new SyncCompletions(this.files, this.#problems, context.destinations);
    const { languages } = vscode;
    this.#subscriptions.push(
      ...[this.#schedule, this.files, this.runs, this.#problems],
      languages.registerCodeActionsProvider(DEFINITIONS, new SyncFixes(this.files, this.#problems), {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
      languages.registerCompletionItemProvider(DEFINITIONS, completions, '"', ':', ' '),
      languages.registerHoverProvider(DEFINITIONS, completions),
    );
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

  /** Asks for the key of a sync, and writes it into its definition. @throws ProblemError */
  async chooseKey(call: Call): Promise<{ primaryKey: string[] }> {
    const defined = await definedSync(this.files, await this.#nameOf(call, 'Choose Key of Sync'));
    return chooseKey(defined, await this.#problems.models.columns(defined));
  }

  /** Makes the model that a definition names. @param given `{model, definition}` @throws ProblemError `invalid-argument` */
  async createModel({ given = {} }: Call): Promise<{ uri: string }> {
    requireTrust();
    const argument = new Arguments(given);
    const model = argument.text('model');
    argument.refuse('model', modelPathBreach(model));
    const folder = this.files.folderOf(definitionOf(this.files, argument.raw('definition')));
    if (folder === undefined) throw invalidArgument('“definition” must be the file of a workspace folder.');
    return createModel(folder, model);
  }

  dispose(): void {
    for (const part of this.#subscriptions) part.dispose();
  }

  /** Says whether syncs run by their schedule, and switches it. */
  scheduleSyncs(call: Call): Promise<ScheduleState> {
    return this.#schedule.command(call);
  }

  #nameOf({ given, called }: Call, title: string): Promise<SyncName> {
    return given === undefined ? chosenSync(this.files, called, title) : namedSync(this.files, given);
  }
}
