import { Pager, type Step } from '../../core/pager.ts';

/** What has been read of the things below one node, page by page. */
export class OutputLevel<T> {
  readonly #ending = new AbortController();
  readonly #pager: Pager<T>;
  #reading: Promise<void> | undefined;
  #error: unknown;
  #started = false;

  /** @param open reads; its requests end with the signal */
  constructor(open: (signal: AbortSignal) => AsyncGenerator<Step<T>>) {
    this.#pager = new Pager(open(this.#ending.signal));
  }

  get items(): readonly T[] {
    return this.#pager.items;
  }

  /** Whether there may be more. */
  get hasMore(): boolean {
    return !this.#pager.ended && this.#error === undefined;
  }

  /** Why reading has stopped, if it has. */
  get error(): unknown {
    return this.#error;
  }

  /** Whether it is out of date, and what it reads is of no use to anybody. */
  get ended(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Ends what is being read. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Reads the first page, unless that has been done. Never throws. */
  async begin(size: number): Promise<this> {
    if (!this.#started) {
      this.#started = true;
      this.#read(size);
    }
    await this.#reading;
    return this;
  }

  /** Reads the next page. Never throws. */
  async more(size: number): Promise<void> {
    await this.#reading;
    this.#read(size);
    await this.#reading;
  }

  end(): void {
    this.#ending.abort();
  }

  #read(size: number): void {
    if (!this.hasMore) return;
    this.#reading = this.#pager.read(size).catch((error: unknown) => {
      this.#error = error;
    });
  }
}
