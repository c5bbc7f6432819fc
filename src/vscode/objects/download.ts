import path from 'node:path';
import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { formatBytes, formatFiles } from '../../core/format.ts';
import { commonFolder } from '../../core/objects/chosen.ts';
import { type DownloadedFile, downloadObjects } from '../../core/objects/downloadObjects.ts';
import { type LocalName, localNames } from '../../core/objects/localNames.ts';
import { alreadyThere, isThere } from '../../core/objects/wholeFile.ts';
import { cancelled, invalidArgument } from '../../core/problem.ts';
import type { Call } from '../commands.ts';
import { fileArgument } from '../fileArgument.ts';
import { showInformationMessage, showWarningMessage } from '../messages.ts';
import { type KeysAt, keysBy } from './chosen.ts';
import type { ObjectContext } from './objectCommands.ts';
import { bytesText, withTransferProgress } from './transferProgress.ts';

const TITLE = 'Download';

/** What is known of a download before it begins. */
interface Plan {
  folder: string;
  decompress: boolean;
  replace: boolean;
  names: LocalName[];
}

/** What a caller gets. */
export interface Downloaded {
  /** The URIs of the files, in the order of the objects. */
  files: string[];
  /** Files that could not have the names of their objects; missing when all have. */
  renamed?: { key: string; file: string }[];
}

/**
 * Downloads objects, the files of a run or a sync's current set into a folder, with their paths below the sync. A person is
 * asked for the folder, whether gzip is taken off, and what happens to files that are there already.
 * @throws ProblemError; what is done by then stays, and nothing else
 */
export async function download(context: ObjectContext, call: Call): Promise<Downloaded> {
  const { given } = call;
  const places = await keysBy(context, call, TITLE);
  const read = given === undefined ? undefined : new Arguments(given);
  const decompress = read?.flag('decompress', false) ?? (await askDecompress(places));
  const folder = read === undefined ? await askFolder() : folderOf(read);
  const files: DownloadedFile[] = [];
  const renamed: Downloaded['renamed'] = [];
  for (const place of places) {
    const { pathPrefix } = place.destination;
    const names = localNames(place.keys, commonFolder(pathPrefix, place.keys), decompress);
    const plan = { folder, decompress, names, replace: read?.flag('overwrite', false) ?? false };
    const settled = read === undefined ? await askConflicts(plan) : await refuseConflicts(plan);
    const own = await fetchAll(place, settled);
    files.push(...own);
    const others = new Set(settled.names.flatMap(({ key, renamed: other }) => (other ? [key] : [])));
    renamed.push(...own.filter(({ key }) => others.has(key)).map(({ key, file }) => ({ key, file: uriText(file) })));
  }
  for (const { key, file } of renamed) context.log.warn(`The object ${key} became the file ${file}.`);
  if (read === undefined) void announce(folder, files, renamed.length);
  return { files: files.map(({ file }) => uriText(file)), ...(renamed.length === 0 ? {} : { renamed }) };
}

function fetchAll(
  { destination, store }: KeysAt,
  { folder, decompress, replace, names }: Plan,
): Promise<DownloadedFile[]> {
  const { name, pathPrefix } = destination;
  const what = names.length === 1 ? path.posix.basename(names[0]?.path ?? '') : formatFiles(names.length);
  return withTransferProgress(`Downloading ${what} from ${name}`, (show, signal) =>
    downloadObjects({
      ...{ store, pathPrefix, folder, decompress, replace, objects: names, signal },
      onProgress: ({ files, bytes }) => {
        const count = names.length === 1 ? '' : `${files} of ${names.length} · `;
        show((seconds) => count + bytesText(bytes, seconds));
      },
    }),
  );
}

async function askDecompress(places: readonly KeysAt[]): Promise<boolean> {
  if (!places.some(({ keys }) => keys.some((key) => /\.gz$/i.test(key)))) return false;
  const items = [
    { label: 'As they are', description: 'compressed by gzip', iconPath: new vscode.ThemeIcon('file-zip'), yes: false },
    { label: 'Decompressed', description: 'without .gz', iconPath: new vscode.ThemeIcon('file'), yes: true },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: TITLE,
    placeHolder: 'In which form?',
    ignoreFocusOut: true,
  });
  if (picked === undefined) throw cancelled('The download');
  return picked.yes;
}

async function askFolder(): Promise<string> {
  const [workspace] = vscode.workspace.workspaceFolders ?? [];
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: TITLE,
      openLabel: 'Download Here',
      canSelectFiles: false,
      canSelectFolders: true,
      ...(workspace === undefined ? {} : { defaultUri: workspace.uri }),
    })) ?? [];
  if (folder === undefined) throw cancelled('The download');
  return pathOf(folder);
}

async function askConflicts(plan: Plan): Promise<Plan> {
  const there = await conflicts(plan);
  if (there.length === 0) return plan;
  const [first] = there;
  const several = there.length > 1;
  const message = several
    ? `${there.length} of ${formatFiles(plan.names.length)} are in ${plan.folder} already.`
    : `There is a file “${first?.path ?? ''}” in ${plan.folder} already.`;
  const [replace, skip] = ['Replace', several || plan.names.length > 1 ? 'Skip' : 'Keep'];
  const detail = several
    ? there
        .slice(0, 10)
        .map((name) => name.path)
        .join('\n')
    : undefined;
  const answer = await showWarningMessage(
    message,
    { modal: true, ...(detail === undefined ? {} : { detail }) },
    replace,
    ...(plan.names.length > there.length ? [skip] : []),
  );
  if (answer === replace) return { ...plan, replace: true };
  if (answer !== skip) throw cancelled('The download');
  return { ...plan, names: plan.names.filter((name) => !there.includes(name)) };
}

async function refuseConflicts(plan: Plan): Promise<Plan> {
  const [first] = plan.replace ? [] : await conflicts(plan);
  if (first !== undefined) throw alreadyThere(path.join(plan.folder, first.path));
  return plan;
}

async function conflicts({ folder, names }: Plan): Promise<LocalName[]> {
  const there: LocalName[] = [];
  for (const name of names) if (await isThere(path.join(folder, name.path))) there.push(name);
  return there;
}

async function announce(folder: string, files: readonly DownloadedFile[], renamed: number): Promise<void> {
  const [first] = files;
  if (first === undefined) return;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const one = files.length === 1;
  const what = one ? path.basename(first.file) : formatFiles(files.length);
  const others = renamed === 0 ? '' : ` ${formatFiles(renamed)} could not keep the name: see the log.`;
  const [open, show] = ['Open', 'Show Folder'];
  const text = `Downloaded ${what} (${formatBytes(bytes)}) to ${folder}.${others}`;
  const answer = await showInformationMessage(text, ...(one ? [open] : []), show);
  const uri = vscode.Uri.file(first.file);
  if (answer === open) await vscode.commands.executeCommand('vscode.open', uri);
  if (answer !== show) return;
  const inside = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  await vscode.commands.executeCommand(inside ? 'revealInExplorer' : 'revealFileInOS', uri);
}

function folderOf(given: Arguments): string {
  return pathOf(fileArgument(given.raw('to'), 'to'));
}

function pathOf(uri: vscode.Uri): string {
  if (uri.scheme !== 'file') throw invalidArgument('“to” must be a folder on disk.');
  return uri.fsPath;
}

function uriText(file: string): string {
  return vscode.Uri.file(file).toString();
}
