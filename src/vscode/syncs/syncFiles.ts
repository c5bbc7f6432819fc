import * as vscode from 'vscode';
import { parseSyncs, unreadableFile } from '../../core/sync/definition/parseSyncs.ts';
import { type ParsedSyncs, type SyncDefinition, SYNCS_FILE } from '../../core/sync/definition/syncDefinition.ts';
import type { Log } from '../log.ts';
import { fileText } from './fileText.ts';
import { leadsOut } from './links.ts';

/** A file of definitions, as it was read. */
export interface SyncFile {
  /** The workspace folder whose syncs it defines. */
  folder: vscode.WorkspaceFolder;
  uri: vscode.Uri;
  /** Empty where it cannot be read. */
  text: string;
  isRead: boolean;
  parsed: ParsedSyncs;
}

/** A sync and the file that defines it, as both were read. */
export interface DefinedSync {
  file: SyncFile;
  sync: SyncDefinition;
}

/** How long after a change the files are read: somebody may be typing. */
const SETTLE_MS = 300;

/**
 * The definitions of all workspace folders. Files are taken as they stand in the editor, saved or not, and read anew when
 * they change. In a workspace that is not trusted, none is read.
 */
export class SyncFiles implements vscode.Disposable {
  readonly #log: Log;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscriptions: { dispose(): unknown }[] = [this.#changed];
  #watchers: { dispose(): unknown }[] = [];
  #files: SyncFile[] = [];
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  /** Fires when the definitions may be others than before. */
  readonly onDidChange = this.#changed.event;

  constructor(log: Log) {
    this.#log = log;
    const { workspace } = vscode;
    this.#subscriptions.push(
      workspace.onDidChangeWorkspaceFolders(() => {
        this.#watch();
        this.#soon();
      }),
      workspace.onDidGrantWorkspaceTrust(() => this.#soon()),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && this.folderOf(document.uri) !== undefined) this.#soon();
      }),
      // Changes that were not saved are gone.
      workspace.onDidCloseTextDocument(({ uri }) => {
        if (this.folderOf(uri) !== undefined) this.#soon();
      }),
    );
    this.#watch();
  }

  /** The files as they were read last. */
  get files(): readonly SyncFile[] {
    return this.#files;
  }

  /** All syncs that are defined, as they were read last. */
  get syncs(): DefinedSync[] {
    return this.#files.flatMap((file) => file.parsed.syncs.map((sync) => ({ file, sync })));
  }

  /** The workspace folder whose syncs a file defines, if it is such a file. */
  folderOf(uri: vscode.Uri): vscode.WorkspaceFolder | undefined {
    const wanted = uri.toString();
    return (vscode.workspace.workspaceFolders ?? []).find((folder) => syncsFile(folder).toString() === wanted);
  }

  /** Reads all files as they are now. */
  refresh(): Promise<void> {
    clearTimeout(this.#timer);
    // What changes while they are read is read after it.
    const reading = (this.#reading ?? Promise.resolve()).then(() => this.#readAll());
    this.#reading = reading;
    return reading;
  }

  /** A folder's file as it is now; undefined if it has none. That it cannot be read is found in it. */
  async read(folder: vscode.WorkspaceFolder): Promise<SyncFile | undefined> {
    if (!vscode.workspace.isTrusted) return undefined;
    const uri = syncsFile(folder);
    try {
      if (await leadsOut(folder, uri)) throw new Error('It is a link that leads out of the workspace.');
      const text = await fileText(uri);
      if (text === undefined) return undefined;
      const known = this.#files.find((file) => file.uri.toString() === uri.toString());
      if (known?.text === text && known.isRead) return { ...known, folder };
      return { folder, uri, text, isRead: true, parsed: parseSyncs(text) };
    } catch (error) {
      this.#log.error(`${vscode.workspace.asRelativePath(uri, true)} could not be read.`, error);
      const reason = error instanceof Error ? error.message : String(error);
      return { folder, uri, text: '', isRead: false, parsed: unreadableFile(reason) };
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of [...this.#watchers, ...this.#subscriptions]) subscription.dispose();
  }

  #watch(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = (vscode.workspace.workspaceFolders ?? []).flatMap((folder) => {
      // When the folder goes, nothing is said of the file in it.
      const pattern = new vscode.RelativePattern(folder, `{.vscode,${SYNCS_FILE}}`);
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      const soon = (): void => this.#soon();
      return [watcher, watcher.onDidChange(soon), watcher.onDidCreate(soon), watcher.onDidDelete(soon)];
    });
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), SETTLE_MS);
  }

  async #readAll(): Promise<void> {
    const files: SyncFile[] = [];
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const file = await this.read(folder);
      if (file !== undefined) files.push(file);
    }
    this.#files = files;
    this.#changed.fire(undefined);
  }
}

/** Where the syncs of a workspace folder are defined. */
export function syncsFile(folder: vscode.WorkspaceFolder): vscode.Uri {
  return vscode.Uri.joinPath(folder.uri, SYNCS_FILE);
}
