import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { ProblemError } from '../../core/problem.ts';
import { fileArgument } from '../fileArgument.ts';

/** A query and where it came from. */
export interface SqlSource {
  sql: string;
  /** The document, all of its text, and where in it the query begins; missing for a query that was passed as text. */
  origin?: { uri: vscode.Uri; text: string; start: vscode.Position };
  /** The value in a file of definitions that the query is, that file's text, and the sync; for a query without a file of its own. */
  definedIn?: { uri: vscode.Uri; text: string; syncId: string; range: vscode.Range };
  /** The folder that relative paths in the query start from. */
  workingDirectory: string;
}

/** A query that was passed as text. It works in the first workspace folder. */
export function sqlFromText(sql: string): SqlSource {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return { sql, workingDirectory: folder?.uri.fsPath ?? os.homedir() };
}

/**
 * The query in a `.sql` file: as it stands in the editor, saved or not.
 * @param file a URI, or a path, absolute or relative to a workspace folder
 * @throws ProblemError `source-missing` when it cannot be read
 */
export async function sqlFromFile(file: unknown): Promise<SqlSource> {
  const uri = fileArgument(file, 'file');
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(uri);
  } catch (error) {
    const message = `The file ${vscode.workspace.asRelativePath(uri)} cannot be read.`;
    throw new ProblemError({ code: 'source-missing', message, fix: 'Check its name.' }, { cause: error });
  }
  return sqlFromDocument(document);
}

/** The query in a document, or in its selected part. */
export function sqlFromDocument(document: vscode.TextDocument, selection?: vscode.Range): SqlSource {
  const range = selection === undefined || selection.isEmpty ? undefined : selection;
  const folder = vscode.workspace.getWorkspaceFolder(document.uri) ?? vscode.workspace.workspaceFolders?.[0];
  const besideFile = document.uri.scheme === 'file' ? path.dirname(document.uri.fsPath) : os.homedir();
  return {
    sql: document.getText(range),
    origin: { uri: document.uri, text: document.getText(), start: range?.start ?? new vscode.Position(0, 0) },
    workingDirectory: folder?.uri.fsPath ?? besideFile,
  };
}
