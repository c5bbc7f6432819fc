import * as vscode from 'vscode';
import type { Problem } from '../../core/problem.ts';
import { fileText } from '../syncs/fileText.ts';
import type { SqlSource } from './sqlSource.ts';

/** What is wrong with a query, and the text of its file in which it was found. */
interface Found {
  diagnostic: vscode.Diagnostic;
  text: string;
}

/** Shows what is wrong with a query as a problem of its `.sql` file, or of the definition that holds it, as long as that stays as it is. */
export class SqlProblems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('s3Destinations');
  /** By the URIs of files, and there by the ids of syncs; by no id for what is a file of its own. */
  readonly #found = new Map<string, Map<string, Found>>();
  readonly #onChange = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    // What was wrong may have been mended; the next run says.
    if (contentChanges.length > 0) this.#keep(document.uri, () => document.getText());
  });
  /** Files also change without being open. Made when there is something to show. */
  #watcher: vscode.FileSystemWatcher | undefined;

  clear(source: SqlSource): void {
    this.#set(source, undefined);
  }

  /** Shows the problem where the engine has found it, or at the query's beginning; all of a query in a definition. */
  show(source: SqlSource, problem: Problem): void {
    const { origin, definedIn } = source;
    const range = origin === undefined ? definedIn?.range : rangeOf(source, origin.start, problem);
    if (range === undefined) return;
    this.#watcher ??= this.#watch();
    this.#set(source, diagnosticOf(problem, range));
    // The file may have changed since it was read.
    const { uri } = origin ?? definedIn ?? {};
    if (uri !== undefined) void this.#check(uri);
  }

  dispose(): void {
    this.#collection.dispose();
    this.#onChange.dispose();
    this.#watcher?.dispose();
  }

  #watch(): vscode.FileSystemWatcher {
    const watcher = vscode.workspace.createFileSystemWatcher('**/*');
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      event((uri) => void this.#check(uri));
    return watcher;
  }

  #set({ origin, definedIn }: SqlSource, diagnostic: vscode.Diagnostic | undefined): void {
    const place = origin ?? definedIn;
    if (place === undefined) return;
    const key = place.uri.toString();
    const found = this.#found.get(key) ?? new Map<string, Found>();
    this.#found.set(key, found);
    const id = origin === undefined ? (definedIn?.syncId ?? '') : '';
    if (diagnostic === undefined) found.delete(id);
    else found.set(id, { diagnostic, text: place.text });
    this.#show(place.uri);
  }

  /** Takes away what was found in another text of a file than it has now. */
  async #check(uri: vscode.Uri): Promise<void> {
    const found = this.#found.get(uri.toString());
    if (found === undefined) return;
    // What is found meanwhile may be of a newer text.
    const before = [...found];
    // A file that cannot be read now says nothing.
    const now = await fileText(uri).catch(() => null);
    if (now === null) return;
    this.#keep(uri, () => now, new Map(before));
  }

  /** Takes away what was found in another text than a file has now. @param only what was found before that text was read */
  #keep(uri: vscode.Uri, textOf: () => string | undefined, only = this.#found.get(uri.toString())): void {
    const found = this.#found.get(uri.toString());
    if (found === undefined || only === undefined) return;
    const now = textOf();
    for (const [id, of] of only) {
      if (found.get(id) === of && (now === undefined || !isSame(of.text, now))) found.delete(id);
    }
    this.#show(uri);
  }

  #show(uri: vscode.Uri): void {
    const found = [...(this.#found.get(uri.toString())?.values() ?? [])];
    if (found.length === 0) this.#found.delete(uri.toString());
    this.#collection.set(
      uri,
      found.map(({ diagnostic }) => diagnostic),
    );
  }
}

/** Whether two texts are the same but for what an editor makes the same: the ends of lines, and a mark at the beginning. */
function isSame(one: string, other: string): boolean {
  const plain = (text: string): string => text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  return plain(one) === plain(other);
}

function diagnosticOf({ code, message }: Problem, range: vscode.Range): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(range, message);
  diagnostic.source = 'S3 Destinations';
  diagnostic.code = code;
  return diagnostic;
}

function rangeOf({ sql }: SqlSource, start: vscode.Position, { position }: Problem): vscode.Range {
  const { line, column } = position ?? firstCharacter(sql);
  const text = sql.split('\n')[line - 1] ?? '';
  const [word = ''] = /^(?:\w+|\S)/.exec(text.slice(column - 1)) ?? [];
  // Only the first line of a selection begins somewhere else than at the left edge.
  const left = column - 1 + (line === 1 ? start.character : 0);
  const top = start.line + line - 1;
  return new vscode.Range(top, left, top, left + Math.max(word.length, 1));
}

function firstCharacter(sql: string): { line: number; column: number } {
  const before = /^\s*/.exec(sql)?.[0] ?? '';
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
