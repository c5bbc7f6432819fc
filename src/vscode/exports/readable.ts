import os from 'node:os';
import * as vscode from 'vscode';
import type { Readable } from '../../exporter/protocol.ts';
import { allow, isAllowed } from '../allowedFolders.ts';

const SETTING = 'query.allowOutsideWorkspace';

/**
 * What queries may read: the folders of the workspace, or all files where the user has allowed it.
 * @param workingDirectory of the query: the folder of its file, where no folder is open
 */
export function readableBy(workingDirectory: string): Readable {
  const folders = foldersOf(workingDirectory);
  return isAllowed(SETTING, folders) ? 'anything' : folders;
}

/** Whether there is a workspace, or a file, to which it can be allowed that its queries read all files. */
export function canAllowOutside(workingDirectory: string): boolean {
  return foldersOf(workingDirectory).length > 0;
}

/** Lets queries read all files, in this workspace only. */
export async function allowOutside(workingDirectory: string): Promise<void> {
  await allow(SETTING, foldersOf(workingDirectory));
}

function foldersOf(workingDirectory: string): string[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length > 0) return folders.map(({ uri }) => uri.fsPath);
  // A query without a file works in the user's home, all of which is too much.
  return workingDirectory === os.homedir() ? [] : [workingDirectory];
}
