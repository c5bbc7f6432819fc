import { Arguments } from '../../core/arguments.ts';
import type { Destination } from '../../core/destination/destination.ts';
import { syncFolder, syncIdBreach } from '../../core/destination/keys.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { UnfinishedUpload } from '../../core/s3/uploads.ts';
import { keysOfRun, listOutputs, refuseOutside } from '../../core/sync/outputs.ts';
import { manifestKey } from '../../core/sync/syncKeys.ts';
import type { Handler } from '../commands.ts';
import type { Stores } from '../destinations/stores.ts';

/**
 * The commands by which callers read and clear what lies at a destination, by their names. None reaches beyond the
 * destination's path prefix.
 * @param onRemoved told the destination when something there has gone
 */
export function outputCommands(stores: Stores, onRemoved: (destination: string) => void): Record<string, Handler> {
  const open = async (given: Arguments): Promise<{ destination: Destination; store: Store }> =>
    stores.get(given.text('destination'));
  const by =
    (work: (given: Arguments, at: { destination: Destination; store: Store }) => Promise<object>): Handler =>
    async ({ given }) => {
      const read = new Arguments(given);
      return work(read, await open(read));
    };
  const removing = (work: Parameters<typeof by>[0]): Handler =>
    by(async (given, at) => {
      try {
        return await work(given, at);
      } finally {
        onRemoved(at.destination.name);
      }
    });
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
    abortUploads: removing(async (given, { destination, store }) => {
      const uploads = uploadsOf(given);
      refuseOutside(
        destination.pathPrefix,
        uploads.map(({ key }) => key),
      );
      return abortAll(store, uploads);
    }),
    deleteObjects: removing((given, { destination, store }) => {
      const keys = given.texts('keys');
      refuseOutside(destination.pathPrefix, keys);
      if (!given.flag('confirmed', false)) {
        throw invalidArgument('“confirmed” must be true: deleted objects cannot be had back.');
      }
      return store.deleteObjects(keys);
    }),
    deleteRun: removing(async (given, { destination: { pathPrefix }, store }) => {
      const [syncId, runId] = [given.text('syncId'), given.text('runId')];
      const result = await store.deleteObjects(await keysOfRun(store, pathPrefix, syncId, runId));
      // The manifest goes last: it is what still names the files when some of them could not be deleted.
      if (result.failed.length > 0) return result;
      const manifest = await store.deleteObjects([manifestKey(pathPrefix, syncId, runId)]);
      return { deleted: result.deleted, failed: manifest.failed };
    }),
  };
}

async function allUploads(store: Store, prefix: string): Promise<UnfinishedUpload[]> {
  const uploads: UnfinishedUpload[] = [];
  let continuation: string | undefined;
  do {
    const page = await store.listUploads(prefix, continuation);
    uploads.push(...page.items);
    continuation = page.continuation;
  } while (continuation !== undefined);
  return uploads;
}

async function abortAll(store: Store, uploads: readonly UploadName[]): Promise<object> {
  const aborted: UploadName[] = [];
  const failed: (UploadName & { code: string; message: string })[] = [];
  for (const upload of uploads) {
    try {
      await store.abortUpload(upload.key, upload.uploadId);
      aborted.push(upload);
    } catch (error) {
      const { code, message } = store.problem(error, 'abort uploads').problem;
      failed.push({ ...upload, code: code === 'access-denied' ? 'multipart-abort-denied' : code, message });
    }
  }
  return { aborted, failed };
}

type UploadName = Pick<UnfinishedUpload, 'key' | 'uploadId'>;

function uploadsOf(given: Arguments): UploadName[] {
  const uploads = given.raw('uploads');
  if (!Array.isArray(uploads)) throw invalidArgument('“uploads” must be a list of {key, uploadId}.');
  return uploads.map((upload: unknown) => {
    const read = new Arguments(upload, 'uploads.');
    return { key: read.text('key'), uploadId: read.text('uploadId') };
  });
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
