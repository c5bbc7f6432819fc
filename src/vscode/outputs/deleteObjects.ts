import { Arguments } from '../../core/arguments.ts';
import type { Chosen } from '../../core/objects/chosen.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import { refuseTouched, touchedSets } from '../../core/sync/currentSet.ts';
import { filesOfRun, type SizedKey } from '../../core/sync/filesOfRun.ts';
import { refuseOutside } from '../../core/sync/outputs.ts';
import { deleteKeys, deleteRun, type RemoveOptions } from '../../core/sync/removeOutputs.ts';
import type { Call } from '../commands.ts';
import { type ChosenAt, chosenBy } from '../objects/chosen.ts';
import { pickRun, pickSync } from '../objects/pickChosen.ts';
import { nodesOf } from './outputActions.ts';
import type { RemoveContext } from './removeCommands.ts';
import { announce, confirm, consequences, countText, keepsVersions, type Removed, withRemoval } from './removing.ts';

/** A run with its files. */
interface RunFiles {
  syncId: string;
  runId: string;
  files: SizedKey[];
}

/**
 * Deletes objects: `{destination, keys, confirmed: true, currentSet?}`. Objects of a mirror's current set, and what names the
 * newest run, are refused unless `currentSet` is true. A person is asked.
 * @returns what was deleted; refusals of the store stand with their keys
 * @throws ProblemError `invalid-argument`, `cancelled`
 */
export async function deleteObjects(context: RemoveContext, call: Call): Promise<Removed> {
  if (call.given === undefined) return deleteChosen(context, await chosenBy(context, call, 'Delete Objects'));
  const given = new Arguments(call.given);
  const name = given.text('destination');
  const { destination, store } = await context.stores.get(name);
  const keys = given.texts('keys');
  refuseOutside(destination.pathPrefix, keys);
  if (!given.flag('confirmed', false)) {
    throw invalidArgument('“confirmed” must be true: deleted objects cannot be had back.');
  }
  refuseTouched(await touchedSets(store, destination.pathPrefix, keys), given.flag('currentSet', false));
  return telling(context, name, () => deleteKeys(store, keys));
}

/**
 * Deletes runs with what is written of them beside the data: `{destination, syncId, runId, currentSet?}`. The current set of a
 * mirror is refused unless `currentSet` is true. A person is asked.
 * @returns the files that were deleted; refusals of the store stand with their keys, and leave the run's manifest there
 * @throws ProblemError `invalid-argument`, `conflict` while a run of the sync is being committed, `cancelled`
 */
export async function deleteRuns(context: RemoveContext, call: Call): Promise<Removed> {
  if (call.given === undefined) return deleteChosen(context, await runsBy(context, call));
  const given = new Arguments(call.given);
  const name = given.text('destination');
  const { destination, store } = await context.stores.get(name);
  const [syncId, runId] = [given.text('syncId'), given.text('runId')];
  const keys = (await filesOfRun(store, destination.pathPrefix, syncId, runId)).map(({ key }) => key);
  refuseTouched(await touchedSets(store, destination.pathPrefix, keys), given.flag('currentSet', false));
  return telling(context, name, () => deleteRun(store, destination.pathPrefix, { syncId, runId, keys }));
}

