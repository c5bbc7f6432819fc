import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { cancelled, invalidArgument } from '../../core/problem.ts';
import { refuseTouched, touchedSets } from '../../core/sync/currentSet.ts';
import { deleteSyncOutput, findSyncOutput } from '../../core/sync/removeOutputs.ts';
import type { Call } from '../commands.ts';
import { pickSync } from '../objects/pickChosen.ts';
import { showWarningMessage } from '../messages.ts';
import { nodesOf } from './outputActions.ts';
import type { RemoveContext } from './removeCommands.ts';
import { announce, confirm, consequences, countText, keepsVersions, type Removed, withRemoval } from './removing.ts';

const DELETE = 'Delete Output…';
const DELETE_ALL = 'Delete Output and Other Objects…';

/**
 * Deletes what is there of a sync, with its manifests: `{destination, syncId, confirm, others?, currentSet?}`. `confirm` must
 * be the sync id once more; `others` takes what no run has written, too; the current set of a mirror is refused unless
 * `currentSet` is true. A person types the id. Where the sync is defined stays as it is.
 * @returns the files that were deleted; refusals of the store stand with their keys, and leave the manifests there
 * @throws ProblemError `invalid-argument`, `conflict` while a run of the sync is being committed, `cancelled`
 */
export async function deleteSync(context: RemoveContext, call: Call): Promise<Removed> {
  if (call.given !== undefined) return unattended(context, new Arguments(call.given));
  const nodes = nodesOf(context, call).filter((node) => node.kind === 'sync');
  const chosen = nodes.length > 0 ? nodes : [await pickSync(context, 'Delete Output of Sync')];
  const all: Removed = { deleted: [], failed: [] };
  for (const { destination, syncId } of chosen) {
    const { deleted, failed } = await ask(context, destination, syncId);
    all.deleted.push(...deleted);
    all.failed.push(...failed);
  }
  return all;
}

async function unattended(context: RemoveContext, given: Arguments): Promise<Removed> {
  const [name, syncId] = [given.text('destination'), given.text('syncId')];
  const { destination, store } = await context.stores.get(name);
  if (given.text('confirm', '') !== syncId) {
    throw invalidArgument(`“confirm” must be “${syncId}”, too: all that is there of the sync is deleted.`);
  }
  const output = await findSyncOutput(store, destination.pathPrefix, syncId);
  const others = given.flag('others', false);
  const keys = [...output.files, ...(others ? output.others : [])].map(({ key }) => key);
  refuseTouched(await touchedSets(store, destination.pathPrefix, keys), given.flag('currentSet', false));
  try {
    return await deleteSyncOutput(store, destination.pathPrefix, syncId, output, { others });
  } finally {
    context.onRemoved(name);
  }
}

async function ask(context: RemoveContext, name: string, syncId: string): Promise<Removed> {
  const { destination, store } = await context.stores.get(name);
  const title = `Looking what is there of ${syncId}`;
  const { pathPrefix } = destination;
  const output = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
    findSyncOutput(store, pathPrefix, syncId),
  );
  const touched = await touchedSets(
    store,
    pathPrefix,
    output.files.map(({ key }) => key),
  );
  const details = [
    `${countText(output.files)} that its runs have written, with the manifests of all runs. The next run begins from nothing.`,
    ...(output.others.length === 0
      ? []
      : [`Its folder also holds ${countText(output.others)} that no run of it has written.`]),
    ...consequences(touched, await keepsVersions(store)),
  ];
  const others = await askOthers(`Delete the output of ${syncId} at ${name}?`, details, output.others.length > 0);
  const data = [...output.files, ...(others ? output.others : [])];
  const typed = await vscode.window.showInputBox({
    title: `Delete ${countText(data)} of ${syncId}`,
    prompt: `Type ${syncId} to delete it.`,
    ignoreFocusOut: true,
    validateInput: (value) => (value === '' || syncId.startsWith(value) ? undefined : `That is not ${syncId}.`),
  });
  if (typed !== syncId) throw cancelled('Deleting', 'Nothing was deleted.');
  try {
    const removed = await withRemoval(`Deleting ${syncId} at ${name}`, data.length, (options) =>
      deleteSyncOutput(store, pathPrefix, syncId, output, { ...options, others }),
    );
    void announce(context, removed, `${countText(data)} of ${syncId}`);
    return removed;
  } finally {
    context.onRemoved(name);
  }
}

/** @returns whether what no run has written goes, too */
async function askOthers(message: string, details: string[], choice: boolean): Promise<boolean> {
  if (!choice) {
    await confirm(message, details, DELETE);
    return false;
  }
  const options = { modal: true, detail: details.join('\n\n') };
  const answer = await showWarningMessage(message, options, DELETE, DELETE_ALL);
  if (answer === undefined) throw cancelled('Deleting', 'Nothing was deleted.');
  return answer === DELETE_ALL;
}
