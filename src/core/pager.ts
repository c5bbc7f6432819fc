/** What a source of a pager gives: an item, or the word that another request has been sent. */
export type Step<T> = { item: T } | 'request';

/** So many requests a page may take, and so many while nothing has been found. The rest is read when it is asked for. */
const REQUESTS_PER_PAGE = 10;
const REQUESTS_IN_VAIN = 50;

/**
 * Reads a source a page at a time. It looks one item ahead, so that it is known whether there are more. A source that sends
 * request after request without finding anything is left after some of them.
 */
export class Pager<T> {
  readonly #source: AsyncIterator<Step<T>>;
  readonly #items: T[] = [];
  #ahead: { item: T } | undefined;
  #ended = false;

  constructor(source: AsyncGenerator<Step<T>>) {
    this.#source = source;
  }

  /** All that has been read, in the order of the source. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Whether there is nothing more. */
  get ended(): boolean {
    return this.#ended && this.#ahead === undefined;
  }

  /** Reads up to `size` more items. @throws what the source throws; what was read before stays */
  async read(size: number): Promise<void> {
    let requests = 0;
    let left = size;
    if (this.#ahead !== undefined && left > 0) {
      this.#items.push(this.#ahead.item);
      this.#ahead = undefined;
      left--;
    }
    while (!this.#ended) {
      const next = await this.#source.next();
      if (next.done === true) this.#ended = true;
      else if (next.value === 'request') {
        if (++requests > (left < size ? REQUESTS_PER_PAGE : REQUESTS_IN_VAIN)) return;
      } else if (left === 0) {
        this.#ahead = next.value;
        return;
      } else {
        this.#items.push(next.value.item);
        left--;
      }
    }
  }
}
