import type { LaunchedExporter } from './launchExporter.ts';

/** After a run, its commit and whatever follows on it come first. */
const LAUNCH_AFTER_MS = 250;
/** So long somebody may look at what has come of a run, and change the query. */
const KEEP_MS = 60_000;

/**
 * Keeps an exporter process ready after one has done its work, as work seldom comes alone: the next one need not wait until a
 * process has started and has loaded the query engine. There is none before the first run, and none a minute after the last.
 */
export class SpareExporter {
  readonly #keepMs: number;
  #waiting: LaunchedExporter | undefined;
  #launching = false;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  /** @param keepMs how long one waits for work */
  constructor(keepMs = KEEP_MS) {
    this.#keepMs = keepMs;
  }

  /** Hands out the exporter that waits, if there is one. It is whoever's that takes it. */
  take(): LaunchedExporter | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined) return undefined;
    // It may have died just now.
    if (!waiting.child.connected) {
      this.#end(waiting);
      return undefined;
    }
    this.#letGo();
    return waiting;
  }

  /** Has an exporter wait from now on, unless one does. @param launch starts it */
  renew(launch: () => Promise<LaunchedExporter>): void {
    if (this.#disposed || this.#launching) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#waiting === undefined) void this.#launch(launch);
      else this.#endLater(this.#waiting);
    }, LAUNCH_AFTER_MS).unref();
  }

  /** Lets go of the one that waits, and keeps none from now on. */
  dispose(): void {
    this.#disposed = true;
    this.#waiting?.leave();
    this.#letGo();
  }

  async #launch(launch: () => Promise<LaunchedExporter>): Promise<void> {
    this.#launching = true;
    // Whoever needs one is told what is wrong then.
    const launched = await launch().catch(() => undefined);
    this.#launching = false;
    if (launched === undefined) return;
    if (this.#disposed) {
      launched.leave();
      return;
    }
    this.#waiting = launched;
    void launched.ended.then(() => this.#end(launched));
    this.#endLater(launched);
  }

  #endLater(waiting: LaunchedExporter): void {
    this.#timer = setTimeout(() => this.#end(waiting), this.#keepMs).unref();
  }

  #end(waiting: LaunchedExporter): void {
    if (this.#waiting !== waiting) return;
    this.#letGo();
    // A folder that cannot be removed is empty.
    waiting.dispose().catch(() => undefined);
  }

  #letGo(): void {
    this.#waiting = undefined;
    clearTimeout(this.#timer);
  }
}
