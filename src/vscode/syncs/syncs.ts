import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { formatSyncs } from '../../core/format.ts';
import { invalidArgument } from '../../core/problem.ts';
import { modelPathBreach } from '../../core/sync/definition/modelPath.ts';
import type { RunPreview } from '../../core/sync/previewRun.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { SqlExport } from '../exports/exportQuery.ts';
import type { Call } from '../commands.ts';
import { chooseKey } from './chooseKey.ts';
import { SyncFixes } from './problems/syncFixes.ts';
import { type ProblemsContext, SyncProblems } from './problems/syncProblems.ts';
import { asSync } from './calledSync.ts';
import type { DefinedSync } from '../outputs/definedSyncs.ts';
import { LastRuns } from './lastRuns.ts';
import { resultsOf, runMany, tellOutcomes } from './runMany.ts';
import type { RunOutcome } from './runOutcome.ts';
import { definedSync, exportOf, readSync, SyncRuns } from './runSync.ts';
import { tellWarnings } from './runWarnings.ts';
import { createModel } from './createModel.ts';
import { requireTrust } from '../trust.ts';
import { chosenSync, definitionOf, namedSync, type SyncName } from './syncChoice.ts';
import { addDefinition, definitionFrom, definitionOfExport, folderFor } from './newSync.ts';
import { SyncLenses } from './syncLenses.ts';
import { spanOf } from '../../core/sync/definition/checkSyncs.ts';
import { SyncCompletions } from './syncCompletions.ts';
import { type ScheduleContext, type ScheduleState, SyncSchedule } from './schedule/syncSchedule.ts';
import { type SyncFile, SyncFiles } from './syncFiles.ts';
import { provideTasks, resolveTask } from './syncTasks.ts';
import { SYNCS_FILE } from '../../core/sync/definition/syncDefinition.ts';

/** Files of definitions, in whatever language the editor takes them for. */
const DEFINITIONS: vscode.DocumentFilter = { pattern: `**/${SYNCS_FILE}` };

/** What syncs need of the extension. */
export interface SyncsContext extends ProblemsContext, ScheduleContext {
  /** Exports what is known in full. */
  exportSql: (work: SqlExport) => Promise<RunResult>;
  /** Says what such an export would do. */
  previewSql: (work: SqlExport, show: boolean) => Promise<RunPreview>;
  /** Asks for all of an export, as exporting a query does. */
  askForExport: (called: unknown, title: string) => Promise<SqlExport>;
  /** Called when the syncs, or what is known of them, may be others than before. */
  onChanged: () => void;
}

/** The syncs that the workspace defines: everything about them that is not needed when the extension starts. */
export class Syncs implements vscode.Disposable {
  readonly #context: SyncsContext;
  readonly files: SyncFiles;
  readonly runs: SyncRuns;
  readonly last: LastRuns;
  readonly #problems: SyncProblems;
  readonly #subscriptions: { dispose(): unknown }[] = [];
  readonly #schedule: SyncSchedule;

