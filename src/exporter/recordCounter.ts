const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const QUOTES = 0x22222222;
const LINE_FEEDS = 0x0a0a0a0a;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;
const LOW_BITS = 0x7f7f7f7f;

/**
 * Counts records in a stream of bytes: line feeds that do not stand within quotes. It looks at four bytes at a time and
 * stops only at words that hold a line feed, as every byte of an export passes through here.
 */
export class RecordCounter {
  /** Whether quotes have a meaning: they do in CSV; in JSONL a record never contains a line feed. */
  readonly #quotes: boolean;
  #quoted = false;
  records = 0;

  constructor(quotes: boolean) {
    this.#quotes = quotes;
  }

  /** Takes the next bytes of the stream. */
  add(block: Buffer): void {
    const { byteOffset, length } = block;
    const aligned = Math.min(length, (4 - (byteOffset % 4)) % 4);
    const words = (length - aligned) >> 2;
    this.#bytes(block, 0, aligned);
    // Too short to reach an offset at which words may be read.
    if (words === 0) {
      this.#bytes(block, aligned, length);
      return;
    }
    const view = new Int32Array(block.buffer, byteOffset + aligned, words);
    const quotes = this.#quotes;
    // The high bit of each byte that is a quote, added up without a carry: an odd number of bits is an odd number of quotes.
    let seen = 0;
    for (let i = 0; i < words; i++) {
      const word = view[i] as number;
      const n = word ^ LINE_FEEDS;
      if (((n - ONES) & ~n & HIGH_BITS) !== 0) {
        if (quotes && isOdd(seen)) this.#quoted = !this.#quoted;
        seen = 0;
        this.#bytes(block, aligned + i * 4, aligned + i * 4 + 4);
      } else {
        const q = word ^ QUOTES;
        seen ^= ~(((q & LOW_BITS) + LOW_BITS) | q | LOW_BITS);
      }
    }
    if (quotes && isOdd(seen)) this.#quoted = !this.#quoted;
    this.#bytes(block, aligned + words * 4, length);
  }

  /** Takes the next bytes if fewer than `records` records end in them. @returns whether it did */
  addIfFewer(block: Buffer, records: number): boolean {
    const mark = this.mark();
    this.add(block);
    if (this.records - mark.records < records) return true;
    this.reset(mark);
    return false;
  }

  /**
   * Takes as many whole records as end within `length` bytes, but one at least, and `records` at most.
   * @returns how many bytes were taken; 0, and nothing is changed, when no record ends in the block
   */
  addUntil(block: Buffer, length: number, records: number): number {
    const most = this.records + records;
    let mark = this.mark();
    let end = 0;
    for (let i = 0; i < block.length; i++) {
      const byte = block[i];
      if (byte === QUOTE) this.#quoted = this.#quotes && !this.#quoted;
      else if (byte === LINE_FEED && !this.#quoted) {
        if (i + 1 > length && end > 0) break;
        this.records++;
        mark = this.mark();
        end = i + 1;
        if (end >= length || this.records >= most) break;
      }
    }
    this.reset(mark);
    return end;
  }

  /** Whether what was taken so far ends with a record, given its last byte. */
  endsWith(last: number | undefined): boolean {
    return last === LINE_FEED && !this.#quoted;
  }

  /** Where the counter stands, to go back to. */
  mark(): { records: number; quoted: boolean } {
    return { records: this.records, quoted: this.#quoted };
  }

  /** Goes back to where the counter stood. */
  reset(mark: { records: number; quoted: boolean }): void {
    this.records = mark.records;
    this.#quoted = mark.quoted;
  }

  #bytes(block: Buffer, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const byte = block[i];
      if (byte === QUOTE) this.#quoted = this.#quotes && !this.#quoted;
      else if (byte === LINE_FEED && !this.#quoted) this.records++;
    }
  }
}

/** Whether the number of high bits of bytes that are set is odd. */
function isOdd(bits: number): boolean {
  const half = bits ^ (bits >>> 16);
  return ((half ^ (half >>> 8)) & 0x80) !== 0;
}
