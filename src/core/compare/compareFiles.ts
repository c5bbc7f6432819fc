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

/** Compares files by what is known of their content, without reading it. @throws ProblemError */
export async function compareFiles(store: Store, before: Side, after: Side): Promise<FileComparison> {
  const [was, is] = await Promise.all([identities(store, before), identities(store, after)]);
  const names = [...new Set([...was.keys(), ...is.keys()])].sort();
  const files = {
    added: names.filter((name) => !was.has(name)),
    changed: names.filter((name) => was.has(name) && is.has(name) && was.get(name) !== is.get(name)),
    removed: names.filter((name) => !is.has(name)),
  };
  const [added, changed, removed] = [files.added.length, files.changed.length, files.removed.length];
  return { added, changed, removed, unchanged: names.length - added - changed - removed, files };
}

/** By its name, what tells a file from another: its SHA-256 where a manifest has it, or its ETag. */
async function identities(store: Store, { keys, manifest }: Side): Promise<Map<string, string>> {
  const known = new Map(manifest?.files.map(({ key, sha256 }) => [key, sha256]));
  const found = new Map<string, string>();
  await sideBySide(keys, AT_ONCE, async (key) => {
    found.set(nameWithinRun(key), known.get(key) ?? (await store.properties(key))?.etag ?? '');
  });
  return found;
}
