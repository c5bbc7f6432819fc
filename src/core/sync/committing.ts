import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../problem.ts';
import type { KeptObject } from '../s3/staging.ts';
import { CommitLock } from './commitLock.ts';
import type { CommitRecord } from './commitRecord.ts';
import { CommitBroken, type CommitPlace, finishCommit, type Finished, noneVisible, rollBack } from './finishing.ts';
import type { Journal } from './journal.ts';
import { latestKey, recordKey } from './syncKeys.ts';

/** Tries of a whole commit that has begun: from here on, to go on is better than to stop. */
const ATTEMPTS = 2;
const PAUSE_MS = 1500;

/** What a commit takes besides its record. */
export interface CommitOptions {
  /** Whether the run holds the sync's commit record while it commits. */
  locked: boolean;
  /** The single small object of a run that has no uploads. */
  kept?: KeptObject;
  journal?: Journal;
}

/** A commit that has stopped half-way. It is finished by the next start or the next run; its journal has to stay. */
export class CommitPending extends ProblemError {
  readonly pending = true;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof ProblemError && 'pending' in value;
  }
}

/**
 * Makes a staged run visible, all of it. Writes down first what is to be done, at the destination for runs that exclude each
 * other, and on this machine.
 * @throws CommitPending when it stopped in the middle; any other ProblemError when nothing of the run is visible, and its
 * uploads are to be aborted
 */
export async function commitRun(place: CommitPlace, record: CommitRecord, options: CommitOptions): Promise<Finished> {
  await options.journal?.committing(record);
  if (!options.locked) return carryOn(place, record, undefined, options.kept);
  const { store, destination } = place;
  const lock = await CommitLock.acquire(store, recordKey(destination.pathPrefix, record.syncId), record);
  if (lock === undefined) throw conflict(record.syncId);
  if (store.hasConditions === false) place.log.warn(NO_CONDITIONS);
  try {
    // Nobody else changes it from here on, but somebody may have done so since the run began.
    const latest = await store.readText(latestKey(destination.pathPrefix, record.syncId));
    if (latest?.etag !== record.base) throw conflict(record.syncId);
    const finished = await carryOn(place, record, lock);
    await lock.release().catch((error: unknown) => place.log.warn(`The commit record stays: ${String(error)}`));
    return finished;
  } catch (error) {
    if (error instanceof CommitPending) lock.abandon();
    else await release(place, lock);
    throw error;
  }
}

/** Said where two runs of a sync from different machines cannot be kept apart for certain. */
export const NO_CONDITIONS =
  'This store ignores the conditions of writes: runs of one sync that are started on two machines in the same moment are not kept apart.';

async function carryOn(
  place: CommitPlace,
  record: CommitRecord,
  lock: CommitLock | undefined,
  kept?: KeptObject,
): Promise<Finished> {
  const progress = { done: new Map<string, string | undefined>(), ...(kept && { kept }) };
  for (let attempt = 1; ; attempt++) {
    try {
      return await finishCommit(place, record, lock, progress);
    } catch (error) {
      const broken = error instanceof CommitBroken ? error : undefined;
      if (broken?.lost !== undefined) {
        const left = broken.visible + broken.unsure.length > 0 ? await rollBack(place, record) : [];
        throw brokenProblem(place, broken, left);
      }
      if (broken !== undefined && broken.visible + broken.unsure.length === 0) throw brokenProblem(place, broken, []);
      if (attempt < ATTEMPTS) {
        await sleep(PAUSE_MS);
        continue;
      }
      if (broken?.visible === 0 && (await noneVisible(place, record, broken.unsure)) === true) {
        throw brokenProblem(place, broken, []);
      }
      throw pending(place, record, broken?.cause ?? error);
    }
  }
}

async function release({ log }: CommitPlace, lock: CommitLock): Promise<void> {
  await lock.release().catch((error: unknown) => {
    log.warn(`The commit record could not be released: ${error instanceof Error ? error.message : String(error)}`);
  });
}

function brokenProblem({ store }: CommitPlace, { cause, lost, visible }: CommitBroken, left: string[]): ProblemError {
  if (lost === undefined || !(cause instanceof Error)) return store.problem(cause, 'write');
  const rest = left.length === 0 ? 'Nothing of the run is left.' : `These could not be taken back: ${left.join(', ')}.`;
  const end = visible === 0 ? 'Nothing was written.' : rest;
  if (lost === 'taken') {
    const message = `${cause.message} It was written while the run was under way. ${end}`;
    return new ProblemError({ code: 'object-exists', message, fix: 'Put {run} into the file name.' }, { cause });
  }
  const message = `${cause.message} Somebody has removed it while the run was under way. ${end}`;
  return new ProblemError({ code: 'upload-failed', message, fix: 'Run it again.' }, { cause });
}

function pending({ store }: CommitPlace, { runId }: CommitRecord, cause: unknown): CommitPending {
  const { problem } = store.problem(cause, 'write');
  const message = `The commit of the run ${runId} has stopped in the middle: ${problem.message}`;
  const fix = 'It is finished by the next start of the editor, or by the next run of the sync.';
  return new CommitPending({ ...problem, message, fix }, { cause });
}

function conflict(syncId: string): ProblemError {
  const message = `Another run of ${syncId} has committed, or is committing, since this one began. Nothing was written.`;
  return new ProblemError({ code: 'conflict', message, fix: 'Run it again.' });
}
