import path from 'node:path';
import * as vscode from 'vscode';
import { invalidArgument } from '../core/problem.ts';

/**
 * The file or folder that an argument names: by a URI, or by a path, absolute or relative to the first workspace folder.
 * @param argument is called so in messages
 * @throws ProblemError `invalid-argument`
 */
export function fileArgument(value: unknown, argument: string): vscode.Uri {
  if (value instanceof vscode.Uri) return value;
  if (typeof value !== 'string' || value === '' || !value.isWellFormed())
    throw invalidArgument(`“${argument}” must be a URI or a path.`);
  if (path.isAbsolute(value)) return vscode.Uri.file(value);
  if (/^[a-z][a-z0-9+.-]+:/i.test(value)) return parsed(value, argument);
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw invalidArgument(`“${argument}” is relative, but no folder is open.`);
  return vscode.Uri.joinPath(folder.uri, value);
}

function parsed(text: string, argument: string): vscode.Uri {
  try {
    return vscode.Uri.parse(text, true);
  } catch {
    throw invalidArgument(`“${argument}” is no URI that can be read, and no path.`);
  }
}
