import * as vscode from 'vscode';
import { syncFolder } from '../../core/destination/keys.ts';
import { formatBytes, formatFiles, formatTime } from '../../core/format.ts';
import { cancelled, invalidArgument } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { ListedObject } from '../../core/s3/listing.ts';
import { newestRuns } from '../../core/sync/listedRuns.ts';
import { listOutputs } from '../../core/sync/outputs.ts';
import { nameWithinRun } from '../../core/sync/runGroups.ts';
import { runTime } from '../../core/sync/runId.ts';
import { pickDestination } from '../destinations/pickDestination.ts';
import type { ChosenAt } from './chosen.ts';
import type { ObjectContext } from './objectCommands.ts';

/** How many runs are offered. */
const RUNS_SHOWN = 200;

/** Asks for a destination, a sync, a run, and which of its files are meant. @throws ProblemError `cancelled` */
export async function pickChosen(context: ObjectContext, title: string): Promise<ChosenAt> {
  const { destination, syncId } = await pickSync(context, title);
  const { store, destination: place } = await context.stores.get(destination);
  const runId = await pickRun(store, place.pathPrefix, syncId, title);
  const { objects = [], continuation } = await listOutputs(store, place.pathPrefix, { syncId, runId });
  if (objects.length < 2) return { destination, chosen: [{ syncId, runId }] };
  const folder = syncFolder(place.pathPrefix, syncId);
  const items = objects.map(({ key, size }) => ({
    ...{ label: nameWithinRun(key, folder), description: formatBytes(size), key },
  }));
  const shown =
    continuation === undefined ? '' : ` These are the first ${formatFiles(items.length)}: all stand for the run.`;
  const picked = await pickMany(title, `Which objects?${shown}`, items);
  if (picked.length === 0) throw cancelled(title, '');
  // All of them are the run, which may have more than have been listed.
  if (picked.length === items.length) return { destination, chosen: [{ syncId, runId }] };
  return { destination, chosen: picked.map(({ key }) => ({ key })) };
}

/**
 * Asks for some of several items, which are all ticked at first. They are there when the prompt is: with `showQuickPick`, they come
 * after it, and whoever accepts in between has picked none.
 */
function pickMany<T extends vscode.QuickPickItem>(
  title: string,
  placeholder: string,
  items: readonly T[],
): Promise<readonly T[]> {
  const pick = vscode.window.createQuickPick<T>();
  Object.assign(pick, { title, placeholder, items, canSelectMany: true, selectedItems: items, ignoreFocusOut: true });
  return new Promise<readonly T[]>((resolve) => {
    pick.onDidAccept(() => resolve(pick.selectedItems));
    pick.onDidHide(() => resolve([]));
    pick.show();
  }).finally(() => pick.dispose());
}

/** Asks for a destination and one of the syncs that have outputs there. @throws ProblemError `cancelled` */
export async function pickSync(
  { destinations, stores }: ObjectContext,
  title: string,
): Promise<{ destination: string; syncId: string }> {
  const name = await pickDestination(destinations, title);
  const { destination, store } = await stores.get(name);
  const syncs = await allSyncs(store, destination.pathPrefix);
  if (syncs.length === 0) throw invalidArgument(`There are no outputs at ${name}.`);
  const picked = await vscode.window.showQuickPick(
    syncs.map((syncId) => ({ label: syncId, iconPath: new vscode.ThemeIcon('sync') })),
    { title, placeHolder: 'Which sync?', ignoreFocusOut: true },
  );
  if (picked === undefined) throw cancelled(title, '');
  return { destination: name, syncId: picked.label };
}

async function allSyncs(store: Store, pathPrefix: string): Promise<string[]> {
  const syncIds: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await listOutputs(store, pathPrefix, continuation === undefined ? {} : { continuation });
    for (const { syncId } of page.syncs ?? []) syncIds.push(syncId);
    ({ continuation } = page);
  } while (continuation !== undefined);
  return syncIds;
}

/** Asks for one of a sync's newest runs. @param but one that is not offered @throws ProblemError `cancelled` */
export async function pickRun(
  store: Store,
  pathPrefix: string,
  syncId: string,
  title: string,
  but?: string,
): Promise<string> {
  const runs = await newestRuns(store, pathPrefix, syncId, RUNS_SHOWN);
  const items = runs
    .filter(({ runId }) => runId !== but)
    .map(({ runId, objects, more }) => ({
      label: formatTime(runTime(runId) ?? new Date(0)),
      description: `${filesText(objects, more)} · ${runId}`,
      iconPath: new vscode.ThemeIcon('history'),
      runId,
    }));
  const [first] = items;
  if (first === undefined)
    throw invalidArgument(`There ${but === undefined ? 'are no runs' : 'is no other run'} of ${syncId}.`);
  const placeHolder = but === undefined ? 'Which run?' : 'Which other run?';
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  if (picked === undefined) throw cancelled(title, '');
  return picked.runId;
}

function filesText(objects: readonly ListedObject[], more: boolean): string {
  const size = formatBytes(objects.reduce((sum, object) => sum + object.size, 0));
  return `${formatFiles(objects.length)}, ${size}${more ? ' or more' : ''}`;
}
