import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { cancelled, invalidArgument, type ProblemError } from '../../core/problem.ts';
import { unreadable } from '../../core/sync/definition/findSync.ts';
import { SYNCS_FILE } from '../../core/sync/definition/syncDefinition.ts';
import { fileArgument } from '../fileArgument.ts';
import { requireTrust } from '../trust.ts';
import { asSync } from './calledSync.ts';
import { type SyncFile, type SyncFiles, syncsFile } from './syncFiles.ts';
import { folderLabel } from './syncFolders.ts';

/** Names a sync: its id and the file that defines it. */
export interface SyncName {
  syncId: string;
  definition: vscode.Uri;
}

/**
 * The sync that a caller means.
 * @param given `{syncId, definition?}`
 * @param within the only folder whose syncs can be meant
 * @throws ProblemError `invalid-argument` when there is none, or when it is defined in several workspace folders
 */
export async function namedSync(
  files: SyncFiles,
  given: Record<string, unknown>,
  within?: vscode.WorkspaceFolder,
): Promise<SyncName> {
  requireTrust();
  const argument = new Arguments(given);
  const syncId = argument.text('syncId');
  if (argument.has('definition')) return { syncId, definition: definitionOf(files, argument.raw('definition')) };
  const defining = await filesWith(files, syncId, within);
  const [file] = defining;
  if (file === undefined) throw invalidArgument(`There is no sync ${syncId} in ${SYNCS_FILE}.`, 'Check its id.');
  if (defining.length > 1) {
    throw ambiguous(syncId, defining, 'Say which by “definition”, the URI of the file.');
  }
  return { syncId, definition: file.uri };
}

/**
 * The sync that a task means.
 * @param within the folder that the task names
 * @param scope the folder whose `tasks.json` holds the task, if it is one's
 * @throws ProblemError `invalid-argument` when there is none, or when several folders define it and the task names none:
 * the editor takes tasks that say the same for one, whichever folder they are of
 */
export async function syncOfTask(
  files: SyncFiles,
  syncId: string,
  within: vscode.WorkspaceFolder | undefined,
  scope: vscode.WorkspaceFolder | undefined,
): Promise<SyncName> {
  requireTrust();
  if (within === undefined) {
    const defining = await filesWith(files, syncId);
    if (defining.length > 1) throw ambiguous(syncId, defining, 'Say which by “folder” in the task.');
  }
  return namedSync(files, { syncId }, within ?? scope);
}

/** The sync that a person means, who is asked where it is not clear. @throws ProblemError `invalid-argument`, `cancelled` */
export async function chosenSync(files: SyncFiles, called: unknown, title: string): Promise<SyncName> {
  requireTrust();
  const sync = asSync(called);
  if (sync?.definition !== undefined) {
    return { syncId: sync.syncId, definition: definitionOf(files, sync.definition) };
  }
  await files.refresh();
  const items = files.syncs
    .filter((defined) => sync === undefined || defined.sync.id === sync.syncId)
    .map(({ file, sync: { id, kind, mode, destination } }) => ({
      label: id,
      description: [kind, mode, destination].join(' · '),
      ...(files.files.length > 1 ? { detail: folderLabel(file.folder) } : {}),
      iconPath: new vscode.ThemeIcon('sync'),
      file,
    }));
  const [only] = items;
  if (only === undefined) throw noSyncs(files.files, sync?.syncId);
  if (sync !== undefined && items.length === 1) return { syncId: only.label, definition: only.file.uri };
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: 'Which sync?', matchOnDetail: true });
  if (picked === undefined) throw cancelled(title);
  return { syncId: picked.label, definition: picked.file.uri };
}

function ambiguous(syncId: string, defining: readonly SyncFile[], fix: string): ProblemError {
  const where = defining.map(({ folder }) => folderLabel(folder)).join(' and ');
  return invalidArgument(`${syncId} is defined in ${where}.`, fix);
}

function noSyncs(files: readonly SyncFile[], syncId: string | undefined): Error {
  const broken = files.map(({ parsed }) => unreadable(parsed)).find((finding) => finding !== undefined);
  if (broken !== undefined) return invalidArgument(`${SYNCS_FILE} cannot be used. ${broken.message}`);
  const what = syncId === undefined ? 'There are no syncs' : `There is no sync ${syncId}`;
  return invalidArgument(`${what} in ${SYNCS_FILE}.`, 'Make one with “S3 Destinations: New Sync”.');
}

async function filesWith(files: SyncFiles, syncId: string, within?: vscode.WorkspaceFolder): Promise<SyncFile[]> {
  const found: SyncFile[] = [];
  let unread: SyncFile | undefined;
  for (const folder of within === undefined ? (vscode.workspace.workspaceFolders ?? []) : [within]) {
    const file = await files.read(folder);
    if (file === undefined) continue;
    if (file.parsed.syncs.some(({ id }) => id === syncId)) found.push(file);
    else if (unreadable(file.parsed) !== undefined) unread ??= file;
  }
  // That it cannot be read is the reason why the sync is not there.
  return found.length > 0 || unread === undefined ? found : [unread];
}

/** The file of definitions that an argument names. @throws ProblemError `invalid-argument` */
export function definitionOf(files: SyncFiles, value: unknown): vscode.Uri {
  const folder = files.folderOf(fileArgument(value, 'definition'));
  if (folder === undefined) {
    throw invalidArgument(`“definition” must be the ${SYNCS_FILE} of a workspace folder that is open.`);
  }
  return syncsFile(folder);
}
