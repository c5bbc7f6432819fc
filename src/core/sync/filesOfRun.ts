import { sameEtag } from '../s3/etag.ts';
import type { Store } from '../s3/store.ts';
import { type Manifest, type ManifestFile, parseManifest } from './manifest.ts';
import { checkedFolder, isOfRun, runStart } from './outputs.ts';
import { manifestKey } from './syncKeys.ts';

/** An object, and its size in bytes. */
export interface SizedKey {
  key: string;
  size: number;
}

/**
 * The files of a run that are there: those whose names begin with its id, and those that its manifest names, that lie in the
 * sync's folder, and that no other run has written over since. A manifest that is missing, or that may not be read, names none.
 * @throws ProblemError
 */
export async function filesOfRun(store: Store, pathPrefix: string, syncId: string, runId: string): Promise<SizedKey[]> {
  const folder = checkedFolder(pathPrefix, syncId);
  const start = runStart(pathPrefix, syncId, runId);
  const listed = (await store.listAll(start)).filter(({ key }) => isOfRun(pathPrefix, syncId, runId, key));
  const files = new Map(listed.map(({ key, size }) => [key, size]));
  for (const file of (await readManifest(store, pathPrefix, syncId, runId))?.files ?? []) {
    if (!file.key.startsWith(folder) || file.key.startsWith(start)) continue;
    const size = await sizeOfOwn(store, file, runId);
    if (size !== undefined) files.set(file.key, size);
  }
  return [...files].map(([key, size]) => ({ key, size }));
}

/** The keys of the files of a run that are there, as `filesOfRun`. @throws ProblemError */
export async function keysOfRun(store: Store, pathPrefix: string, syncId: string, runId: string): Promise<string[]> {
  return (await filesOfRun(store, pathPrefix, syncId, runId)).map(({ key }) => key);
}

/** A run's manifest; undefined where there is none, or where it may not be read. Never throws. */
export async function readManifest(
  store: Pick<Store, 'readText'>,
  pathPrefix: string,
  syncId: string,
  runId: string,
): Promise<Manifest | undefined> {
  const found = await store.readText(manifestKey(pathPrefix, syncId, runId)).catch(() => undefined);
  return found === undefined ? undefined : parseManifest(found.text);
}

/**
 * The size of a file that a manifest names by a name that other runs may have, too; undefined when it is not there, or when it
 * is another's by now. @throws ProblemError
 */
async function sizeOfOwn(store: Store, file: ManifestFile, runId: string): Promise<number | undefined> {
  const [object] = (await store.listPage(file.key, { limit: 1 })).items;
  if (object?.key !== file.key) return undefined;
  if (file.etag !== undefined && object.etag !== undefined) {
    return sameEtag(file.etag, object.etag) ? object.size : undefined;
  }
  return (await store.lookAt(file.key)).runId === runId ? object.size : undefined;
}
