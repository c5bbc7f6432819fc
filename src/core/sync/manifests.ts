import { syncIdBreach } from '../destination/keys.ts';
import type { Store } from '../s3/store.ts';
import { readManifest } from './filesOfRun.ts';
import type { Manifest } from './manifest.ts';
import { runTime } from './runId.ts';
import { manifestKey } from './syncKeys.ts';

/** The manifests of a destination's runs, each read once. */
export class Manifests {
  readonly #store: Pick<Store, 'readText'>;
  readonly #pathPrefix: string;
  readonly #read = new Map<string, Promise<Manifest | undefined>>();

  constructor(store: Pick<Store, 'readText'>, pathPrefix: string) {
    this.#store = store;
    this.#pathPrefix = pathPrefix;
  }

  /** A run's manifest; undefined where there is none, or where it may not be read. Never throws. */
  get(syncId: string, runId: string): Promise<Manifest | undefined> {
    const key = manifestKey(this.#pathPrefix, syncId, runId);
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const read = this.#readOne(syncId, runId);
    this.#read.set(key, read);
    return read;
  }

  async #readOne(syncId: string, runId: string): Promise<Manifest | undefined> {
    if (syncIdBreach(syncId) !== undefined || runTime(runId) === undefined) return undefined;
    return readManifest(this.#store, this.#pathPrefix, syncId, runId);
  }
}
