import * as vscode from 'vscode';
import { formatAge, formatRows } from '../../core/format.ts';
import { spanOf } from '../../core/sync/definition/checkSyncs.ts';
import type { CalledSync } from './calledSync.ts';
import type { LastRuns } from './lastRuns.ts';
import { modelUri } from './modelFile.ts';
import type { SyncRuns } from './runSync.ts';
import type { DefinedSync, SyncFiles } from './syncFiles.ts';

/** Lenses for more syncs would hide the text. */
const MOST = 200;
/** How often ages are told anew. */
const AGES_MS = 60_000;

/** Offers to run syncs where they stand: above their models, and in their definitions. */
export class SyncLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #files: SyncFiles;
  readonly #runs: SyncRuns;
  readonly #last: LastRuns;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: { dispose(): unknown }[];
  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(files: SyncFiles, runs: SyncRuns, last: LastRuns) {
    this.#files = files;
    this.#runs = runs;
    this.#last = last;
    const again = (): void => this.#changed.fire();
    const timer = setInterval(again, AGES_MS);
    this.#subscriptions = [
      ...[this.#changed, files.onDidChange(again), runs.onDidChange(again)],
      { dispose: () => clearInterval(timer) },
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const uri = document.uri.toString();
    const top = new vscode.Range(0, 0, 0, 0);
    const syncs = this.#files.syncs.filter(({ file, sync: { model } }) =>
      file.uri.toString() === uri ? true : model !== undefined && modelUri(file.folder, model).toString() === uri,
    );
    return syncs.slice(0, MOST).flatMap((defined) => {
      const isDefinition = defined.file.uri.toString() === uri;
      if (!isDefinition) return this.#lenses(defined, top, syncs.length > 1);
      const { offset } = spanOf(defined.sync, 'id');
      const at = document.positionAt(offset);
      return this.#lenses(defined, new vscode.Range(at, at), false);
    });
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #lenses({ file, sync }: DefinedSync, range: vscode.Range, named: boolean): vscode.CodeLens[] {
    const { id, destination } = sync;
    const called: CalledSync & { destination: string } = {
      ...({ kind: 'sync', syncId: id, definition: file.uri.toString() } as const),
      destination,
    };
    const lens = (title: string, command: string): vscode.CodeLens =>
      new vscode.CodeLens(range, { title, command: `s3Destinations.${command}`, arguments: [called] });
    const [stage] = this.#runs.stages({ syncId: id, definition: file.uri });
    const run = named ? `$(play) Run ${id}` : '$(play) Run';
    return [
      stage === undefined ? lens(run, 'runSync') : lens(`$(sync~spin) ${stage} – Cancel`, 'cancelSync'),
      lens('Preview', 'previewSync'),
      lens(this.#lastText(destination, id), 'showRunHistory'),
    ];
  }

  #lastText(destination: string, syncId: string): string {
    const last = this.#last.get(destination, syncId);
    if (last === undefined) return `not run here yet → ${destination}`;
    const age = formatAge(new Date(last.at));
    if (last.status === 'failed') return `failed ${age}: ${(last.code ?? '').replaceAll('-', ' ')}`;
    return `last run ${age}, ${formatRows(last.rows ?? 0)}`;
  }
}
