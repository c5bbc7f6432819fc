import * as vscode from 'vscode';
import { cancelled, invalidArgument } from '../../core/problem.ts';
import { pathOf } from '../../core/sync/definition/checkSyncs.ts';
import { changesFor } from '../../core/sync/definition/edits.ts';
import { addChanges } from './editFile.ts';
import type { DefinedSync } from './syncFiles.ts';

/**
 * Asks which of a query's columns are the key of a sync, and writes them into its definition, which is not saved.
 * @throws ProblemError `cancelled`, `invalid-argument` when the query does not say its columns
 */
export async function chooseKey(
  { file, sync }: DefinedSync,
  columns: readonly string[],
): Promise<{ primaryKey: string[] }> {
  if (columns.length === 0) throw invalidArgument(`The columns of ${sync.id} are not known before its query is run.`);
  const chosen = new Set(sync.primaryKey);
  const picked = await vscode.window.showQuickPick(
    columns.map((label) => ({ label, picked: chosen.has(label) })),
    { title: `Key of ${sync.id}`, placeHolder: 'Which columns tell rows apart?', canPickMany: true },
  );
  if (picked === undefined || picked.length === 0) throw cancelled('Choosing the key');
  const primaryKey = picked.map(({ label }) => label);
  const edit = new vscode.WorkspaceEdit();
  addChanges(edit, file.uri, file.text, changesFor(file.text, pathOf(sync, 'primaryKey'), primaryKey));
  await vscode.workspace.applyEdit(edit);
  return { primaryKey };
}
