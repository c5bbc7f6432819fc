import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { syncIdBreach } from '../../core/destination/keys.ts';
import { invalidArgument } from '../../core/problem.ts';
import { applied, changesToAdd } from '../../core/sync/definition/edits.ts';
import { unreadable } from '../../core/sync/definition/findSync.ts';
import { parseSyncs } from '../../core/sync/definition/parseSyncs.ts';
import { SYNC_PROPERTIES } from '../../core/sync/definition/readSync.ts';
import { SYNCS_FILE } from '../../core/sync/definition/syncDefinition.ts';
import type { SqlExport } from '../exports/exportQuery.ts';
import type { SqlSource } from '../exports/sqlSource.ts';
import { requireTrust } from '../trust.ts';
import { addChanges } from './editFile.ts';
import { fileText } from './fileText.ts';
import { leadsOut } from './links.ts';
import { modelPath } from './modelFile.ts';
import { syncsFile } from './syncFiles.ts';

/** What a new definition says. */
export type NewDefinition = Readonly<Record<string, unknown>> & { id: string; destination: string };

/** A definition from the argument of a command. @throws ProblemError `invalid-argument` */
export function definitionFrom(given: Record<string, unknown>): NewDefinition {
  const argument = new Arguments(given);
  const id = argument.text('syncId');
  argument.refuse('syncId', syncIdBreach(id));
  const destination = argument.text('destination');
  return ordered({ ...given, id, destination });
}

/** The definition that an export would have had. @param folder of the workspace that it goes to */
export async function definitionOfExport(work: SqlExport, folder: vscode.WorkspaceFolder): Promise<NewDefinition> {
  const { destination, syncId: id, given, source } = work;
  const model = await modelOf(source, folder);
  const query = model === undefined ? { sql: source.sql, model: undefined } : { model, sql: undefined };
  return ordered({ ...given, id, destination, ...query });
}

/**
 * Adds a definition to the file of a workspace folder, and saves it. Comments and layout of what is there stay.
 * @throws ProblemError `invalid-argument` when there is one of that id, or something is wrong with it or with the file
 */
export async function addDefinition(folder: vscode.WorkspaceFolder, definition: NewDefinition): Promise<vscode.Uri> {
  requireTrust();
  const uri = syncsFile(folder);
  if (await leadsOut(folder, uri)) throw invalidArgument(`${SYNCS_FILE} is a link that leads out of the workspace.`);
  const stored = await fileText(uri).catch((error: unknown) => {
    throw invalidArgument(`${SYNCS_FILE} cannot be read. ${error instanceof Error ? error.message : String(error)}`);
  });
  const before = stored ?? '';
  const parsed = parseSyncs(before);
  const broken = unreadable(parsed);
  if (broken !== undefined) throw invalidArgument(`${SYNCS_FILE} cannot be used. ${broken.message}`);
  if (parsed.syncs.some(({ id }) => id === definition.id)) {
    throw invalidArgument(`There is a sync ${definition.id} in ${SYNCS_FILE} already.`, 'Choose another id.');
  }
  const changes = changesToAdd(before, definition);
  const after = parseSyncs(applied(before, changes));
  const index = after.syncs.find(({ id }) => id === definition.id)?.index;
  const wrong = after.findings.find((finding) => finding.index === index && finding.severity === 'error');
  if (wrong !== undefined) throw invalidArgument(wrong.message);
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open?.isDirty === true) {
    const edit = new vscode.WorkspaceEdit();
    addChanges(edit, uri, before, changes);
    await vscode.workspace.applyEdit(edit);
    await open.save();
  } else {
    await vscode.workspace.fs.writeFile(uri, Buffer.from(applied(before, changes)));
  }
  return uri;
}

/** The workspace folder that a query is of. @throws ProblemError `invalid-argument` when no folder is open */
export function folderFor(source: SqlSource): vscode.WorkspaceFolder {
  const own = source.origin === undefined ? undefined : vscode.workspace.getWorkspaceFolder(source.origin.uri);
  const folder = own ?? vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw invalidArgument('Syncs are kept in a folder of the workspace. Open one first.');
  return folder;
}

/** The path of the file that is the query as a whole, if it is one of the folder. */
async function modelOf({ origin, sql }: SqlSource, folder: vscode.WorkspaceFolder): Promise<string | undefined> {
  const model = origin === undefined ? undefined : modelPath(folder, origin.uri);
  if (origin === undefined || model === undefined) return undefined;
  const text = await fileText(origin.uri).catch(() => undefined);
  // A selected part is no model.
  return text === sql ? model : undefined;
}

/** In the order in which people write them; what a definition cannot have is left out. */
function ordered(values: Readonly<Record<string, unknown>> & { id: string; destination: string }): NewDefinition {
  // That no preparation is run is said by null; of all else, null says nothing.
  const known = SYNC_PROPERTIES.filter(
    (name) => values[name] !== undefined && (values[name] !== null || name === 'prepare'),
  );
  const { id, destination } = values;
  return { id, destination, ...Object.fromEntries(known.map((name) => [name, values[name]])) };
}
