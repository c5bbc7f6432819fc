import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { s3Uri } from '../../core/destination/keys.ts';
import { needsKeys } from '../../core/destination/secrets.ts';
import {
  type DestinationsFile,
  destinationsFile,
  MAX_FILE_BYTES,
  parseDestinationsFile,
  parseSharedDestinations,
  type SharedDestination,
} from '../../core/destination/transfer.ts';
import { cancelled, invalidArgument } from '../../core/problem.ts';
import { fileArgument } from '../fileArgument.ts';
import { showInformationMessage, showWarningMessage } from '../messages.ts';
import type { DestinationStore } from './destinationStore.ts';
import { destinationItems } from './pickDestination.ts';

type Given = Record<string, unknown> | undefined;

const FILTERS = { JSON: ['json'] };
const IMPORT = 'Import';
const SHOWN_AT_MOST = 10;

/**
 * Writes destinations, without their secrets, as JSON.
 * @param given `{names?, to?}`: which ones, all by default, and the file's URI or path; without it, nothing is written
 * @returns what is, or would be, in the file
 * @throws ProblemError `invalid-argument`, `cancelled`
 */
export async function exportDestinations(
  store: DestinationStore,
  given: Given,
  chosen?: string,
): Promise<DestinationsFile> {
  if (given !== undefined) {
    const argument = new Arguments(given);
    const file = destinationsFile(namesOf(store, argument).map((name) => store.shared(name)));
    if (argument.has('to')) await write(fileArgument(argument.raw('to'), 'to'), file);
    return file;
  }
  const names = chosen === undefined ? await pickSeveral(store) : [chosen];
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const uri = await vscode.window.showSaveDialog({
    title: 'Export Destinations without Their Secrets',
    filters: FILTERS,
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, 's3-destinations.json') }),
  });
  if (uri === undefined) throw cancelled('Exporting the destinations');
  const file = destinationsFile(names.map((name) => store.shared(name)));
  await write(uri, file);
  void showInformationMessage(
    `Wrote ${count(names.length)} without secrets to ${vscode.workspace.asRelativePath(uri)}.`,
  );
  return file;
}

/**
 * Adds the destinations of a file, all or none. Their secrets have to be entered afterwards.
 * @param given `{from}`, the file's URI or path, or `{destinations}`, as `exportDestinations` gives them; with
 *   `existing: "skip"`, names that are taken are passed over
 * @throws ProblemError `invalid-argument`, also when a name is taken; nothing is added then
 */
export async function importDestinations(
  store: DestinationStore,
  given: Given,
): Promise<{ added: string[]; skipped: string[] }> {
  const argument = new Arguments(given ?? {});
  const all = await destinationsOf(argument, given === undefined);
  const taken = all.filter(({ name }) => store.has(name)).map(({ name }) => name);
  const skip = given === undefined || argument.choice('existing', ['refuse', 'skip'], 'refuse') === 'skip';
  if (taken.length > 0 && !skip) throw invalidArgument(`There is already a destination ${taken.join(', ')}.`);
  const added = all.filter(({ name }) => !taken.includes(name));
  if (given === undefined) await confirm(added, taken);
  if (added.length > 0) await store.addShared(added);
  if (given === undefined) announce(added);
  return { added: added.map(({ name }) => name), skipped: taken };
}

async function destinationsOf(argument: Arguments, ask: boolean): Promise<SharedDestination[]> {
  if (argument.has('destinations')) return parseSharedDestinations(argument.raw('destinations'));
  if (argument.has('from')) return parseDestinationsFile(await read(fileArgument(argument.raw('from'), 'from')));
  if (!ask) throw invalidArgument('“from” or “destinations” must say what to import.');
  const [uri] =
    (await vscode.window.showOpenDialog({ title: 'Import Destinations', filters: FILTERS, openLabel: IMPORT })) ?? [];
  if (uri === undefined) throw cancelled('Importing destinations');
  return parseDestinationsFile(await read(uri));
}

/** A file may come from anyone: it is shown where data would go, and to which store the credentials would be sent. */
async function confirm(added: readonly SharedDestination[], taken: readonly string[]): Promise<void> {
  const lines = added.slice(0, SHOWN_AT_MOST).map(({ name, bucket, pathPrefix, endpoint, credentials }) => {
    const at = endpoint === undefined ? '' : ` at ${endpoint}`;
    return `${name} → ${s3Uri(bucket, pathPrefix)}${at} (signs in by ${credentials.kind})`;
  });
  if (added.length > SHOWN_AT_MOST) lines.push(`and ${added.length - SHOWN_AT_MOST} more`);
  if (taken.length > 0) lines.push(`There already: ${taken.join(', ')}`);
  if (added.length === 0) throw invalidArgument('All destinations of the file are there already.');
  const question = `Import ${count(added.length)}?`;
  const answer = await showWarningMessage(question, { modal: true, detail: lines.join('\n') }, IMPORT);
  if (answer !== IMPORT) throw cancelled('Importing destinations');
}

function announce(added: readonly SharedDestination[]): void {
  const waiting = added.filter(({ credentials }) => needsKeys(credentials)).length;
  const then = waiting === 0 ? '' : ` Re-enter the credentials of ${waiting === 1 ? 'one' : waiting} of them.`;
  void showInformationMessage(`Imported ${count(added.length)}.${then}`);
}

async function pickSeveral(store: DestinationStore): Promise<string[]> {
  const items = destinationItems(store).map((item) => ({ ...item, picked: true }));
  const options = { title: 'Export Destinations', placeHolder: 'Which destinations?', canPickMany: true } as const;
  const picked = await vscode.window.showQuickPick(items, options);
  if (picked === undefined || picked.length === 0) throw cancelled('Exporting the destinations');
  return picked.map(({ label }) => label);
}

function namesOf(store: DestinationStore, argument: Arguments): string[] {
  if (!argument.has('names')) return store.list().map(({ name }) => name);
  const names = argument.raw('names');
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw invalidArgument('“names” must be a list of names.');
  }
  return [...new Set(names as string[])];
}

async function read(uri: vscode.Uri): Promise<string> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > MAX_FILE_BYTES) throw invalidArgument('A file of destinations has at most 1 MB.');
    return new TextDecoder('utf-8').decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) throw invalidArgument(`${uri.fsPath} cannot be read (${error.code}).`);
    throw error;
  }
}

async function write(uri: vscode.Uri, file: DestinationsFile): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(uri, Buffer.from(`${JSON.stringify(file, null, 2)}\n`));
  } catch (error) {
    if (error instanceof vscode.FileSystemError)
      throw invalidArgument(`${uri.fsPath} cannot be written (${error.code}).`);
    throw error;
  }
}

function count(destinations: number): string {
  return destinations === 1 ? '1 destination' : `${destinations} destinations`;
}
