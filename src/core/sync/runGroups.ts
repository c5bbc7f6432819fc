import type { ListedObject } from '../s3/listing.ts';
import { runIdOfFileName } from './runId.ts';

/** The objects of a sync's folder, put together to the runs that wrote them. */
export interface RunGroups {
  /** Newest first; the objects of a run by key. */
  runs: { runId: string; objects: ListedObject[] }[];
  /** Objects whose names do not say which run they are of. */
  others: ListedObject[];
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
