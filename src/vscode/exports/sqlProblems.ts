import * as vscode from 'vscode';
import type { Problem } from '../../core/problem.ts';
import type { SqlSource } from './sqlSource.ts';

/** Shows what is wrong with a query as a problem of its `.sql` file, or of the definition that holds it. */
export class SqlProblems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('s3Destinations');
  readonly #onChange = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    // What was wrong may have been mended; the next run says.
    if (contentChanges.length === 0) return;
    this.#collection.delete(document.uri);
    this.#ofSyncs.delete(document.uri.toString());
  });
  /** What is wrong in files of definitions, by the ids of their syncs. */
  readonly #ofSyncs = new Map<string, Map<string, vscode.Diagnostic>>();

  clear({ origin, definedIn }: SqlSource): void {
    if (origin !== undefined) this.#collection.delete(origin.uri);
    else if (definedIn !== undefined) this.#setOfSync(definedIn, undefined);
  }

  /** Shows the problem where the engine has found it, or at the query's beginning; all of a query in a definition. */
  show(source: SqlSource, problem: Problem): void {
    const { origin, definedIn } = source;
    if (origin !== undefined)
      this.#collection.set(origin.uri, [diagnosticOf(problem, rangeOf(source, origin.start, problem))]);
    else if (definedIn !== undefined) this.#setOfSync(definedIn, diagnosticOf(problem, definedIn.range));
  }

  dispose(): void {
    this.#collection.dispose();
    this.#onChange.dispose();
  }

  #setOfSync({ uri, syncId }: NonNullable<SqlSource['definedIn']>, diagnostic: vscode.Diagnostic | undefined): void {
    const key = uri.toString();
    const bySync = this.#ofSyncs.get(key) ?? new Map<string, vscode.Diagnostic>();
    if (diagnostic === undefined) bySync.delete(syncId);
    else bySync.set(syncId, diagnostic);
    this.#ofSyncs.set(key, bySync);
    this.#collection.set(uri, [...bySync.values()]);
  }
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
