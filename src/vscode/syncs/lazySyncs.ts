import * as vscode from 'vscode';
import { ProblemError } from '../../core/problem.ts';
import { SYNCS_FILE } from '../../core/sync/definition/syncDefinition.ts';
import type { Call, Handler } from '../commands.ts';
import type { SqlExport } from '../exports/exportQuery.ts';
import type { Log } from '../log.ts';
import type { DefinedSync, DefinedSyncs } from '../outputs/definedSyncs.ts';
import { showErrorMessage } from '../messages.ts';
import type { Syncs, SyncsContext } from './syncs.ts';

/** Loads what is about syncs when it is first needed: by a command, or because the workspace defines some. */
export class LazySyncs implements vscode.Disposable, DefinedSyncs {
  readonly #context: SyncsContext;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChange = this.#changed.event;
  #syncs: Syncs | undefined;
  readonly #log: Log;
  readonly #subscriptions: { dispose(): unknown }[] = [];
  #loaded: Promise<Syncs> | undefined;

  constructor(context: Omit<SyncsContext, 'onChanged'>) {
    this.#context = { ...context, onChanged: () => this.#changed.fire(undefined) };
    this.#log = context.log;
    const { workspace } = vscode;
    const watcher = workspace.createFileSystemWatcher(`**/${SYNCS_FILE}`, false, true, true);
    const look = (): void => void this.#look();
    this.#subscriptions.push(watcher, watcher.onDidCreate(look));
    this.#subscriptions.push(workspace.onDidChangeWorkspaceFolders(look), workspace.onDidGrantWorkspaceTrust(look));
    this.#subscriptions.push(
      this.#changed,
      vscode.tasks.registerTaskProvider('s3Destinations', {
        provideTasks: async () => (await this.load()).tasks(),
        resolveTask: async (task) => (await this.load()).task(task),
      }),
    );
    look();
  }

  /** The syncs to a destination that are defined in the workspace, once they have been read. */
  of(destination: string): readonly DefinedSync[] {
    return this.#syncs?.definedAt(destination) ?? [];
  }

  /** The commands about syncs, by their names. */
  commands(): Record<string, Handler> {
    return {
      runSync: async (call) => (await this.load()).runSync(call),
      runAllSyncs: async (call) => (await this.load()).runAllSyncs(call),
      newSync: async (call) => (await this.load()).newSync(call),
      cancelSync: async (call) => (await this.load()).cancelSync(call),
      createModel: async (call) => (await this.load()).createModel(call),
      chooseSyncKey: async (call) => (await this.load()).chooseKey(call),
      scheduleSyncs: async (call) => (await this.load()).scheduleSyncs(call),
    };
  }

  async previewSync(call: Call): Promise<unknown> {
    return (await this.load()).previewSync(call);
  }

  /** Adds a sync that does what an export has done. Says what is in its way. */
  async saveAsSync(work: SqlExport): Promise<void> {
    try {
      await (await this.load()).saveAsSync(work);
    } catch (error) {
      this.#log.error('The export could not be saved as a sync.', error);
      const { message, fix = '' } = error instanceof ProblemError ? error.problem : { message: String(error) };
      void showErrorMessage(`${message} ${fix}`.trim());
    }
  }

  load(): Promise<Syncs> {
    this.#loaded ??= import('./syncs.ts').then(async ({ Syncs: Loaded }) => {
      const syncs = new Loaded(this.#context);
      this.#subscriptions.push(syncs);
      await syncs.files.refresh();
      this.#syncs = syncs;
      this.#changed.fire(undefined);
      return syncs;
    });
    return this.#loaded;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #look(): Promise<void> {
    if (this.#loaded !== undefined || !vscode.workspace.isTrusted) return;
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      const there = await vscode.workspace.fs.stat(vscode.Uri.joinPath(uri, SYNCS_FILE)).then(
        () => true,
        () => false,
      );
      if (!there) continue;
      this.load().catch((error: unknown) => this.#log.error('The syncs of the workspace could not be loaded.', error));
      return;
    }
  }
}
