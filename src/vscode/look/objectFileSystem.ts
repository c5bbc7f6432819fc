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

/** Registers the file system in which the objects below the destinations' prefixes are files that can be read. */
export function registerObjectFileSystem(context: FileSystemContext): vscode.Disposable {
  const isReadonly = new vscode.MarkdownString('What an export has put there is only read here.');
  const provider = new ObjectFileSystem(context);
  return vscode.workspace.registerFileSystemProvider(OBJECT_SCHEME, provider, { isCaseSensitive: true, isReadonly });
}

class ObjectFileSystem implements vscode.FileSystemProvider {
  readonly #context: FileSystemContext;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;

  constructor(context: FileSystemContext) {
    this.#context = context;
  }

  watch(): vscode.Disposable {
    // A store tells nobody of changes.
    return new vscode.Disposable(() => undefined);
  }

  stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.#read(uri, (files) => files.statFile(this.#context, fileOfUri(uri)));
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
