import { cancelled, ProblemError } from '../problem.ts';

/** What becomes of a run that is asked for while another of the same sync is under way. */
export const WHEN_RUNNING = ['queue', 'refuse'] as const;
export type WhenRunning = (typeof WHEN_RUNNING)[number];

/** Where a run of a sync is that has not ended. */
export type RunStage = 'queued' | 'running';

/** Lets each sync have one run at a time. Others wait, in the order in which they were asked for, or are refused. */
export class RunQueue {
  readonly #onChange: (key: string) => void;
  readonly #stages = new Map<string, RunStage[]>();
  /** The end of the last run that was asked for. Never rejects. */
  readonly #last = new Map<string, Promise<void>>();

  /** @param onChange told the key of a sync when one of its runs begins to wait, begins or ends */
  constructor(onChange: (key: string) => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** How far the runs of a sync are that have not ended, in their order. */
  stages(key: string): readonly RunStage[] {
    return this.#stages.get(key) ?? [];
  }

  /**
   * Runs when it is the sync's turn.
   * @param key names the sync
   * @param signal takes a run that waits out of the queue
   * @throws ProblemError `conflict` when another is under way and runs do not wait, `cancelled` when it was taken out;
   * and what `work` throws
   */
  async run<R>(key: string, whenRunning: WhenRunning, work: () => Promise<R>, signal?: AbortSignal): Promise<R> {
    const before = this.#last.get(key);
    if (before !== undefined && whenRunning === 'refuse') {
      const message = 'A run of this sync is under way. This one was not begun.';
      throw new ProblemError({ code: 'conflict', message, fix: 'Wait for its end, or cancel it.' });
    }
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
    const last = Promise.all([before, ended]).then(() => undefined);
    this.#last.set(key, last);
    const stages = this.#stages.get(key) ?? [];
    this.#stages.set(key, stages);
    let stage: RunStage = before === undefined ? 'running' : 'queued';
    stages.push(stage);
    this.#onChange(key);
    try {
      if (before !== undefined) await waitFor(before, signal);
      stages.splice(stages.indexOf(stage), 1, 'running');
      stage = 'running';
      this.#onChange(key);
      return await work();
    } finally {
      stages.splice(stages.indexOf(stage), 1);
      end(undefined);
      if (this.#last.get(key) === last) {
        this.#last.delete(key);
        this.#stages.delete(key);
      }
      this.#onChange(key);
    }
  }
}

async function waitFor(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(cancelled('The run'));
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([before, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
