import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import type { Destination } from '../../core/destination/destination.ts';
import { syncFolder, syncIdBreach } from '../../core/destination/keys.ts';
import { invalidArgument, ProblemError } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { UnfinishedUpload } from '../../core/s3/uploads.ts';
import { keysOfRun, listOutputs, refuseOutside } from '../../core/sync/outputs.ts';
import { manifestKey } from '../../core/sync/syncKeys.ts';
import type { Handler } from '../commands.ts';
import type { Stores } from '../destinations/stores.ts';

const DAY_S = 86_400;
const HOUR_S = 3600;
/** S3 signs for no longer. */
const MOST_DAYS = 7;

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
      const keys = keysOf(given);
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
    downloadObject: by(async (given, { destination, store }) => {
      const keys = given.has('key') ? [given.text('key')] : keysOf(given);
      refuseOutside(destination.pathPrefix, keys);
      return { files: await downloadAll(store, keys, folderOf(given), given.flag('overwrite', false)) };
    }),
    presignObject: by(async (given, { destination, store }) => {
      const key = given.text('key');
      refuseOutside(destination.pathPrefix, [key]);
      const seconds = given.integer('expiresSeconds', 1, HOUR_S);
      if (seconds > MOST_DAYS * DAY_S) {
        throw invalidArgument(`“expiresSeconds” may be at most ${MOST_DAYS * DAY_S}, which is ${MOST_DAYS} days.`);
      }
      return { url: await store.presign(key, seconds) };
    }),
  };
}

/** Downloads each object under another name first, so that a file is there whole or not at all. Those before a failure stay. */
async function downloadAll(store: Store, keys: string[], folder: string, overwrite: boolean): Promise<string[]> {
  const names = fileNames(keys);
  const files: string[] = [];
  for (const [i, key] of keys.entries()) {
    const file = path.join(folder, names[i] ?? '');
    if (!overwrite && (await stat(file).catch(() => undefined)) !== undefined) {
      throw invalidArgument(`There is a file ${file} already.`, 'Pass “overwrite”, or choose another folder.');
    }
    await mkdir(path.dirname(file), { recursive: true });
    const begun = `${file}.${process.pid}.part`;
    try {
      if ((await store.download(key, begun)) === undefined) {
        throw new ProblemError({ code: 'source-missing', message: `There is no object ${key}.` });
      }
      await rename(begun, file);
    } finally {
      await rm(begun, { force: true });
    }
    files.push(vscode.Uri.file(file).toString());
  }
  return files;
}

/** What objects are called as files: their paths below the folder that they have in common. None leads out of a folder. */
function fileNames(keys: readonly string[]): string[] {
  const parts = keys.map((key) => key.split('/'));
  let common = 0;
  const first = parts[0] ?? [];
  while (parts.every((part) => part.length > common + 1 && part[common] === first[common])) common++;
  const names = parts.map((part) => part.slice(common).map(asFileName).join('/'));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalidArgument(`Two of the objects would become the file “${twice}”.`);
  return names;
}

function asFileName(part: string): string {
  if (['', '.', '..'].includes(part)) return '_';
  return part.replace(/[\p{Cc}\\:*?"<>|]/gu, '_');
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

function keysOf(given: Arguments): string[] {
  const keys = given.raw('keys');
  const texts = Array.isArray(keys) ? keys.filter((key): key is string => typeof key === 'string') : [];
  if (!Array.isArray(keys) || texts.length !== keys.length || texts.length === 0) {
    throw invalidArgument('“keys” must be a list of keys, and may not be empty.');
  }
  return [...new Set(texts)];
}

function prefixOf(given: Arguments, { pathPrefix }: Destination): string {
  if (!given.has('syncId')) return pathPrefix;
  const syncId = given.text('syncId');
  given.refuse('syncId', syncIdBreach(syncId));
  return syncFolder(pathPrefix, syncId);
}

function folderOf(given: Arguments): string {
  const to = given.raw('to');
  const uri = to instanceof vscode.Uri ? to : vscode.Uri.parse(given.text('to'), true);
  if (uri.scheme !== 'file') throw invalidArgument('“to” must be the URI of a folder on disk.');
  return uri.fsPath;
}

function optional<K extends string>(given: Arguments, name: K): Partial<Record<K, string>> {
  return given.has(name) ? ({ [name]: given.text(name) } as Record<K, string>) : {};
}
