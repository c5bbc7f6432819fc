import { SIDE_FOLDER } from '../destination/keys.ts';
import { invalidArgument, isDenial } from '../problem.ts';
import type { Store } from '../s3/store.ts';
import { type Latest, parseLatest } from './manifest.ts';
import { latestKey, recordKey } from './syncKeys.ts';

/** A sync whose current set would be touched. */
export interface TouchedSet {
  syncId: string;
  /** Whether it is certain: without the right to read `latest.json` any of the sync's files may be of the set. */
  certain: boolean;
}

/**
 * Which current sets would lose something if these objects were deleted: files of a mirror's current set, and what stands for
 * a sync's newest run beside the data, of whatever mode (`latest.json`, the commit record, the manifest and the state that
 * they name). @param keys below the prefix @throws ProblemError
 */
export async function touchedSets(store: Store, pathPrefix: string, keys: Iterable<string>): Promise<TouchedSet[]> {
  const bySync = new Map<string, string[]>();
  for (const key of keys) {
    const syncId = syncIdOf(key.slice(pathPrefix.length));
    if (syncId === undefined) continue;
    const own = bySync.get(syncId);
    if (own === undefined) bySync.set(syncId, [key]);
    else own.push(key);
  }
  const touched: TouchedSet[] = [];
  for (const [syncId, own] of bySync) {
    const latest = await readLatest(store, pathPrefix, syncId);
    if (latest === 'hidden') touched.push({ syncId, certain: false });
    else if (touches(latest, own, pathPrefix, syncId)) touched.push({ syncId, certain: true });
  }
  return touched;
}

/**
 * Refuses to touch current sets unless somebody has said so.
 * @param said the caller's `currentSet`
 * @throws ProblemError `invalid-argument`
 */
export function refuseTouched(touched: readonly TouchedSet[], said: boolean): void {
  const [first] = touched;
  if (said || first === undefined) return;
  const message = first.certain
    ? `That would delete from the current set of ${first.syncId}, which readers rely on.`
    : `That may delete from the current set of ${first.syncId}: its “latest.json” may not be read.`;
  throw invalidArgument(message, 'Pass “currentSet: true” to delete it all the same.');
}

/** What names a sync's newest run; `hidden` where it may not be read. @throws ProblemError */
export async function readLatest(
  store: Store,
  pathPrefix: string,
  syncId: string,
): Promise<Latest | undefined | 'hidden'> {
  try {
    const found = await store.readText(latestKey(pathPrefix, syncId));
    const latest = found === undefined ? undefined : parseLatest(found.text);
    if (latest === 'newer') return 'hidden';
    return latest === 'damaged' ? undefined : latest;
  } catch (error) {
    if (isDenial(error)) return 'hidden';
    throw error;
  }
}

function touches(latest: Latest | undefined, keys: readonly string[], pathPrefix: string, syncId: string): boolean {
  const precious = new Set([latestKey(pathPrefix, syncId), recordKey(pathPrefix, syncId)]);
  if (latest !== undefined) precious.add(latest.manifest);
  if (latest?.state !== undefined) precious.add(latest.state.key);
  if (latest?.mode === 'mirror') for (const { key } of latest.files) precious.add(key);
  return keys.some((key) => precious.has(key));
}

/** The sync whose folder, or whose folder of manifests, a name below the prefix lies in. */
function syncIdOf(name: string): string | undefined {
  const within = name.startsWith(SIDE_FOLDER) ? name.slice(SIDE_FOLDER.length) : name;
  return within.includes('/') ? within.split('/', 1)[0] : undefined;
}
