import { countBytes, type CountRecords, LINE_FEED, QUOTE, vectorCounter } from './countRecords.ts';

/** Counts records in a stream of bytes: line feeds that do not stand within quotes. */
export class RecordCounter {
  /** Whether quotes have a meaning: they do in CSV; in JSONL a record never contains a line feed. */
  readonly #quotes: boolean;
  readonly #count: CountRecords;
  #quoted = false;
  records = 0;

  /** @param count how they are counted; as fast as the machine can by default */
  constructor(quotes: boolean, count: CountRecords = fastest()) {
    this.#quotes = quotes;
    this.#count = count;
  }

  /** Takes the next bytes of the stream. */
  add(block: Buffer): void {
    const { records, quoted } = this.#count(block, this.#quotes, this.#quoted);
    this.records += records;
    this.#quoted = quoted;
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
}

let known: CountRecords | undefined;

function fastest(): CountRecords {
  return (known ??= vectorCounter() ?? countBytes);
}
