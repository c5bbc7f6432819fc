import { sideFolder } from '../destination/keys.ts';
import { cancelled, isDenial, ProblemError } from '../problem.ts';
import type { Deletion } from '../s3/removing.ts';
import type { Store } from '../s3/store.ts';
import { sideBySide } from '../sideBySide.ts';
import { readRecord } from './commitLock.ts';
import { readLatest } from './currentSet.ts';
import { type SizedKey, readManifest } from './filesOfRun.ts';
import { checkedFolder } from './outputs.ts';
import { runIdOfFileName } from './runId.ts';
import { latestKey, manifestKey, recordKey, runsFolder, stateKey } from './syncKeys.ts';

const KEYS_AT_ONCE = 1000;
const READS_AT_ONCE = 16;

/** What one is told, and can do, while objects are deleted. */
export interface RemoveOptions {
  /** Ends it between requests. */
  signal?: AbortSignal;
  /** How many keys have been dealt with. */
  onProgress?: (done: number) => void;
}

/** All that is there of a sync. */
export interface SyncOutput {
  /** Files that runs have written, as far as their names and the manifests say. */
  files: SizedKey[];
  /** What else lies in the sync's folder. */
  others: SizedKey[];
  /** Manifests, states and the like. */
  beside: SizedKey[];
}

/**
 * Deletes objects, a thousand at a time. Refusals stand with the keys.
 * @throws ProblemError `cancelled`, saying how many are gone by then
 */
export async function deleteKeys(
  store: Store,
  keys: readonly string[],
  { signal, onProgress }: RemoveOptions = {},
): Promise<Deletion> {
  const all: Deletion = { deleted: [], failed: [] };
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
    if (signal?.aborted === true)
      throw cancelled('Deleting', `${all.deleted.length.toLocaleString('en-US')} objects had been deleted by then.`);
    const { deleted, failed } = await store.deleteObjects(keys.slice(at, at + KEYS_AT_ONCE));
    for (const key of deleted) all.deleted.push(key);
    for (const failure of failed) all.failed.push(failure);
    onProgress?.(all.deleted.length + all.failed.length);
  }
  return all;
}

/**
 * Deletes a run: its files, then its manifest and its state. Where `latest.json` names the run, it goes first, so that no
 * reader is led to files that are gone – unless it carries the state that the next run is held against, as rows that were
 * delivered once are not delivered again.
 * @param keys the run's files
 * @returns what has become of the files, and failures of what is beside them. What fails leaves the manifest there
 * @throws ProblemError `conflict` while a run of the sync is being committed
 */
export async function deleteRun(
  store: Store,
  pathPrefix: string,
  { syncId, runId, keys }: { syncId: string; runId: string; keys: readonly string[] },
  options: RemoveOptions = {},
): Promise<Deletion> {
  await refuseWhileCommitting(store, pathPrefix, syncId);
  const latest = await readLatest(store, pathPrefix, syncId);
  const state = stateKey(pathPrefix, syncId, runId);
  const needed = latest === 'hidden' || (latest?.mode !== 'mirror' && latest?.state !== undefined);
  if (typeof latest === 'object' && latest.runId === runId && !needed) {
    const { failed } = await store.deleteObjects([latestKey(pathPrefix, syncId)]);
    if (failed.length > 0) return { deleted: [], failed };
  }
  const result = await deleteKeys(store, keys, options);
  // The manifest goes last: it is what still names the files when some of them could not be deleted.
  if (result.failed.length > 0) return result;
  const keepState = needed && (latest === 'hidden' || latest.state?.key === state);
  const beside = [manifestKey(pathPrefix, syncId, runId), ...(keepState ? [] : [state])];
  const { failed } = await store.deleteObjects(beside);
  return { deleted: result.deleted, failed };
}

/** Finds all that is there of a sync. @throws ProblemError */
export async function findSyncOutput(store: Store, pathPrefix: string, syncId: string): Promise<SyncOutput> {
  const folder = checkedFolder(pathPrefix, syncId);
  const [inFolder, inSide] = await Promise.all([store.listAll(folder), listSide(store, pathPrefix, syncId)]);
  const files: SizedKey[] = [];
  const unknown: SizedKey[] = [];
  for (const { key, size } of inFolder) {
    const known = key === folder || runIdOfFileName(key.slice(folder.length)) !== undefined;
    (known ? files : unknown).push({ key, size });
  }
  const written = unknown.length === 0 ? new Set<string>() : await writtenKeys(store, pathPrefix, syncId, inSide);
  return {
    files: [...files, ...unknown.filter(({ key }) => written.has(key))],
    others: unknown.filter(({ key }) => !written.has(key)),
    beside: inSide,
  };
}

/**
 * Deletes what is there of a sync: `latest.json` first, then its files, and what is beside them when all files are gone.
 * @param others whether what no run has written goes, too
 * @throws ProblemError `conflict` while a run of the sync is being committed
 */
export async function deleteSyncOutput(
  store: Store,
  pathPrefix: string,
  syncId: string,
  output: SyncOutput,
  { others, ...options }: RemoveOptions & { others: boolean },
): Promise<Deletion> {
  await refuseWhileCommitting(store, pathPrefix, syncId);
  const latest = latestKey(pathPrefix, syncId);
  if (output.beside.some(({ key }) => key === latest)) {
    const { failed } = await store.deleteObjects([latest]);
    if (failed.length > 0) return { deleted: [], failed };
  }
  const data = [...output.files, ...(others ? output.others : [])].map(({ key }) => key);
  const result = await deleteKeys(store, data, options);
  if (result.failed.length > 0) return result;
  const beside = output.beside.map(({ key }) => key).filter((key) => key !== latest);
  const { failed } = await deleteKeys(store, beside);
  return { deleted: result.deleted, failed };
}

/** @throws ProblemError `conflict` */
async function refuseWhileCommitting(store: Store, pathPrefix: string, syncId: string): Promise<void> {
  const standing = await readRecord(store, recordKey(pathPrefix, syncId)).catch((error: unknown) => {
    // Whoever may not read takes no part in commits.
    if (isDenial(error)) return undefined;
    throw error;
  });
  if (standing?.record.state !== 'committing') return;
  throw new ProblemError({
    code: 'conflict',
    message: `A run of ${syncId} is being committed. Nothing was deleted.`,
    fix: 'Wait until it has ended. If it was interrupted, use “Finish or Remove Interrupted Exports”.',
  });
}

async function listSide(store: Store, pathPrefix: string, syncId: string): Promise<SizedKey[]> {
  const listed = await store.listAll(sideFolder(pathPrefix, syncId));
  return listed.map(({ key, size }) => ({ key, size }));
}

/** The keys that the manifests of a sync name. */
async function writtenKeys(
  store: Store,
  pathPrefix: string,
  syncId: string,
  beside: readonly SizedKey[],
): Promise<Set<string>> {
  const keys = new Set<string>();
  const folder = runsFolder(pathPrefix, syncId);
  const runIds = beside.flatMap(({ key }) =>
    key.startsWith(folder) ? [key.slice(folder.length, -'.json'.length)] : [],
  );
  await sideBySide(runIds, READS_AT_ONCE, async (runId) => {
    for (const { key } of (await readManifest(store, pathPrefix, syncId, runId))?.files ?? []) keys.add(key);
  });
  return keys;
}