/** Deletes objects and runs that a person has chosen, destination by destination. @throws ProblemError `cancelled` */
export async function deleteChosen(context: RemoveContext, places: readonly ChosenAt[]): Promise<Removed> {
  const all: Removed = { deleted: [], failed: [] };
  for (const { destination: name, chosen } of places) {
    const { destination, store } = await context.stores.get(name);
    const { pathPrefix } = destination;
    const runs = await runsOf(store, pathPrefix, chosen);
    const keys = chosen.flatMap((one) => ('key' in one ? [one.key] : []));
    refuseOutside(pathPrefix, keys);
    const inRuns = new Set(runs.flatMap(({ files }) => files.map(({ key }) => key)));
    const objects = await sized(
      store,
      keys.filter((key) => !inRuns.has(key)),
    );
    const everything = [...runs.flatMap(({ files }) => files), ...objects];
    if (runs.length + objects.length === 0) throw invalidArgument('Choose objects or runs in the outputs.');
    const touched = await touchedSets(
      store,
      pathPrefix,
      everything.map(({ key }) => key),
    );
    const what =
      runs.length === 0
        ? countText(objects)
        : `${runs.length === 1 ? `a run of ${runs[0]?.syncId ?? ''}` : `${runs.length} runs`}, ${countText(everything)},`;
    const details = [
      ...runs.map(runText),
      ...(runs.length > 0 && objects.length > 0 ? [`Besides: ${countText(objects)}.`] : []),
    ];
    const listed = [...details, ...objects.map(({ key }) => key)].slice(0, 10);
    const rest = details.length + objects.length - listed.length;
    const shown = rest > 0 ? [...listed, `… and ${rest.toLocaleString('en-US')} more`] : listed;
    const button = touched.length === 0 ? 'Delete' : 'Delete Current Set';
    const notes = consequences(touched, await keepsVersions(store));
    await confirm(
      `Delete ${what} at ${name}?`,
      touched.length === 0 ? [shown.join('\n'), ...notes] : [...notes, shown.join('\n')],
      button,
    );
    const removed = await telling(context, name, () =>
      withRemoval(`Deleting at ${name}`, everything.length, (options) =>
        removeAll(store, pathPrefix, runs, objects, options),
      ),
    );
    all.deleted.push(...removed.deleted);
    all.failed.push(...removed.failed);
    void announce(context, removed, countText(everything));
  }
  return all;
}

async function removeAll(
  store: Store,
  pathPrefix: string,
  runs: readonly RunFiles[],
  objects: readonly SizedKey[],
  options: RemoveOptions,
): Promise<Removed> {
  const all: Removed = await deleteKeys(
    store,
    objects.map(({ key }) => key),
    options,
  );
  for (const { syncId, runId, files } of runs) {
    const before = all.deleted.length + all.failed.length;
    const onProgress = (done: number): void => options.onProgress?.(before + done);
    const run = { syncId, runId, keys: files.map(({ key }) => key) };
    const { deleted, failed } = await deleteRun(store, pathPrefix, run, { ...options, onProgress });
    all.deleted.push(...deleted);
    all.failed.push(...failed);
  }
  return all;
}

async function runsBy(context: RemoveContext, call: Call): Promise<ChosenAt[]> {
  const by = new Map<string, Chosen[]>();
  for (const node of nodesOf(context, call)) {
    if (node.kind !== 'run') continue;
    by.set(node.destination, [...(by.get(node.destination) ?? []), { syncId: node.syncId, runId: node.runId }]);
  }
  if (by.size > 0) return [...by].map(([destination, chosen]) => ({ destination, chosen }));
  const { destination, syncId } = await pickSync(context, 'Delete Run');
  const { store, destination: place } = await context.stores.get(destination);
  const runId = await pickRun(store, place.pathPrefix, syncId, 'Delete Run');
  return [{ destination, chosen: [{ syncId, runId }] }];
}

async function runsOf(store: Store, pathPrefix: string, chosen: readonly Chosen[]): Promise<RunFiles[]> {
  const runs: RunFiles[] = [];
  for (const one of chosen) {
    if (!('syncId' in one) || one.runId === undefined) continue;
    const { syncId, runId } = one;
    runs.push({ syncId, runId, files: await filesOfRun(store, pathPrefix, syncId, runId) });
  }
  return runs;
}

/** Their sizes, as far as they are there: one that is gone counts for nothing. */
async function sized(store: Store, keys: readonly string[]): Promise<SizedKey[]> {
  const objects: SizedKey[] = [];
  for (const key of keys) {
    const [found] = (await store.listPage(key, { limit: 1 })).items;
    objects.push({ key, size: found?.key === key ? found.size : 0 });
  }
  return objects;
}

function runText({ syncId, runId, files }: RunFiles): string {
  return `${syncId}, ${runId}: ${countText(files)}`;
}

async function telling<R>(context: RemoveContext, destination: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } finally {
    context.onRemoved(destination);
  }
}
