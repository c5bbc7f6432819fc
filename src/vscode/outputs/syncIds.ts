import { isSyncFolderName } from '../../core/destination/keys.ts';
import type { Stores } from '../destinations/stores.ts';

/** How long a prompt waits for suggestions that it can do without. */
const PATIENCE_MS = 2000;

/** The syncs that have outputs at a destination; none when they cannot be listed, or not quickly. Never throws. */
export async function existingSyncIds(stores: Stores, destinationName: string): Promise<string[]> {
  const late = new Promise<string[]>((resolve) => setTimeout(() => resolve([]), PATIENCE_MS).unref());
  return Promise.race([listSyncIds(stores, destinationName).catch(() => []), late]);
}

async function listSyncIds(stores: Stores, destinationName: string): Promise<string[]> {
  const { destination, store } = await stores.get(destinationName);
  const { items } = await store.listFolders(destination.pathPrefix);
  return items.map((folder) => folder.slice(destination.pathPrefix.length, -1)).filter(isSyncFolderName);
}
