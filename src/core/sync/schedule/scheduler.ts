import { setImmediate as others } from 'node:timers/promises';
import { dueBetween, lastUntil, type Schedule } from './schedule.ts';
import type { Watch, Watched } from './watch.ts';

/** The time, and what waits for it. */
export interface Clock {
  now(): number;
  /** Does something later, once. @returns what keeps it from being done */
  later(action: () => void, ms: number): () => void;
}

/** The clock of this machine. It keeps no process alive. */
export const MACHINE_CLOCK: Clock = {
  now: () => Date.now(),
  later: (action, ms) => {
    const timer = setTimeout(action, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Runs of a sync that should have been, and were not. */
export interface MissedRuns {
  syncId: string;
  times: number;
  last: Date;
}

/** What a scheduler does when it is time. */
export interface SchedulerActions {
  /** Begins a run; what becomes of it is not the scheduler's. */
  run: (syncId: string, due: Date) => void;
  /** Says what was missed while nobody watched: the editor was closed, or the machine asleep. */
  missed: (runs: readonly MissedRuns[]) => void;
  failed: (error: unknown) => void;
}

/** So often the clock is looked at, as timers do not run while the machine sleeps. */
const LOOK_MS = 30_000;
const LEAST_MS = 50;
/** After so long, it is clear which of several windows has the right to watch. */
const TAKE_MS = 2000;
/** What is later than this is missed: nobody expects it any more. */
const LATE_MS = 90_000;
/** So long at a time it is counted what was missed: others in this process have work, too. */
const COUNT_MS = 20;

/** Begins the runs of syncs when they are due, in one window of those that have the same definitions open. */
export class Scheduler {
  readonly #watch: Watch;
  readonly #clock: Clock;
  readonly #actions: SchedulerActions;
  #schedules: ReadonlyMap<string, Schedule> = new Map();
  #stop: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #ended = false;
  #taken = false;

  constructor(watch: Watch, actions: SchedulerActions, clock = MACHINE_CLOCK) {
    this.#watch = watch;
    this.#actions = actions;
    this.#clock = clock;
  }

  /** Watches these schedules from now on. @param schedules by the ids of their syncs */
  set(schedules: ReadonlyMap<string, Schedule>): void {
    this.#schedules = schedules;
    this.look();
  }

  /** When each sync is due next. */
  next(): Map<string, Date> {
    const now = new Date(this.#clock.now());
    const times = [...this.#schedules].map(([id, schedule]) => [id, schedule.next(now)] as const);
    return new Map(times.flatMap(([id, time]) => (time === undefined ? [] : [[id, time] as const])));
  }

  /** Looks at the clock now, and does what is due. */
  look(): void {
    this.#stop?.();
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => this.#actions.failed(error))
      .then(() => this.#wait());
  }

  /** Resolves when what is being done is done. */
  async settled(): Promise<void> {
    await this.#looking;
  }

  /** Ends. Another window may go on. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#stop?.();
    await this.#looking;
    await this.#watch.release();
  }

  #wait(): void {
    if (this.#ended) return;
    this.#stop?.();
    const now = this.#clock.now();
    const due = Math.min(...[...this.next().values()].map((time) => time.getTime() - now));
    this.#stop = this.#clock.later(
      () => this.look(),
      Math.max(LEAST_MS, this.#taken ? TAKE_MS : Math.min(LOOK_MS, due)),
    );
  }

  async #look(): Promise<void> {
    if (this.#ended) return;
    const now = this.#clock.now();
    const watched = await this.#watch.renew(now);
    this.#taken = watched === 'taken';
    if (typeof watched === 'string') return;
    const seen: Record<string, Watched[string]> = {};
    const missed: MissedRuns[] = [];
    const runs: { syncId: string; due: Date }[] = [];
    let began = performance.now();
    for (const [syncId, schedule] of this.#schedules) {
      if (performance.now() - began > COUNT_MS) {
        await others();
        began = performance.now();
      }
      seen[syncId] = { schedule: schedule.text, until: now };
      const before = Object.hasOwn(watched, syncId) ? watched[syncId] : undefined;
      // One that is new, or another, was not to be run before.
      const due =
        before?.schedule === schedule.text ? dueBetween(schedule, new Date(before.until), new Date(now)) : undefined;
      if (due === undefined || before === undefined) continue;
      const isNow = now - due.last.getTime() <= LATE_MS;
      if (isNow) runs.push({ syncId, due: due.last });
      const times = isNow ? due.count - 1 : due.count;
      if (times === 0) continue;
      missed.push({ syncId, times, last: isNow ? lastUntil(schedule, new Date(due.last.getTime() - 1)) : due.last });
    }
    // First, so that nothing runs twice if this process ends.
    await this.#watch.keep(seen, now);
    if (missed.length > 0) this.#actions.missed(missed);
    for (const { syncId, due } of runs) this.#actions.run(syncId, due);
  }
}
