import * as vscode from 'vscode';
import { isDenial, type ProblemError } from '../../core/problem.ts';
import { rejectCleanly } from '../commands.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import { fileOfUri, OBJECT_SCHEME } from './objectUri.ts';

/** What the file system needs of the extension. */
export interface FileSystemContext {
  destinations: DestinationStore;
  stores: Stores;
  log: Log;
}

/** The file system in which the objects below the destinations' prefixes are files that can be read. */
export class ObjectFileSystem implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #context: FileSystemContext;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #registration: vscode.Disposable;
  /** What somebody has open or watches is, as far as the editor was told, by its URI. */
  readonly #told = new Map<string, string>();
  readonly #watched = new Set<{ uri: vscode.Uri }>();
  readonly onDidChangeFile = this.#changed.event;

  constructor(context: FileSystemContext) {
    this.#context = context;
    const isReadonly = new vscode.MarkdownString('What an export has put there is only read here.');
    const options = { isCaseSensitive: true, isReadonly };
    this.#registration = vscode.workspace.registerFileSystemProvider(OBJECT_SCHEME, this, options);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }

  /**
   * Looks whether what is open is still what it was, and tells the editor of what is not: a store tells nobody of changes.
   * Never throws. @param destination where something may have changed; anywhere, if it is missing
   */
  async look(destination?: string): Promise<void> {
    const documents = vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === OBJECT_SCHEME);
    const open = new Map([...documents, ...this.#watched].map(({ uri }) => [uri.toString(), uri]));
    for (const id of [...this.#told.keys()]) if (!open.has(id)) this.#told.delete(id);
    for (const [id, uri] of open) {
      const file = fileOfUri(uri);
      if (destination !== undefined && file.destination !== destination) continue;
      const { lookAtFile } = await import('./looking.ts');
      const stat = await lookAtFile(this.#context, file);
      const before = this.#told.get(id);
      if (stat === undefined || markOf(stat) === before) continue;
      this.#told.set(id, markOf(stat));
      const { Changed, Created, Deleted } = vscode.FileChangeType;
      const type = stat === 'gone' ? Deleted : before === 'gone' ? Created : Changed;
      if (before !== undefined) this.#changed.fire([{ type, uri }]);
    }
  }

  watch(uri: vscode.Uri): vscode.Disposable {
    const watched = { uri };
    this.#watched.add(watched);
    return new vscode.Disposable(() => this.#watched.delete(watched));
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const stat = await this.#read(uri, (files) => files.statFile(this.#context, fileOfUri(uri)));
    // What was told stays, also where others have looked at the file since: who has it open has not.
    if (!this.#told.has(uri.toString())) this.#told.set(uri.toString(), markOf(stat));
    return stat;
  }

  readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return this.#read(uri, (files) => files.listFolder(this.#context, fileOfUri(uri)));
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#read(uri, (files) => files.readFile(this.#context, fileOfUri(uri)));
  }

  createDirectory(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  delete(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  rename(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  async #read<R>(uri: vscode.Uri, work: (files: typeof import('./looking.ts')) => Promise<R>): Promise<R> {
    const files = await import('./looking.ts');
    try {
      return await rejectCleanly(`Read ${uri.path}`, this.#context.log, () => work(files), ['source-missing']);
    } catch (error) {
      throw fileSystemError(error as ProblemError);
    }
  }
}

/** What tells a file from what it was before. */
function markOf(stat: vscode.FileStat | 'gone'): string {
  return stat === 'gone' ? stat : `${stat.mtime} ${stat.size}`;
}

function readOnly(uri: vscode.Uri): vscode.FileSystemError {
  return vscode.FileSystemError.NoPermissions(uri);
}

/** The editor's own error for what went wrong, in the words of the problem. */
function fileSystemError(error: ProblemError): vscode.FileSystemError {
  const { code, message, fix } = error.problem;
  const text = fix === undefined ? message : `${message} ${fix}`;
  if (code === 'source-missing') return vscode.FileSystemError.FileNotFound(text);
  if (isDenial(error)) return vscode.FileSystemError.NoPermissions(text);
  return vscode.FileSystemError.Unavailable(text);
}
