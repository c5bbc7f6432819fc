import { isDenial } from '../../core/problem.ts';
import { sideBySide } from '../../core/sideBySide.ts';
import { type Latest, type Manifest, parseLatest, parseManifest } from '../../core/sync/manifest.ts';
import { latestKey, manifestKey } from '../../core/sync/syncKeys.ts';
import type { Stores } from '../destinations/stores.ts';

const READS_AT_ONCE = 8;
/** After so many refusals, and nothing that could be read, no more is asked for. A file that is not there may be refused, too. */
const REFUSALS = 5;

/**
 * What is written beside the data: which run a sync's newest is, and what runs have done. It is read in the background, as
 * browsing needs no right to read: without it, there are fewer facts.
 */
export class OutputFacts {
  readonly #stores: Stores;
  /** Null stands for one that is not there, or cannot be read. */
  readonly #latest = new Map<string, Latest | null>();
  /** Those of which nothing is known that may have changed them since. The others are shown until they are read again. */
  readonly #fresh = new Set<string>();
  readonly #manifests = new Map<string, Manifest | null>();
  /** How often reading was refused in a row, by destination. */
  readonly #refused = new Map<string, number>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** What names a sync's newest run. */
  latest(destination: string, syncId: string): Latest | undefined {
    return this.#latest.get(idOf(destination, syncId)) ?? undefined;
  }

  manifest(destination: string, syncId: string, runId: string): Manifest | undefined {
    return this.#manifests.get(idOf(destination, syncId, runId)) ?? undefined;
  }

  /** The keys of the files that runs of a sync have written, of those runs that are known. */
  *filesOf(destination: string, syncId: string): Generator<string> {
    for (const { key } of this.latest(destination, syncId)?.files ?? []) yield key;
    for (const [id, manifest] of this.#manifests) {
      if (!id.startsWith(idOf(destination, syncId))) continue;
      for (const { key } of manifest?.files ?? []) yield key;
    }
  }

  /** The run whose files are the sync's current set, for a mirror. */
  currentSet(destination: string, syncId: string): string | undefined {
    const latest = this.latest(destination, syncId);
    return latest?.mode === 'mirror' ? latest.runId : undefined;
  }

  /** Finds out what the newest runs of syncs are, as far as that is not known. Never throws. @param told each sync that something was learned of */
  async learnLatest(
    destination: string,
    syncIds: readonly string[],
    signal: AbortSignal,
    told: (syncId: string) => void,
  ): Promise<void> {
    const unknown = syncIds.filter((syncId) => !this.#fresh.has(idOf(destination, syncId)));
    await this.#read(destination, unknown, signal, latestKey, (syncId, text) => {
      const latest = text === undefined ? undefined : parseLatest(text);
      const known = typeof latest === 'object' ? latest : null;
      const id = idOf(destination, syncId);
      const before = this.#latest.get(id);
      this.#latest.set(id, known);
      this.#fresh.add(id);
      if (before?.runId !== known?.runId || before?.committedAt !== known?.committedAt) told(syncId);
    });
  }

  /** Finds out what runs have done, as far as that is not known. Never throws. @param told each run that something was learned of */
  async learnRuns(
    destination: string,
    syncId: string,
    runIds: readonly string[],
    signal: AbortSignal,
    told: (runId: string) => void,
  ): Promise<void> {
    const unknown = runIds.filter((runId) => !this.#manifests.has(idOf(destination, syncId, runId)));
    const keyOf = (prefix: string, runId: string): string => manifestKey(prefix, syncId, runId);
    await this.#read(destination, unknown, signal, keyOf, (runId, text) => {
      const manifest = text === undefined ? undefined : parseManifest(text);
      this.#manifests.set(idOf(destination, syncId, runId), manifest ?? null);
      if (manifest !== undefined) told(runId);
    });
  }

  /** Forgets what may have changed: of a sync, of a destination, or of all. Manifests do not, once they are there. */
  forget(destination?: string, syncId?: string): void {
    const start =
      destination === undefined ? '' : syncId === undefined ? `${destination}\n` : idOf(destination, syncId);
    for (const id of [...this.#fresh]) if (id.startsWith(start)) this.#fresh.delete(id);
    for (const [id, manifest] of [...this.#manifests])
      if (manifest === null && id.startsWith(start)) this.#manifests.delete(id);
    if (destination === undefined) this.#refused.clear();
    else this.#refused.delete(destination);
  }

  /** Forgets all of a destination, manifests too: under its name there is nothing any more, or something else. */
  forgetDestination(name: string): void {
    this.forget(name);
    for (const known of [this.#latest, this.#manifests])
      for (const id of [...known.keys()]) if (id.startsWith(idOf(name))) known.delete(id);
  }

  async #read(
    name: string,
    ids: readonly string[],
    signal: AbortSignal,
    keyOf: (pathPrefix: string, id: string) => string,
    found: (id: string, text: string | undefined) => void,
  ): Promise<void> {
    if (ids.length === 0) return;
    const opened = await this.#stores.get(name).catch(() => undefined);
    if (opened === undefined) return;
    const { destination, store } = opened;
    await sideBySide(ids, READS_AT_ONCE, async (id) => {
      const refused = this.#refused.get(name) ?? 0;
      if (signal.aborted || refused >= REFUSALS) return;
      try {
        found(id, (await store.readText(keyOf(destination.pathPrefix, id)))?.text);
        this.#refused.set(name, 0);
      } catch (error) {
        // What else may be wrong shows where it matters.
        if (isDenial(error)) this.#refused.set(name, refused + 1);
        found(id, undefined);
      }
    });
  }
}

function idOf(...parts: string[]): string {
  return parts.map((part) => `${part}\n`).join('');
}
