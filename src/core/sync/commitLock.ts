import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../problem.ts';
import type { Store } from '../s3/store.ts';
import { type CommitRecord, parseRecord, RECORD_VERSION, type ReleasedRecord } from './commitRecord.ts';

/** A record that has not been renewed for so long is taken over. */
export const LEASE_MS = 60_000;
const RENEW_MS = 15_000;
/** Without conditional writes: how long a record must stay ours before it is believed. */
const SETTLE_MS = 1500;
const RELEASE_ATTEMPTS = 3;
const RELEASE_PAUSE_MS = 300;

/** What stands in the place of a sync's commit record. */
export interface StandingRecord {
  record: CommitRecord | ReleasedRecord;
  etag: string;
  /** Whether whoever commits has not shown itself for longer than the lease. */
  expired: boolean;
  /** How long the lease goes on, in milliseconds; missing where the store tells no times. */
  leftMs?: number;
}

/** A commit record that is ours: no other run of the sync commits while it is. */
export class CommitLock {
  /** The runs whose records this process holds at the moment. */
  static readonly #held = new Set<string>();

  readonly #store: Store;
  readonly #key: string;
  readonly #record: CommitRecord;
  #etag: string;
  #lost = false;
  readonly #timer: NodeJS.Timeout;
  #renewing: Promise<unknown> = Promise.resolve();

  /**
   * Writes the record, and thereby decides that the run will be finished, by whomever.
   * @returns undefined when another run has its record there; nothing is changed then
   * @throws ProblemError
   */
  static async acquire(store: Store, key: string, record: CommitRecord): Promise<CommitLock | undefined> {
    const standing = await readRecord(store, key);
    if (standing?.record.state === 'committing' && standing.record.runId !== record.runId) return undefined;
    return CommitLock.#write(store, key, record, standing);
  }

  /** Takes over a record whose owner is gone. @returns undefined when another was faster */
  static takeOver(
    store: Store,
    key: string,
    record: CommitRecord,
    standing: StandingRecord,
  ): Promise<CommitLock | undefined> {
    return CommitLock.#write(store, key, record, standing);
  }

  static async #write(
    store: Store,
    key: string,
    record: CommitRecord,
    standing: StandingRecord | undefined,
  ): Promise<CommitLock | undefined> {
    const text = JSON.stringify(record);
    const own = async (): Promise<CommitLock | undefined> => {
      const found = await readRecord(store, key);
      const ours = found?.record.state === 'committing' && found.record.runId === record.runId;
      return ours && found.record.state === 'committing' && found.record.owner === record.owner
        ? new CommitLock(store, key, record, found.etag)
        : undefined;
    };
    if (store.hasConditions !== false) {
      const condition = standing === undefined ? ({ absent: true } as const) : { etag: standing.etag };
      const written = await store.writeTextIf(key, text, condition);
      // The answer to a first attempt may have been lost.
      if (written === 'refused') return own();
      if (typeof written === 'object') {
        const etag = store.hasConditions === undefined ? await store.checkConditions(key, text) : undefined;
        if (store.hasConditions === true) return new CommitLock(store, key, record, etag ?? written.etag);
      }
    }
    await store.writeText(key, text);
    await sleep(SETTLE_MS);
    return own();
  }

  private constructor(store: Store, key: string, record: CommitRecord, etag: string) {
    this.#store = store;
    this.#key = key;
    this.#record = record;
    this.#etag = etag;
    CommitLock.#held.add(record.runId);
    this.#timer = setInterval(() => {
      this.#renewing = this.#renew();
    }, RENEW_MS);
    this.#timer.unref();
  }

  /** Whether this process is committing that run. */
  static holds(runId: string): boolean {
    return CommitLock.#held.has(runId);
  }

  /** Asks whether the record is still ours, or was taken over because this process was too slow. */
  async isOurs(): Promise<boolean> {
    await this.#renewing;
    await this.#renew();
    return !this.#lost;
  }

  /** Says that the commit is over, in whatever way. A failure leaves the record, which others take over in time. */
  async release(): Promise<void> {
    this.abandon();
    await this.#renewing;
    const released: ReleasedRecord = { version: RECORD_VERSION, state: 'released', runId: this.#record.runId };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#replace(JSON.stringify(released));
        return;
      } catch (error) {
        if (attempt >= RELEASE_ATTEMPTS) throw error;
        await sleep(RELEASE_PAUSE_MS * attempt);
      }
    }
  }

  /** Lets go of the record as it is: whoever comes next finishes what it says. */
  abandon(): void {
    CommitLock.#held.delete(this.#record.runId);
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    // Written anew as it is: its age counts.
    await this.#replace(JSON.stringify(this.#record)).catch(() => undefined);
  }

  async #replace(text: string): Promise<void> {
    if (this.#lost) return;
    if (this.#store.hasConditions === false) {
      this.#etag = await this.#store.writeText(this.#key, text);
      return;
    }
    const written = await this.#store.writeTextIf(this.#key, text, { etag: this.#etag });
    if (typeof written === 'object') {
      this.#etag = written.etag;
      return;
    }
    // It may have been refused because of its own first attempt, whose answer was lost.
    const found = await this.#store.readText(this.#key);
    if (found?.text === text) this.#etag = found.etag;
    else this.#lost = true;
  }
}

/**
 * Reads what stands in the place of a sync's commit record; undefined when there was never one.
 * @throws ProblemError `conflict` when it cannot be understood
 */
export async function readRecord(store: Store, key: string): Promise<StandingRecord | undefined> {
  const found = await store.readText(key);
  if (found === undefined) return undefined;
  const record = parseRecord(found.text);
  if (record === 'newer') {
    const message = `The commit record ${key} was written by a newer version of the extension.`;
    throw new ProblemError({ code: 'conflict', message, fix: 'Update the extension.' });
  }
  if (record === 'damaged') {
    const message = `The commit record ${key} is damaged. Somebody else has written to it.`;
    throw new ProblemError({ code: 'conflict', message, fix: 'Delete it when no run of the sync is under way.' });
  }
  const { etag, ageMs } = found;
  if (ageMs === undefined) return { record, etag, expired: false };
  return { record, etag, expired: ageMs > LEASE_MS, leftMs: Math.max(0, LEASE_MS - ageMs) };
}
