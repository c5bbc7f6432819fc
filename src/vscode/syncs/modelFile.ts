import * as vscode from 'vscode';
import { invalidArgument, ProblemError } from '../../core/problem.ts';
import { modelPathBreach } from '../../core/sync/definition/modelPath.ts';
import type { SqlSource } from '../exports/sqlSource.ts';
import { fileText } from './fileText.ts';
import { leadsOut } from './links.ts';

/** Where a model is, whether or not there is such a file. @param model its path from the workspace folder */
export function modelUri(folder: vscode.WorkspaceFolder, model: string): vscode.Uri {
  return vscode.Uri.joinPath(folder.uri, ...model.split('/').filter((part) => part !== '.' && part !== ''));
}

/** The path of a file from the workspace folder, as a model is named; undefined where it lies elsewhere. */
export function modelPath(folder: vscode.WorkspaceFolder, uri: vscode.Uri): string | undefined {
  const root = `${folder.uri.path.replace(/\/$/, '')}/`;
  return uri.scheme === folder.uri.scheme && uri.path.startsWith(root) ? uri.path.slice(root.length) : undefined;
}

/**
 * Reads the query of a model.
 * @param model its path from the workspace folder
 * @param what it is, for messages
 * @throws ProblemError `source-missing` when there is none, `invalid-argument` when it lies outside of the workspace or is
 * no file of text
 */
export async function readModel(
  folder: vscode.WorkspaceFolder,
  model: string,
  what: 'model' | 'preparation' = 'model',
): Promise<SqlSource> {
  const breach = modelPathBreach(model);
  if (breach !== undefined) throw invalidArgument(`The ${what} ${model} cannot be used. ${breach}`);
  const uri = modelUri(folder, model);
  let sql: string | undefined;
  try {
    if (await leadsOut(folder, uri)) {
      const message = `The ${what} ${model} is a link that leads out of the workspace.`;
      throw invalidArgument(message, 'Put the file itself there.');
    }
    sql = await fileText(uri);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw invalidArgument(`The ${what} ${model} cannot be read. ${error instanceof Error ? error.message : ''}`);
  }
  if (sql === undefined) {
    throw new ProblemError({
      code: 'source-missing',
      message: `There is no ${what} ${model}.`,
      fix: 'Check its path.',
    });
  }
  return { sql, origin: { uri, text: sql, start: new vscode.Position(0, 0) }, workingDirectory: folder.uri.fsPath };
}
