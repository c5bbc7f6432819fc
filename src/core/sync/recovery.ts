import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationFields } from '../destination/destination.ts';
import { CommitLock, readRecord, type StandingRecord } from './commitLock.ts';
import type { CommitRecord } from './commitRecord.ts';
import { CommitBroken, type CommitPlace, finishCommit, finishReplacing, rollBack } from './finishing.ts';
import { isAlive, type JournalEntry, readJournals, removeJournal } from './journal.ts';
import { parseLatest } from './manifest.ts';
import { hasEnded, thisProcess } from './owner.ts';
import { latestKey, recordKey } from './syncKeys.ts';
import { type Waiting, waitingFor } from './waiting.ts';

const POLL_MS = 1000;

/** What this process calls itself in commit records. */
export const OWNER = `${thisProcess().machine}:${thisProcess().pid}`;

/** What has become of a run that was found unfinished. */
export type Recovered = 'finished' | 'removed';

/**
 * Sees to it that no commit of the sync is left half-way: one whose owner is gone is finished, one that goes on is waited for.
 * @param onWait told what is waited for, anew when its owner has shown itself, and undefined when the waiting is over
 * @throws ProblemError; the signal's reason when it is aborted
 */
export async function settleRecord(
  place: CommitPlace,
  syncId: string,
  signal: AbortSignal,
  onWait: (waiting: Waiting | undefined) => void = () => undefined,
): Promise<void> {
  const key = recordKey(place.destination.pathPrefix, syncId);
  let told: string | undefined;
  for (;;) {
    const standing = await readRecord(place.store, key);
    if (standing?.record.state !== 'committing') {
      if (told !== undefined) onWait(undefined);
      return;
    }
    const { runId, owner } = standing.record;
    if (standing.expired || isGone(owner) || (owner === OWNER && !CommitLock.holds(runId))) {
      await rollForward(place, key, standing, standing.record);
      continue;
    }
    if (told === undefined) place.log.info(`Waiting for the run ${runId}, which is being committed by ${owner}`);
    if (told !== standing.etag) onWait(waitingFor(owner, standing.leftMs));
    told = standing.etag;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Journals of runs to a destination whose processes are gone. @param syncId only of that sync */
export async function deadRuns(
  folder: string,
  { bucket, endpoint, pathPrefix }: Pick<DestinationFields, 'bucket' | 'endpoint' | 'pathPrefix'>,
  syncId?: string,
): Promise<JournalEntry[]> {
  const entries = await readJournals(folder);
  return entries.filter(({ destination, ...entry }) => {
    // The name alone could mean another bucket by now.
    const same =
      destination.bucket === bucket && destination.endpoint === endpoint && destination.pathPrefix === pathPrefix;
    return same && (syncId === undefined || entry.syncId === syncId) && !isAlive({ destination, ...entry });
  });
}

/**
 * Finishes a run of a process that is gone, if it was being committed, or removes what it has left. Its journal goes, too.
 * @throws ProblemError when neither can be done now; the journal stays then
 */
export async function recoverRun(place: CommitPlace, entry: JournalEntry): Promise<Recovered> {
  const { record } = entry;
  const outcome = record === undefined ? undefined : await finish(place, entry, record);
  if (outcome !== 'finished') await abortUploads(place, entry);
  await removeJournal(entry);
  place.log.info(`The run ${entry.runId} of ${entry.syncId} was ${outcome === 'finished' ? 'finished' : 'removed'}.`);
  return outcome ?? 'removed';
}

async function finish(place: CommitPlace, entry: JournalEntry, record: CommitRecord): Promise<Recovered> {
  if (entry.locked) {
    // The record at the destination decides.
    const key = recordKey(place.destination.pathPrefix, entry.syncId);
    const standing = await readRecord(place.store, key);
    if (standing?.record.state !== 'committing' || standing.record.runId !== entry.runId) return 'removed';
    return rollForward(place, key, standing, standing.record);
  }
  if (record.kept !== undefined && (await place.store.lookAt(record.kept)).runId !== record.runId) return 'removed';
  try {
    await finishCommit(place, record, undefined);
    return 'finished';
  } catch (error) {
    return undo(place, record, error);
  }
}

async function rollForward(
  place: CommitPlace,
  key: string,
  standing: StandingRecord,
  theirs: CommitRecord,
): Promise<Recovered> {
  const record = { ...theirs, owner: OWNER };
  const lock = await CommitLock.takeOver(place.store, key, record, standing);
  if (lock === undefined) return 'finished';
  let outcome: Recovered = 'finished';
  try {
    const found = await place.store.readText(latestKey(place.destination.pathPrefix, record.syncId));
    const latest = found === undefined ? undefined : parseLatest(found.text);
    // It has taken effect. What is missing since then was taken by somebody, and is no reason to take the rest back.
    if (typeof latest === 'object' && latest.runId === record.runId) await finishReplacing(place, record);
    else await finishCommit(place, record, lock);
    place.log.info(`The run ${record.runId}, which ${theirs.owner} had begun to commit, was finished.`);
  } catch (error) {
    try {
      outcome = await undo(place, record, error);
    } catch (reason) {
      lock.abandon();
      throw reason;
    }
  }
  await lock.release();
  return outcome;
}

/** Takes a run back that can never be finished. @throws ProblemError when it may be finished later */
async function undo(place: CommitPlace, record: CommitRecord, error: unknown): Promise<Recovered> {
  if (!(error instanceof CommitBroken)) throw error;
  if (error.lost === undefined) throw place.store.problem(error.cause, 'write');
  const left = await rollBack(place, record);
  const rest = left.length === 0 ? 'Nothing of it is left.' : `These could not be taken back: ${left.join(', ')}`;
  place.log.warn(`The run ${record.runId} could not be finished: an upload of it is gone. ${rest}`);
  return 'removed';
}

/** Aborts what a run has left: the uploads that it knew of, and those that it had asked for and did not hear of. */
async function abortUploads({ store }: CommitPlace, { creating, uploads }: JournalEntry): Promise<void> {
  const known = new Set(uploads.map(({ key }) => key));
  for (const { key, uploadId } of uploads) await store.abortUpload(key, uploadId);
  for (const key of creating) {
    if (known.has(key)) continue;
    const { items } = await store.listUploads(key);
    for (const upload of items) if (upload.key === key) await store.abortUpload(key, upload.uploadId);
  }
}

/** Whether an owner, as records name it, is a process of this machine that has ended. */
function isGone(owner: string): boolean {
  const colon = owner.lastIndexOf(':');
  return hasEnded({ machine: owner.slice(0, colon), pid: Number(owner.slice(colon + 1)) });
}
