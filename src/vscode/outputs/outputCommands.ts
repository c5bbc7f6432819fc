import { Arguments } from '../../core/arguments.ts';
import type { Destination } from '../../core/destination/destination.ts';
import { syncFolder, syncIdBreach } from '../../core/destination/keys.ts';
import type { Store } from '../../core/s3/store.ts';
import { allUploads, listOutputs } from '../../core/sync/outputs.ts';
import type { Handler } from '../commands.ts';
import type { Stores } from '../destinations/stores.ts';

/** The commands by which callers list what lies at a destination, by their names. None reaches beyond its path prefix. */
export function outputCommands(stores: Stores): Record<string, Handler> {
  const open = async (given: Arguments): Promise<{ destination: Destination; store: Store }> =>
    stores.get(given.text('destination'));
  const by =
    (work: (given: Arguments, at: { destination: Destination; store: Store }) => Promise<object>): Handler =>
    async ({ given }) => {
      const read = new Arguments(given);
      return work(read, await open(read));
    };
  return {
    listOutputs: by((given, { destination, store }) =>
      listOutputs(store, destination.pathPrefix, {
        ...optional(given, 'syncId'),
        ...optional(given, 'runId'),
        ...optional(given, 'continuation'),
      }),
    ),
    listUploads: by(async (given, { destination, store }) => ({
      uploads: await allUploads(store, prefixOf(given, destination)),
    })),
  };
}

function prefixOf(given: Arguments, { pathPrefix }: Destination): string {
  if (!given.has('syncId')) return pathPrefix;
  const syncId = given.text('syncId');
  given.refuse('syncId', syncIdBreach(syncId));
  return syncFolder(pathPrefix, syncId);
}

function optional<K extends string>(given: Arguments, name: K): Partial<Record<K, string>> {
  return given.has(name) ? ({ [name]: given.text(name) } as Record<K, string>) : {};
}
