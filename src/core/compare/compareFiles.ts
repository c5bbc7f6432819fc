import { sameEtag } from '../s3/etag.ts';
import type { Store } from '../s3/store.ts';
import { sideBySide } from '../sideBySide.ts';
import type { Manifest } from '../sync/manifest.ts';
import { nameWithinRun } from '../sync/runGroups.ts';

const AT_ONCE = 8;

/** How the files of two runs differ, by their names within the run. */
export interface FileComparison {
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
  /** The names. */
  files: { added: string[]; changed: string[]; removed: string[] };
}

/** A run, as far as its files are concerned. */
interface Side {
  keys: readonly string[];
  manifest?: Manifest;
}

/** What tells a file from another. */
interface Identity {
  sha256?: string;
  etag?: string;
}

/**
 * Compares files by what is known of their content, without reading it. @param folder the sync's @throws ProblemError
 */
export async function compareFiles(store: Store, folder: string, before: Side, after: Side): Promise<FileComparison> {
  const [was, is] = await Promise.all([identities(store, folder, before), identities(store, folder, after)]);
  const names = [...new Set([...was.keys(), ...is.keys()])].sort();
  const isSame = (name: string): boolean => areSame(was.get(name) ?? {}, is.get(name) ?? {});
  const files = {
    added: names.filter((name) => !was.has(name)),
    changed: names.filter((name) => was.has(name) && is.has(name) && !isSame(name)),
    removed: names.filter((name) => !is.has(name)),
  };
  const [added, changed, removed] = [files.added.length, files.changed.length, files.removed.length];
  return { added, changed, removed, unchanged: names.length - added - changed - removed, files };
}

/** What manifests and the store say of files, by their names within the run. */
async function identities(store: Store, folder: string, { keys, manifest }: Side): Promise<Map<string, Identity>> {
  const known = new Map(manifest?.files.map((file) => [file.key, file]));
  const found = new Map<string, Identity>();
  await sideBySide(keys, AT_ONCE, async (key) => {
    found.set(nameWithinRun(key, folder), known.get(key) ?? (await store.head(key)) ?? {});
  });
  return found;
}

/** By their SHA-256, or by their ETags where one of them has none. */
function areSame(one: Identity, other: Identity): boolean {
  if (one.sha256 !== undefined && other.sha256 !== undefined) return one.sha256 === other.sha256;
  return one.etag !== undefined && other.etag !== undefined && sameEtag(one.etag, other.etag);
}
