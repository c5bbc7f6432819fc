import { deflateBlock } from './deflateBlock.ts';

/** 4 KiB and 32 KiB, the most there is. */
const NEAR = 12;
const FAR = 15;

/** How much of a stream one choice is for, and how much of its begin is tried. */
const CHOICE_BYTES = 16 * 1024 * 1024;
const SAMPLE_BYTES = 128 * 1024;

/** How many bytes samples had, and what they have become, by window. */
interface Trial {
  tried: number;
  near: number;
  far: number;
}

const NOTHING_TRIED: Promise<Trial> = Promise.resolve({ tried: 0, near: 0, far: 0 });

/** How a block is to be deflated. */
export interface ChosenWindow {
  /** The window, as a power of two. */
  windowBits: number;
  /** What the samples have become, by what they were. */
  ratio: number;
}

/**
 * Chooses how far back deflate looks, by trying both on a small part of the data, time and again. Records resemble the few
 * before them: to look further costs a fifth to a third more time, and makes most tables larger, as a short repetition that
 * is far away takes more bits than what it stands for. Long texts are better off with all there is.
 */
export class WindowChoice {
  readonly #level: number;
  /** Bytes seen and tried since the choice began. */
  #seen = 0;
  #tried = 0;
  #trial = NOTHING_TRIED;

  constructor(level: number) {
    this.#level = level;
  }

  /**
   * Gives the window for a block. Depends on nothing but what was taken so far.
   * @param dictionary what comes before the block
   */
  async of(block: Buffer, dictionary: Buffer | undefined): Promise<ChosenWindow> {
    if (this.#seen >= CHOICE_BYTES) {
      this.#seen = 0;
      this.#tried = 0;
      this.#trial = NOTHING_TRIED;
    }
    this.#seen += block.length;
    const sample = block.subarray(0, SAMPLE_BYTES - this.#tried);
    if (sample.length > 0) {
      this.#tried += sample.length;
      this.#trial = this.#try(sample, dictionary, this.#trial);
    }
    const { tried, near, far } = await this.#trial;
    const ratio = Math.min(near, far) / Math.max(tried, 1);
    return { windowBits: far < near ? FAR : NEAR, ratio };
  }

  async #try(sample: Buffer, dictionary: Buffer | undefined, earlier: Promise<Trial>): Promise<Trial> {
    const options = { level: this.#level, dictionary, expected: sample.length };
    const deflated = [NEAR, FAR].map((windowBits) => deflateBlock(sample, { ...options, windowBits }));
    const [{ tried, near, far }, ...sizes] = await Promise.all([earlier, ...deflated]);
    return {
      tried: tried + sample.length,
      near: near + (sizes[0]?.length ?? 0),
      far: far + (sizes[1]?.length ?? 0),
    };
  }
}
