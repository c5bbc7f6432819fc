import path from 'node:path';
import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { FILE_FORMATS } from '../../core/destination/fileFormat.ts';
import { invalidArgument } from '../../core/problem.ts';
import { type Root, selectFiles } from '../../core/sync/fileSelection.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { Call } from '../commands.ts';
import { fileArgument } from '../fileArgument.ts';
import { requireTrust } from '../trust.ts';
import { completeFilesDraft, type FilesDraft } from './filePrompts.ts';
import { runExport, type RunExportContext } from './runExport.ts';

/** Paths that were left out are named in the log, but not without end. */
const MAX_LOGGED = 50;

/**
 * Exports files and folders as they lie on disk, or converts them. What the call does not say is asked.
 * @throws ProblemError; nothing of the export is visible then
 */
export async function exportFiles(context: RunExportContext, call: Call): Promise<RunResult> {
  requireTrust();
  const { given = {} } = call;
  const draft = draftOf(new Arguments(given), call);
  const { files, destination, syncId, convert } = await completeFilesDraft(context, draft);
  const roots = workspaceRoots();
  const selection = await selectFiles(files.map(pathOf), roots);
  for (const item of selection.leftOut.slice(0, MAX_LOGGED)) context.log.info(`Left out ${item}`);
  const format = convert === 'no' ? {} : { format: convert };
  return runExport(context, {
    destination,
    syncId,
    // An empty file is a file.
    given: { ...given, ...format, emptyFile: true },
    interactive: call.given === undefined,
    source: { kind: 'files', files: selection.files, convert: convert !== 'no' },
    workingDirectory: roots[0]?.path ?? path.dirname(selection.files[0]?.path ?? ''),
    ...(convert === 'no' ? { largestFile: selection.largest } : {}),
  });
}

function draftOf(given: Arguments, { given: unattended, called, selected }: Call): FilesDraft {
  const draft: FilesDraft = {};
  if (given.has('format')) throw invalidArgument('“format” is for queries. Say “convert” to convert files.');
  if (given.has('fileName')) throw invalidArgument('“fileName” is for queries. Files keep their names.');
  const files = given.has('files') ? given.raw('files') : chosenBy(called, selected);
  if (files !== undefined) {
    if (!Array.isArray(files) || files.length === 0) throw invalidArgument('“files” must name at least one file.');
    draft.files = files.map((file) => fileArgument(file, 'files'));
  }
  if (given.has('destination')) draft.destination = given.text('destination');
  if (given.has('syncId')) draft.syncId = given.text('syncId');
  if (given.has('convert')) draft.convert = given.choice('convert', FILE_FORMATS, 'csv');
  // It has a default, which is for those who work unattended.
  else if (unattended !== undefined) draft.convert = 'no';
  return draft;
}

/** The files that a person has called the command on; undefined in the palette. */
function chosenBy(called: unknown, selected: readonly unknown[]): vscode.Uri[] | undefined {
  const uris = selected.filter((item) => item instanceof vscode.Uri);
  if (uris.length > 0) return uris;
  return called instanceof vscode.Uri ? [called] : undefined;
}

function pathOf(uri: vscode.Uri): string {
  if (uri.scheme !== 'file') throw invalidArgument(`Only files on disk can be exported, but not ${uri.toString()}.`);
  return uri.fsPath;
}

/** The workspace's folders; names keep the folder's where there are several. */
function workspaceRoots(): Root[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length < 2) return folders.map(({ uri }) => ({ path: uri.fsPath, name: '' }));
  const names = new Set<string>();
  return folders.map(({ uri, name }) => {
    const plain = name.replace(/[/\\]|^\.{1,2}$/g, '-');
    let own = plain;
    for (let i = 2; names.has(own); i++) own = `${plain}-${i}`;
    names.add(own);
    return { path: uri.fsPath, name: own };
  });
}
