import { ProblemError } from '../problem.ts';
import type { ObjectFacts } from '../s3/objectRange.ts';
import type { Store } from '../s3/store.ts';

/** Where an object is read: the part of `Store` that is needed. */
export type RangeStore = Pick<Store, 'readRange'>;

/** The first request is for what most previews need; later ones are for more at a time. */
const FIRST_BYTES = 256 * 1024;
const MOST_BYTES = 2 << 20;

/** Reads an object from its beginning, as far as is wanted: by ranges, so that what is not wanted is not transferred. */
export class ObjectBytes {
  readonly key: string;
  readonly facts: ObjectFacts;
  readonly #store: RangeStore;
  readonly #signal: AbortSignal | undefined;
  #first: Buffer | undefined;
  /** How much has come from the store. */
  received: number;

  private constructor(store: RangeStore, key: string, facts: ObjectFacts, first: Buffer, signal?: AbortSignal) {
    this.#store = store;
    this.key = key;
    this.facts = facts;
    this.#first = first;
    this.#signal = signal;
    this.received = first.length;
  }

  /** Reads the beginning. @throws ProblemError `source-missing` where there is no such object, and as `Store.readRange` */
  static async open(store: RangeStore, key: string, signal?: AbortSignal): Promise<ObjectBytes> {
    const read = await store.readRange(key, { start: 0, length: FIRST_BYTES, ...(signal && { signal }) });
    if (read === undefined) throw new ProblemError({ code: 'source-missing', message: `There is no object ${key}.` });
    const { bytes, ...facts } = read;
    return new ObjectBytes(store, key, facts, bytes, signal);
  }

  /** What is at hand of the beginning, before `chunks` is read. */
  get beginning(): Buffer {
    return this.#first ?? Buffer.alloc(0);
  }

  /** Whether all of it has come. */
  get isComplete(): boolean {
    return this.received >= this.facts.size;
  }

  /** The bytes from the beginning on, once. @throws ProblemError `conflict` when the object is another or gone */
  async *chunks(): AsyncGenerator<Buffer> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && first.length > 0) yield first;
    let length = FIRST_BYTES;
    while (!this.isComplete) {
      length = Math.min(length * 2, MOST_BYTES);
      const { etag } = this.facts;
      const read = await this.#store.readRange(this.key, {
        start: this.received,
        length,
        ...(etag === undefined ? {} : { etag }),
        ...(this.#signal && { signal: this.#signal }),
      });
      if (read === undefined) {
        const message = `The object ${this.key} was removed while it was read.`;
        throw new ProblemError({ code: 'conflict', message });
      }
      if (read.bytes.length === 0) return;
      this.received += read.bytes.length;
      yield read.bytes;
    }
  }
}
