import * as vscode from 'vscode';
import type { Problem } from '../../core/problem.ts';
import type { SqlSource } from './sqlSource.ts';

/** Shows what is wrong with a query as a problem of its `.sql` file. */
export class SqlProblems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('s3Destinations');
  readonly #onChange = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    // What was wrong may have been mended; the next run says.
    if (contentChanges.length > 0) this.#collection.delete(document.uri);
  });

  clear({ origin }: SqlSource): void {
    if (origin !== undefined) this.#collection.delete(origin.uri);
  }

  /** Shows the problem where the engine has found it, or at the query's beginning. */
  show(source: SqlSource, problem: Problem): void {
    const { origin } = source;
    if (origin === undefined) return;
    const diagnostic = new vscode.Diagnostic(rangeOf(source, origin.start, problem), problem.message);
    diagnostic.source = 'S3 Destinations';
    diagnostic.code = problem.code;
    this.#collection.set(origin.uri, [diagnostic]);
  }

  dispose(): void {
    this.#collection.dispose();
    this.#onChange.dispose();
  }
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
