import { crc32 } from 'node:zlib';
import { deflateBlock, deflatedFrom, worstDeflated } from './deflateBlock.ts';
import { WindowChoice } from './windowChoice.ts';

/** How many blocks may be with the thread pool at once. More than cores, so that it never waits for the event loop. */
const BLOCKS_IN_FLIGHT = 6;
const DICTIONARY_BYTES = 32 * 1024;
/** By how much a block may be larger than a sample says, until it takes a second piece of memory. */
const SPARE = 0.2;
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** An empty deflate block with the final bit set: ends a stream whose last real block ended with a sync flush. */
const FINAL_BLOCK = Buffer.from([0x03, 0x00]);
const TRAILER_BYTES = 8;

/** Where compressed or plain bytes go. Resolves when more may come. */
export type Sink = (bytes: Buffer) => Promise<void>;

/**
 * Writes one gzip member whose blocks are deflated side by side. Each block is primed with the last 32 KiB of the one
 * before it and ended by a sync flush, so that the blocks add up to one ordinary deflate stream that any reader reads.
 * Order is kept. A block must not be changed while it is held.
 */
export class ParallelGzip {
  readonly #level: number;
  readonly #sink: Sink;
  readonly #windows: WindowChoice;
  readonly #inFlight: { deflated: Promise<Buffer>; bytes: number }[] = [];
  #dictionary: Buffer | undefined;
  #crc = 0;
  #size = 0;
  #begun = false;

  constructor(level: number, sink: Sink) {
    this.#level = level;
    this.#sink = sink;
    this.#windows = new WindowChoice(level);
  }

  /** Takes a block. Resolves when the next may come; rejects when deflating or the sink failed. */
  async write(block: Buffer): Promise<void> {
    await this.#begin();
    this.#crc = crc32(block, this.#crc);
    this.#size += block.length;
    const deflated = this.#deflate(block);
    // A failure is seen when the block's turn comes; until then it must not count as unhandled.
    deflated.catch(() => undefined);
    this.#inFlight.push({ deflated, bytes: block.length });
    this.#dictionary = this.#dictionaryAfter(block);
    while (this.#inFlight.length >= BLOCKS_IN_FLIGHT) await this.#sendOldest();
  }

  /** How many of the last bytes that were taken are still being looked at. */
  get heldBytes(): number {
    return this.#inFlight.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Sends all blocks that are still being deflated. */
  async flush(): Promise<void> {
    while (this.#inFlight.length > 0) await this.#sendOldest();
  }

  /** The most that is still to be sent, were the member ended after so many more bytes. */
  worstBytes(more: number): number {
    const begin = this.#begun ? 0 : HEADER.length;
    const waiting = this.#inFlight.reduce((sum, { bytes }) => sum + worstDeflated(bytes), 0);
    return begin + waiting + worstDeflated(more) + FINAL_BLOCK.length + TRAILER_BYTES;
  }

  /** How many more bytes may be taken for certain, if no more than `room` may still be sent until the member has ended. */
  fitting(room: number): number {
    return deflatedFrom(room - (this.worstBytes(0) - worstDeflated(0)));
  }

  /** Ends the member. Nothing may be written afterwards. */
  async end(): Promise<void> {
    await this.#begin();
    await this.flush();
    const trailer = Buffer.alloc(TRAILER_BYTES);
    trailer.writeUInt32LE(this.#crc >>> 0, 0);
    trailer.writeUInt32LE(this.#size % 2 ** 32, 4);
    await this.#sink(Buffer.concat([FINAL_BLOCK, trailer]));
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.#sink(HEADER);
  }

  async #sendOldest(): Promise<void> {
    const oldest = this.#inFlight.shift();
    if (oldest !== undefined) await this.#sink(await oldest.deflated);
  }

  /** A copy, as the block is used again when it is deflated, while the next may still need its dictionary. */
  #dictionaryAfter(block: Buffer): Buffer {
    if (block.length >= DICTIONARY_BYTES) return Buffer.from(block.subarray(-DICTIONARY_BYTES));
    return Buffer.concat([this.#dictionary ?? Buffer.alloc(0), block]).subarray(-DICTIONARY_BYTES);
  }

  async #deflate(block: Buffer): Promise<Buffer> {
    const dictionary = this.#dictionary;
    const { windowBits, ratio } = await this.#windows.of(block, dictionary);
    const expected = Math.ceil(block.length * ratio * (1 + SPARE));
    return deflateBlock(block, { level: this.#level, windowBits, dictionary, expected });
  }
}
