import * as vscode from 'vscode';
import { invalidArgument } from '../../core/problem.ts';

/** What a workspace folder is called among all that are open: its name, or its path where another has that name, too. */
export function folderLabel({ name, uri }: vscode.WorkspaceFolder): string {
  const named = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.name === name);
  return named.length > 1 ? uri.fsPath : name;
}

/** The workspace folder that is called so. @throws ProblemError `invalid-argument` when there is none */
export function folderCalled(label: unknown): vscode.WorkspaceFolder {
  const folder = vscode.workspace.workspaceFolders?.find((candidate) => folderLabel(candidate) === label);
  if (folder !== undefined) return folder;
  throw invalidArgument(`“folder” must be the name of a workspace folder; none is called ${String(label)}.`);
}
