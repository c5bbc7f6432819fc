import { setTimeout as sleep } from 'node:timers/promises';
import type { Destination } from '../destination/destination.ts';
import { isDenial } from '../problem.ts';
import type { KeptObject, StagedUpload } from '../s3/staging.ts';
import type { Store } from '../s3/store.ts';
import type { CommitLock } from './commitLock.ts';
import type { CommitRecord } from './commitRecord.ts';
import { latestOf, type Manifest, parseLatest } from './manifest.ts';
import { deleteReplaced } from './replacing.ts';
import type { Leftover } from './runResult.ts';
import { latestKey, manifestKey } from './syncKeys.ts';

const COMPLETES_AT_ONCE = 8;

/** What is said of a commit while it goes on. */
export interface CommitLog {
  info(message: string): void;
  warn(message: string): void;
}

/** Where a commit goes on. */
export interface CommitPlace {
  destination: Destination;
  store: Store;
  log: CommitLog;
}

/** How a commit has ended well. */
export interface Finished {
  manifest: Manifest;
  /** Whether the manifest is at the destination. */
  recorded: boolean;
}

/** An object of which the store has not said whether it is visible. What is sent in one request has no upload. */
export type UnsureObject = Pick<StagedUpload, 'key'> & Partial<Pick<StagedUpload, 'uploadId'>>;

/** A commit that stopped. What is visible stays until it is rolled forward or back. */
export class CommitBroken extends Error {
  /** Objects that are visible for certain. */
  readonly visible: number;
  /** Objects that may have become visible: an answer was lost. */
  readonly unsure: readonly UnsureObject[];
  /** Why one of the objects will never be visible; missing where it may be later. */
  readonly lost: 'gone' | 'taken' | undefined;

  constructor(visible: number, unsure: readonly UnsureObject[], lost: 'gone' | 'taken' | undefined, cause: unknown) {
    super('The commit has stopped.', { cause });
    this.visible = visible;
    this.unsure = unsure;
    this.lost = lost;
  }
}

/** What is known of a commit that is tried again in the same process. */
export interface CommitProgress {
  /** ETags of the objects that are visible for certain, where the store tells them. */
  done: Map<string, string | undefined>;
  /** The single small object of a run that has no uploads. */
  kept?: KeptObject;
}

/**
 * Carries out what a commit record says, from wherever it stands: uploads are completed, the manifest and `latest.json`
 * are written, and what is replaced is deleted. May be done twice, and by another process than the one that began.
 * @param lock the record at the destination; missing for plain inserts, which take none
 * @param progress what earlier attempts have come to; is kept up
 * @throws CommitBroken when an object cannot be made visible; ProblemError when the set is there but cannot be recorded
 */
export async function finishCommit(
  place: CommitPlace,
  record: CommitRecord,
  lock: CommitLock | undefined,
  progress: CommitProgress = { done: new Map() },
): Promise<Finished> {
  const { done, kept } = progress;
  if (kept === undefined) await completeAll(place, record, done);
  else if (!done.has(kept.head.key)) await put(place, record, kept, done);
  const { pathPrefix } = place.destination;
  const key = manifestKey(pathPrefix, record.syncId, record.runId);
  const files = record.manifest.files.map((file) => {
    const etag = done.get(file.key);
    return etag === undefined ? file : { ...file, etag };
  });
  const manifest: Manifest = { ...record.manifest, files, replaced: record.replace.map((object) => object.key) };
  const recorded = await publish(place, manifest, key, record, lock);
  if (record.replace.length === 0 || !(await lock?.isOurs())) return { manifest, recorded };
  const { deleted, leftovers } = await replace(place, record);
  if (leftovers.length === 0) return { manifest, recorded };
  const final = { ...manifest, replaced: deleted, leftovers };
  await place.store.writeText(key, jsonOf(final)).catch((error: unknown) => place.log.warn(warningOf(key, error)));
  return { manifest: final, recorded };
}

async function put(
  { store, log }: CommitPlace,
  record: CommitRecord,
  kept: KeptObject,
  done: CommitProgress['done'],
): Promise<void> {
  const { runId, onlyNew, manifest } = record;
  const rows = { rows: String(manifest.rows.written) };
  const { key } = kept.head;
  const etag = await store.putKept(kept, { runId, onlyNew }, rows).catch(async (error: unknown) => {
    if (!store.isAmbiguous(error)) throw new CommitBroken(0, [], store.lostBecause(error), error);
    const found = await store.lookAt(key).catch(() => undefined);
    if (found?.runId === runId) return found.etag;
    throw new CommitBroken(0, [{ key }], undefined, error);
  });
  log.info(wrote(key, manifest));
  done.set(key, etag);
}

/** Makes all uploads of a record visible. The first goes alone: what is refused in general leaves nothing visible then. */
async function completeAll(
  { store, log }: CommitPlace,
  { uploads, runId, onlyNew, manifest }: CommitRecord,
  done: CommitProgress['done'],
): Promise<void> {
  const unsure: StagedUpload[] = [];
  const failures: unknown[] = [];
  const [first, ...others] = uploads.filter(({ key }) => !done.has(key));
  const rest = others.values();
  const complete = async (upload: StagedUpload): Promise<void> => {
    try {
      done.set(upload.key, await store.complete(upload, { runId, onlyNew }));
      log.info(wrote(upload.key, manifest));
    } catch (error) {
      if (store.isAmbiguous(error)) unsure.push(upload);
      failures.push(error);
    }
  };
  const worker = async (): Promise<void> => {
    for (const upload of rest) {
      await complete(upload);
      if (failures.length > 0) return;
    }
  };
  if (first !== undefined) await complete(first);
  if (failures.length === 0) await Promise.all(Array.from({ length: COMPLETES_AT_ONCE }, worker));
  if (failures.length === 0) return;
  const lost = failures.find((error) => store.lostBecause(error) !== undefined);
  throw new CommitBroken(done.size, unsure, store.lostBecause(lost), lost ?? failures[0]);
}

