import { Arguments } from '../arguments.ts';
import { syncFolder, syncIdBreach } from '../destination/keys.ts';
import { invalidArgument } from '../problem.ts';
import type { Store } from '../s3/store.ts';
import { parseLatest } from '../sync/manifest.ts';
import { keysOfRun } from '../sync/filesOfRun.ts';
import { listOutputs, refuseOutside } from '../sync/outputs.ts';
import { groupByRun } from '../sync/runGroups.ts';
import { latestKey } from '../sync/syncKeys.ts';

/** What an action is done to: an object, all that is in a folder, all files of a run, or a sync's current set. */
export type Chosen = { key: string } | { folder: string } | { syncId: string; runId?: string };

/** Reads what a caller chose: `key`, `keys`, or `syncId` with or without `runId`. @throws ProblemError `invalid-argument` */
export function parseChosen(given: Arguments): Chosen[] {
  if (given.has('key')) return [{ key: given.text('key') }];
  if (given.has('keys')) return given.texts('keys').map((key) => ({ key }));
  if (!given.has('syncId')) throw invalidArgument('“key”, “keys” or “syncId” must say which objects are meant.');
  const syncId = given.text('syncId');
  given.refuse('syncId', syncIdBreach(syncId));
  return [{ syncId, ...(given.has('runId') ? { runId: given.text('runId') } : {}) }];
}

/**
 * The keys of what was chosen, each once.
 * @throws ProblemError `invalid-argument` for a key outside the prefix, or when there is nothing
 */
export async function keysOfChosen(store: Store, pathPrefix: string, chosen: readonly Chosen[]): Promise<string[]> {
  const keys = new Set<string>();
  for (const one of chosen) {
    const own = await keysOf(store, pathPrefix, one);
    refuseOutside(pathPrefix, own);
    for (const key of own) keys.add(key);
  }
  if (keys.size === 0) throw invalidArgument('There are no objects.');
  return [...keys];
}

/** What the names of downloaded files are below: the sync's folder, or that of all syncs where keys are of several. */
export function commonFolder(pathPrefix: string, keys: readonly string[]): string {
  const syncIds = new Set(keys.map((key) => /^([^/]*)\/./s.exec(key.slice(pathPrefix.length))?.[1]));
  const [syncId] = syncIds;
  return syncIds.size === 1 && syncId !== undefined ? `${pathPrefix}${syncId}/` : pathPrefix;
}

async function keysOf(store: Store, pathPrefix: string, chosen: Chosen): Promise<string[]> {
  if ('key' in chosen) return [chosen.key];
  if ('folder' in chosen) {
    refuseOutside(pathPrefix, [`${chosen.folder}*`]);
    return (await store.listAll(chosen.folder)).map(({ key }) => key);
  }
  const { syncId, runId } = chosen;
  if (runId !== undefined) return keysOfRun(store, pathPrefix, syncId, runId);
  // Without the right to read it, or without one: the newest run that is there.
  const found = await store.readText(latestKey(pathPrefix, syncId)).catch(() => undefined);
  const latest = found === undefined ? undefined : parseLatest(found.text);
  if (typeof latest === 'object') return latest.files.map(({ key }) => key);
  const folder = syncFolder(pathPrefix, syncId);
  const { runs, others } = groupByRun(await store.listAll(folder), folder);
  return (runs[0]?.objects ?? others).map(({ key }) => key);
}

/** The run ids of a sync that have objects, newest first. @throws ProblemError */
export async function runsOf(store: Store, pathPrefix: string, syncId: string): Promise<string[]> {
  const { runs = [] } = await listOutputs(store, pathPrefix, { syncId });
  return runs.map(({ runId }) => runId);
}
