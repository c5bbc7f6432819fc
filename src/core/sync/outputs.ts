import { isSyncFolderName, syncFolder, syncIdBreach } from '../destination/keys.ts';
import { invalidArgument, ProblemError } from '../problem.ts';
import type { ListedObject } from '../s3/listing.ts';
import { statusOf } from '../s3/sdkError.ts';
import type { Store } from '../s3/store.ts';
import type { UnfinishedUpload } from '../s3/uploads.ts';
import { groupByRun } from './runGroups.ts';
import { runTime } from './runId.ts';

/** One page of what lies at a destination: its syncs, the runs of one of them, or the objects of one run. */
export interface Outputs {
  syncs?: { syncId: string }[];
  /** Newest first within the page. */
  runs?: { runId: string; startedAt: string; objects: number; bytes: number }[];
  /** Of a run; otherwise those that belong to no run. */
  objects?: ListedObject[];
  /** Asks for the next page; missing on the last. */
  continuation?: string;
}

/** What is to be listed. Without a sync: the syncs; with one: its runs; with a run: its objects. */
export interface OutputsRequest {
  syncId?: string;
  runId?: string;
  continuation?: string;
}

/** Lists one page. One request is sent, however much lies there. @throws ProblemError */
export async function listOutputs(store: Store, pathPrefix: string, request: OutputsRequest): Promise<Outputs> {
  try {
    return await listPage(store, pathPrefix, request);
  } catch (error) {
    // A request that is refused for nothing else that is known: stores say so of a token that is none of theirs.
    const isRefused = error instanceof ProblemError && error.code === 'upload-failed' && statusOf(error.cause) === 400;
    if (isRefused && request.continuation !== undefined)
      throw invalidArgument('“continuation” must be what the page before has given.');
    throw error;
  }
}

async function listPage(store: Store, pathPrefix: string, request: OutputsRequest): Promise<Outputs> {
  const { syncId, runId, continuation } = request;
  if (syncId === undefined) {
    const { folders, objects, ...rest } = await store.listLevel(pathPrefix, more(continuation));
    const names = folders.map((folder) => folder.slice(pathPrefix.length, -1));
    const syncs = names.filter(isSyncFolderName).map((name) => ({ syncId: name }));
    return { syncs, objects: objects.filter(({ key }) => key !== pathPrefix), ...rest };
  }
  if (runId !== undefined) {
    const { items, ...rest } = await store.listObjects(runStart(pathPrefix, syncId, runId), continuation);
    return { objects: items.filter(({ key }) => isOfRun(pathPrefix, syncId, runId, key)), ...rest };
  }
  const folder = checkedFolder(pathPrefix, syncId);
  const { items, ...rest } = await store.listObjects(folder, continuation);
  const { runs, others } = groupByRun(items, folder);
  const shown = runs.map(({ runId: id, objects }) => ({
    runId: id,
    startedAt: runTime(id)?.toISOString() ?? '',
    objects: objects.length,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
  }));
  return { runs: shown, objects: others, ...rest };
}

/** All unfinished uploads below a prefix. @throws ProblemError */
export async function allUploads(store: Store, prefix: string): Promise<UnfinishedUpload[]> {
  const uploads: UnfinishedUpload[] = [];
  let continuation: string | undefined;
  do {
    const page = await store.listUploads(prefix, continuation);
    uploads.push(...page.items);
    continuation = page.continuation;
  } while (continuation !== undefined);
  return uploads;
}

/** Refuses keys that do not lie below a destination's prefix. @throws ProblemError `invalid-argument` */
export function refuseOutside(pathPrefix: string, keys: readonly string[]): void {
  const outside = keys.find((key) => !key.startsWith(pathPrefix) || key.length === pathPrefix.length);
  if (outside !== undefined) {
    throw invalidArgument(`“${outside}” does not lie below the destination’s path prefix “${pathPrefix}”.`);
  }
}

/** The folder of a sync's data files. @throws ProblemError `invalid-argument` for what is no sync id */
export function checkedFolder(pathPrefix: string, syncId: string): string {
  const breach = syncIdBreach(syncId);
  if (breach !== undefined) throw invalidArgument(`“syncId” cannot be used. ${breach}`);
  return syncFolder(pathPrefix, syncId);
}

/** What the keys of a run's files begin with, where they have the default form. @throws ProblemError `invalid-argument` */
export function runStart(pathPrefix: string, syncId: string, runId: string): string {
  if (runTime(runId) === undefined) throw invalidArgument(`“runId” cannot be used. “${runId}” is no run id.`);
  return checkedFolder(pathPrefix, syncId) + runId;
}

/** Whether a key that begins as those of a run do is one: the name goes on with what no run id has. */
export function isOfRun(pathPrefix: string, syncId: string, runId: string, key: string): boolean {
  return /^[^0-9A-Za-z]/.test(key.slice(runStart(pathPrefix, syncId, runId).length));
}

function more(continuation: string | undefined): { continuation?: string } {
  return continuation === undefined ? {} : { continuation };
}