  constructor(context: SyncsContext) {
    this.#context = context;
    this.files = new SyncFiles(context.log);
    this.last = new LastRuns(context.memory);
    this.runs = new SyncRuns(this.files, context.exportSql, this.last, context.log);
    this.#problems = new SyncProblems(this.files, context);
    this.#schedule = new SyncSchedule(context, this.files, this.runs);
    const completions = new SyncCompletions(this.files, this.#problems, context.destinations);
    const { languages } = vscode;
    const lenses = new SyncLenses(this.files, this.runs, this.last);
    this.#subscriptions.push(
      ...[
        lenses,
        languages.registerCodeLensProvider([{ language: 'sql' }, { pattern: '**/*.sql' }, DEFINITIONS], lenses),
      ],
      ...[this.#schedule, this.files, this.runs, this.#problems],
      ...[this.files.onDidChange(context.onChanged), this.runs.onDidChange(context.onChanged)],
      this.#problems.onDidChange(context.onChanged),
      languages.registerCodeActionsProvider(DEFINITIONS, new SyncFixes(this.files, this.#problems), {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
      languages.registerCompletionItemProvider(DEFINITIONS, completions, '"', ':', ' '),
      languages.registerHoverProvider(DEFINITIONS, completions),
    );
  }

  /** Runs one sync, or all that are selected. @throws ProblemError; nothing of the run is visible then */
  async runSync(call: Call): Promise<RunResult | { runs: RunOutcome[] }> {
    const selected = call.given === undefined ? call.selected.map(asSync).filter((sync) => sync !== undefined) : [];
    if (selected.length > 1) {
      const names: SyncName[] = [];
      for (const sync of selected) names.push(await chosenSync(this.files, sync, 'Run Sync'));
      return this.#runMany(names, true);
    }
    return this.runs.run(await this.#nameOf(call, 'Run Sync'), {
      interactive: call.given === undefined,
      inputs: call.given?.inputs,
    });
  }

  /**
   * Runs all syncs of the workspace.
   * @param given `{syncIds?, definition?}`: only these, only those of a file
   * @throws ProblemError `invalid-argument` when there is none; runs that fail are no error
   */
  async runAllSyncs({ given }: Call): Promise<{ runs: RunOutcome[] }> {
    requireTrust();
    await this.files.refresh();
    const wanted = given === undefined ? undefined : new Arguments(given);
    if (wanted?.has('syncIds') === true) {
      const ids = wanted.raw('syncIds');
      if (!Array.isArray(ids)) throw invalidArgument('“syncIds” must be an array of sync ids.');
      const names: SyncName[] = [];
      for (const syncId of ids as unknown[]) names.push(await namedSync(this.files, { ...given, syncId }));
      return this.#runMany(names, false);
    }
    const only = wanted?.has('definition') === true ? definitionOf(this.files, wanted.raw('definition')) : undefined;
    const names = this.files.syncs
      .map(({ file, sync }): SyncName => ({ syncId: sync.id, definition: file.uri }))
      .filter(({ definition }) => only === undefined || definition.toString() === only.toString());
    if (names.length === 0) throw invalidArgument(`There are no syncs in ${SYNCS_FILE}.`);
    return this.#runMany(names, given === undefined);
  }

  /**
   * Adds a sync to the definitions: as it is given, or by asking for it.
   * @param given `{syncId, destination, model | sql, …}`, all that a definition may say; `definition` is the file's URI
   * @throws ProblemError `invalid-argument`, `cancelled`; nothing is written then
   */
  async newSync({ given, called }: Call): Promise<{ syncId: string; definition: string }> {
    requireTrust();
    if (given === undefined) return this.saveAsSync(await this.#context.askForExport(called, 'New Sync'));
    const folder =
      given.definition === undefined
        ? folderFor({ sql: '', workingDirectory: '' })
        : this.files.folderOf(definitionOf(this.files, given.definition));
    if (folder === undefined) throw invalidArgument('“definition” must be the file of a workspace folder.');
    const definition = definitionFrom(given);
    const uri = await addDefinition(folder, definition);
    await this.files.refresh();
    return { syncId: definition.id, definition: uri.toString() };
  }

  /** Adds a sync that does what an export has done, and shows it. @throws ProblemError `invalid-argument` */
  async saveAsSync(work: SqlExport): Promise<{ syncId: string; definition: string }> {
    const folder = folderFor(work.source);
    const definition = await definitionOfExport(work, folder);
    const uri = await addDefinition(folder, definition);
    await this.files.refresh();
    const editor = await vscode.window.showTextDocument(uri);
    const defined = this.files.syncs.find(
      ({ file, sync }) => file.uri.toString() === uri.toString() && sync.id === definition.id,
    );
    if (defined !== undefined) {
      const { offset, length } = spanOf(defined.sync, 'id');
      const { document } = editor;
      editor.selection = new vscode.Selection(document.positionAt(offset), document.positionAt(offset + length));
      editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
    return { syncId: definition.id, definition: uri.toString() };
  }

  /** Cancels the runs of a sync. @throws ProblemError `invalid-argument` when there is no such sync */
  async cancelSync(call: Call): Promise<{ cancelled: number }> {
    return { cancelled: this.runs.cancel(await this.#nameOf(call, 'Cancel Sync')) };
  }

  /** The syncs as tasks. */
  tasks(): vscode.Task[] {
    return provideTasks(this);
  }

  /** A task of `tasks.json` as one that can run; undefined where it names no sync. */
  task(task: vscode.Task): vscode.Task | undefined {
    return resolveTask(this, task);
  }

  /** The syncs to a destination, as the tree shows them. */
  definedAt(destination: string): DefinedSync[] {
    const syncs = this.files.syncs.filter(({ sync }) => sync.destination === destination);
    const folders = new Map<string, Set<SyncFile>>();
    for (const { file, sync } of syncs) folders.set(sync.id, (folders.get(sync.id) ?? new Set()).add(file));
    return syncs.map(({ file, sync }) => {
      const { id, kind, mode, index } = sync;
      const isOnly = folders.get(id)?.size === 1;
      const [activity] = this.runs.stages({ syncId: id, definition: file.uri });
      const problem = this.#problems.of(file.uri, index);
      return {
        ...{ syncId: id, kind, mode },
        // Of several in one place, a person says which.
        ...(isOnly ? { definition: file.uri } : {}),
        ...(activity === undefined ? {} : { activity }),
        ...(problem === undefined ? {} : { problem }),
      };
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

  async #runMany(names: readonly SyncName[], tell: boolean): Promise<{ runs: RunOutcome[] }> {
    const runs = await runMany(this.runs, names);
    const again = (failed: RunOutcome[]): void => {
      const rest = failed.map(({ syncId, definition }): SyncName => ({
        syncId,
        definition: vscode.Uri.parse(definition),
      }));
      void this.#runMany(rest, true);
    };
    // Whoever has called is given the rest; warnings are shown as those of a single run are.
    void (tell ? tellOutcomes(runs, again) : tellWarnings(resultsOf(runs), `Ran ${formatSyncs(runs.length)}.`));
    return { runs };
  }

  #nameOf({ given, called }: Call, title: string): Promise<SyncName> {
    return given === undefined ? chosenSync(this.files, called, title) : namedSync(this.files, given);
  }
}
