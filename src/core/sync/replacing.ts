import type { Destination } from '../destination/destination.ts';
import { syncFolder } from '../destination/keys.ts';
import { isDenial } from '../problem.ts';
import { sideBySide } from '../sideBySide.ts';
import { sameEtag } from '../s3/etag.ts';
import type { ListedObject } from '../s3/listing.ts';
import type { Store } from '../s3/store.ts';
import type { Replaced } from './commitRecord.ts';
import { type Latest, type ManifestFile, parseManifest } from './manifest.ts';
import type { Leftover } from './runResult.ts';
import { runIdOfFileName } from './runId.ts';
import { manifestKey } from './syncKeys.ts';

const LOOKS_AT_ONCE = 16;
const DELETE_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;

/** A file of an earlier run. */
export interface EarlierFile extends Replaced {
  /** Missing for a file that was copied as it is. */
  rows?: number;
}

/** What a mirror finds of earlier runs. */
export interface EarlierFiles {
  /** Files that runs of ours have written and nobody has written over. Only these may be deleted. */
  ours: EarlierFile[];
  /** Keys that a run of ours had written, and that somebody has written over since. They stay. */
  overwritten: string[];
}

/**
 * Finds the files of a sync's earlier runs. What lies in the sync's folder counts only if the manifest of the run that it
 * seems to be of lists it; without the right to list, what `latest.json` lists.
 * @throws ProblemError when the store fails; a missing right is no failure
 */
export async function earlierFiles(
  store: Store,
  { pathPrefix }: Destination,
  syncId: string,
  latest: Latest | undefined,
): Promise<EarlierFiles> {
  const folder = syncFolder(pathPrefix, syncId);
  // Others may write `latest.json`, too: nothing outside of the sync's folder is ever deleted.
  const named = (latest?.files ?? []).filter(({ key }) => key.startsWith(folder));
  const known = new Map(named.map((file) => [file.key, earlierFile(file, latest)]));
  const listed = await listAll(store, folder);
  if (listed === undefined) return { ours: [...known.values()], overwritten: [] };
  const unknown = listed.filter(({ key }) => !known.has(key));
  for (const file of await filesOfRuns(store, pathPrefix, syncId, folder, unknown)) known.set(file.key, file);
  const found: EarlierFiles = { ours: [], overwritten: [] };
  for (const { key, etag } of listed) {
    const file = known.get(key);
    if (file === undefined) continue;
    const same = file.etag === undefined || etag === undefined || sameEtag(file.etag, etag);
    if (same) found.ours.push(file);
    else found.overwritten.push(key);
  }
  return found;
}

/**
 * Deletes files of earlier sets by their exact keys, and tries again what was refused. Never throws.
 * @returns `unanswered`, the SDK's error, when the store was not able to say yes or no to one of them
 */
export async function deleteReplaced(
  store: Store,
  keys: readonly string[],
  pause: (ms: number) => Promise<unknown>,
): Promise<{ deleted: string[]; leftovers: Leftover[]; unanswered?: unknown }> {
  const deleted: string[] = [];
  let left = [...keys];
  let leftovers: Leftover[] = [];
  let unanswered: unknown;
  for (let attempt = 0; attempt < DELETE_ATTEMPTS && left.length > 0; attempt++) {
    if (attempt > 0) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    const result = await store.deleteObjects(left);
    deleted.push(...result.deleted);
    leftovers = result.failed.map(({ key, code }) => ({ key, code }));
    unanswered = result.failed.find((failure) => failure.unanswered !== undefined)?.unanswered;
    left = leftovers.map(({ key }) => key);
  }
  return { deleted, leftovers, ...(unanswered === undefined ? {} : { unanswered }) };
}

async function listAll(store: Store, folder: string): Promise<ListedObject[] | undefined> {
  try {
    return await store.listAll(folder);
  } catch (error) {
    if (isDenial(error)) return undefined;
    throw error;
  }
}

/** The files that the manifests list of those runs that objects seem to be of, by their names or by their metadata. */
async function filesOfRuns(
  store: Store,
  pathPrefix: string,
  syncId: string,
  folder: string,
  objects: readonly ListedObject[],
): Promise<EarlierFile[]> {
  const runIds = new Set<string>();
  await sideBySide(objects, LOOKS_AT_ONCE, async ({ key }) => {
    const runId = runIdOfFileName(key.slice(folder.length)) ?? (await store.lookAt(key)).runId;
    if (runId !== undefined) runIds.add(runId);
  });
  const files: EarlierFile[] = [];
  await sideBySide(runIds, LOOKS_AT_ONCE, async (runId) => {
    const found = await store.readText(manifestKey(pathPrefix, syncId, runId));
    const manifest = found === undefined ? undefined : parseManifest(found.text);
    // The folder of manifests can be written to by others, but only what lies in the sync's folder is ever looked up here.
    if (manifest?.syncId === syncId) files.push(...manifest.files.map((file) => earlierFile(file, manifest)));
  });
  return files;
}

function earlierFile({ key, rows, etag }: ManifestFile, run: Pick<Latest, 'format'> | undefined): EarlierFile {
  const counted = run?.format === undefined ? {} : { rows };
  return { key, ...counted, ...(etag === undefined ? {} : { etag }) };
}
