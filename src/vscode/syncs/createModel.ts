import * as vscode from 'vscode';
import { invalidArgument } from '../../core/problem.ts';
import { leadsOut } from './links.ts';
import { modelUri } from './modelFile.ts';

/** What a new model begins with. */
const NEW_MODEL = "SELECT *\nFROM 'data/….csv'\n";

/**
 * Makes a model that is not there yet, and opens it.
 * @param model its path from the workspace folder
 * @throws ProblemError `invalid-argument` where a link would lead it out of the workspace
 */
export async function createModel(folder: vscode.WorkspaceFolder, model: string): Promise<{ uri: string }> {
  const uri = modelUri(folder, model);
  if (await leadsOut(folder, uri)) {
    throw invalidArgument(`The model ${model} would lie outside of the workspace: a link leads there.`);
  }
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(uri, { contents: Buffer.from(NEW_MODEL), ignoreIfExists: true });
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(uri);
  return { uri: uri.toString() };
}