/** Writes the manifest, and then `latest.json`, by which the run takes effect. @returns whether the manifest was written */
async function publish(
  place: CommitPlace,
  manifest: Manifest,
  key: string,
  record: CommitRecord,
  lock: CommitLock | undefined,
): Promise<boolean> {
  const { store, log, destination } = place;
  let recorded = true;
  try {
    await store.writeText(key, jsonOf(manifest));
  } catch (error) {
    // With a state or earlier files to go, the next run depends on it.
    if (lock !== undefined) throw error;
    log.warn(warningOf(key, error));
    recorded = false;
  }
  const latest = latestKey(destination.pathPrefix, record.syncId);
  const text = jsonOf(latestOf(manifest, key));
  if (lock !== undefined) await replaceLatest(store, latest, text, record, lock);
  else await renewLatest(place, latest, text, record);
  return recorded;
}

async function replaceLatest(
  store: Store,
  key: string,
  text: string,
  record: CommitRecord,
  lock: CommitLock,
): Promise<void> {
  if (store.hasConditions !== false) {
    const condition = record.base === undefined ? ({ absent: true } as const) : { etag: record.base };
    const written = await store.writeTextIf(key, text, condition);
    if (written !== 'refused' && written !== 'unsupported') return;
    const found = await store.readText(key);
    const latest = found === undefined ? undefined : parseLatest(found.text);
    // Written by whoever began, or by an attempt whose answer was lost.
    if (typeof latest === 'object' && latest.runId === record.runId) return;
    // Whoever has taken the record over has written it, and a later run may have gone on from there.
    if (!(await lock.isOurs())) return;
  }
  await store.writeText(key, text);
}

/** Plain inserts take no lock. They name the newest run, but leave what a mirror or an audience has written. */
async function renewLatest(
  { store, log }: CommitPlace,
  key: string,
  text: string,
  record: CommitRecord,
): Promise<void> {
  try {
    const found = await store.readText(key).catch((error: unknown) => {
      if (isDenial(error)) return undefined;
      throw error;
    });
    const latest = found === undefined ? undefined : parseLatest(found.text);
    if (latest === 'newer') return;
    // Not by their ids: those of runs within one second are in no order.
    if (typeof latest === 'object' && (isLocked(latest) || latest.committedAt > record.manifest.committedAt)) return;
    await store.writeText(key, text);
  } catch (error) {
    log.warn(warningOf(key, error));
  }
}

/** Whether runs of this kind hold the commit record, so that no other may write what they depend on. */
export function isLocked({ mode, onlyNewRows }: { mode: string; onlyNewRows?: boolean }): boolean {
  return mode !== 'insert' || onlyNewRows === true;
}

/** Deletes what a run replaces that has taken effect already. @throws ProblemError when the store is not able to; refusals are logged */
export async function finishReplacing(place: CommitPlace, record: CommitRecord): Promise<void> {
  await replace(place, record);
}

async function replace(
  { store, log }: CommitPlace,
  record: CommitRecord,
): Promise<{ deleted: string[]; leftovers: Leftover[] }> {
  const keys = record.replace.map((object) => object.key);
  const result = await deleteReplaced(store, keys, sleep);
  // What was not refused can still be done: the record stays until it is.
  if (result.unanswered !== undefined) throw store.problem(result.unanswered, 'delete');
  for (const { key, code } of result.leftovers) log.warn(`${key} of an earlier set could not be deleted: ${code}`);
  return result;
}

/**
 * Finds out what has become of objects whose commit was not answered, by aborting their uploads: what can be aborted was not
 * completed, and will not be.
 * @returns whether none of them is visible; undefined when that cannot be found out now
 */
export async function noneVisible(
  { store }: CommitPlace,
  { runId }: CommitRecord,
  unsure: readonly UnsureObject[],
): Promise<boolean | undefined> {
  try {
    for (const { key, uploadId } of unsure) {
      if (uploadId !== undefined) await store.abortUpload(key, uploadId);
      const found = await store.lookAt(key);
      if (found.runId === runId) return false;
      if (found.hidden === true) return undefined;
    }
    return true;
  } catch {
    return undefined;
  }
}

/**
 * Takes back a run of which an upload is gone for good: what of it is visible is deleted, the rest aborted.
 * @returns the keys that are still visible
 */
export async function rollBack({ store, log }: CommitPlace, record: CommitRecord): Promise<string[]> {
  const left: string[] = [];
  for (const { key, uploadId } of record.uploads) {
    try {
      await store.abortUpload(key, uploadId);
      if ((await store.lookAt(key)).runId !== record.runId) continue;
      const { failed } = await store.deleteObjects([key]);
      left.push(...failed.map((object) => object.key));
    } catch (error) {
      log.warn(`${key} could not be taken back: ${error instanceof Error ? error.message : String(error)}`);
      left.push(key);
    }
  }
  return left;
}

function wrote(key: string, { files }: Manifest): string {
  const file = files.find((candidate) => candidate.key === key);
  return file === undefined ? `Wrote ${key}` : `Wrote ${key} (${file.bytes} bytes)`;
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function warningOf(key: string, error: unknown): string {
  return `${key} could not be written: ${error instanceof Error ? error.message : String(error)}`;
}
