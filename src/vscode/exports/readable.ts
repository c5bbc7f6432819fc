import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Readable } from '../../exporter/protocol.ts';

/** Of the user's own settings only: a workspace cannot give itself the right. */
const SETTING = 'query.allowOutsideWorkspace';

/**
 * What queries may read: the folders of the workspace, or all files where the user has allowed it.
 * @param workingDirectory of the query: the folder of its file, where no folder is open
 */
export function readableBy(workingDirectory: string): Readable {
  const places = placesOf(workingDirectory);
  const allowed = allowedPlaces();
  if (allowed === 'everywhere') return 'anything';
  const isAllowed = (place: string): boolean => allowed.some((folder) => isWithin(folder, place));
  if (places.length > 0 && places.every(isAllowed)) return 'anything';
  return places;
}

/** Lets queries read all files, in this workspace only. */
export async function allowOutside(workingDirectory: string): Promise<void> {
  const allowed = allowedPlaces();
  if (allowed === 'everywhere') return;
  const places = [...new Set([...allowed, ...placesOf(workingDirectory)])];
  await vscode.workspace.getConfiguration('s3Destinations').update(SETTING, places, vscode.ConfigurationTarget.Global);
}

function placesOf(workingDirectory: string): string[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length > 0) return folders.map(({ uri }) => uri.fsPath);
  // A query without a file works in the user's home, all of which is too much.
  return workingDirectory === os.homedir() ? [] : [workingDirectory];
}

function allowedPlaces(): string[] | 'everywhere' {
  const value: unknown = vscode.workspace.getConfiguration('s3Destinations').get(SETTING);
  if (value === true) return 'everywhere';
  const texts = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  return texts.map((text) => (text.startsWith('~') ? path.join(os.homedir(), text.slice(1)) : text));
}

function isWithin(folder: string, place: string): boolean {
  const way = path.relative(folder, place);
  return path.isAbsolute(folder) && way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}
