import type { ListedObject } from '../s3/listing.ts';
import { runIdOfFileName, runTime } from './runId.ts';

/** The objects of a sync's folder, put together to the runs that wrote them. */
export interface RunGroups {
  /** Newest first; the objects of a run by key. */
  runs: { runId: string; objects: ListedObject[] }[];
  /** Objects whose names do not say which run they are of. */
  others: ListedObject[];
}

/**
 * What an object is called within its run: its path below the run's own folder, where it lies in one, or its name.
 * @param folder the sync's folder: prefixes and sync ids may look like runs themselves
 */
export function nameWithinRun(key: string, folder: string): string {
  const folders = key.slice(folder.length).split('/');
  const own = folders.slice(0, -1).findIndex((folder) => runTime(folder) !== undefined);
  return folders.slice(own < 0 ? -1 : own + 1).join('/');
}

/** Groups the objects of a sync by run. @param folder the sync's folder, which all keys begin with */
export function groupByRun(objects: readonly ListedObject[], folder: string): RunGroups {
  const runs = new Map<string, ListedObject[]>();
  const others: ListedObject[] = [];
  for (const object of objects) {
    // The folder itself may exist as an object of no bytes, made by a console.
    if (object.key === folder) continue;
    const runId = runIdOfFileName(object.key.slice(folder.length));
    if (runId === undefined) others.push(object);
    else runs.set(runId, [...(runs.get(runId) ?? []), object]);
  }
  const newestFirst = [...runs].sort(([a], [b]) => (a < b ? 1 : -1));
  return { runs: newestFirst.map(([runId, members]) => ({ runId, objects: members })), others };
}
