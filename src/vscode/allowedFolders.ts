import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';

/**
 * Settings in which users list the workspace folders that may do something, or allow it to all by `true`. They have the
 * scope `machine`: a workspace cannot give itself the right.
 */
export type AllowingSetting = 'query.allowOutsideWorkspace' | 'syncs.allowSchedule';

/** Whether the user allows it for all of these folders, or for what they lie in. */
export function isAllowed(setting: AllowingSetting, folders: readonly string[]): boolean {
  const listed = listOf(setting);
  return (
    listed === true || (folders.length > 0 && folders.every((place) => listed.some((one) => isWithin(one, place))))
  );
}

/** Allows it for these folders, too. */
export async function allow(setting: AllowingSetting, folders: readonly string[]): Promise<void> {
  const listed = listOf(setting);
  if (listed !== true) await update(setting, [...new Set([...listed, ...folders])]);
}

/** Takes these folders from the list, and what they lie in; where all are allowed, none is afterwards. */
export async function disallow(setting: AllowingSetting, folders: readonly string[]): Promise<void> {
  const listed = listOf(setting);
  const left = listed === true ? [] : listed.filter((one) => !folders.some((place) => isWithin(one, place)));
  await update(setting, left);
}

async function update(setting: AllowingSetting, folders: readonly string[]): Promise<void> {
  const value = folders.length === 0 ? undefined : folders;
  await vscode.workspace.getConfiguration('s3Destinations').update(setting, value, vscode.ConfigurationTarget.Global);
}

function listOf(setting: AllowingSetting): string[] | true {
  const value: unknown = vscode.workspace.getConfiguration('s3Destinations').get(setting);
  if (value === true) return true;
  const texts = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  return texts.map((text) => (text.startsWith('~') ? path.join(os.homedir(), text.slice(1)) : text));
}

function isWithin(folder: string, place: string): boolean {
  const way = path.relative(folder, place);
  return path.isAbsolute(folder) && way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}
