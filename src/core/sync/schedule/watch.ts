import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasEnded, type Owner, thisProcess } from '../owner.ts';

/** Until when each sync's schedule was watched, in milliseconds, and how it read then. */
export type Watched = Readonly<Record<string, { schedule: string; until: number }>>;

interface Content {
  owner: Owner;
  nonce: string;
  beat: number;
  watched: Watched;
}

/** A window that has not shown itself for so long is gone. */
const SILENT_MS = 120_000;

/**
 * The right to watch the schedule of a file of definitions, which one window of this machine has at a time, and what it has
 * watched: a file that it renews. Another window takes it over when it is not renewed.
 */
export class Watch {
  readonly #file: string;
  readonly #nonce = randomBytes(8).toString('hex');
  #watched: Watched = {};

  /** @param file its folder is made when it is missing */
  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Takes or renews the right.
   * @param now in milliseconds
   * @returns what was watched until now; `others` when another window has the right; `taken` when it was taken only now:
   * another may have taken it at the same time, which the next call tells
   */
  async renew(now: number): Promise<Watched | 'others' | 'taken'> {
    const found = await this.#read();
    const isOurs = found?.nonce === this.#nonce;
    if (found !== undefined && !isOurs && now - found.beat < SILENT_MS && !hasEnded(found.owner)) return 'others';
    this.#watched = found?.watched ?? {};
    await this.#write(now);
    return isOurs ? this.#watched : 'taken';
  }

  /** Writes down what was watched. */
  async keep(watched: Watched, now: number): Promise<void> {
    this.#watched = watched;
    await this.#write(now);
  }

  /** Lets another window go on. */
  async release(): Promise<void> {
    if ((await this.#read())?.nonce === this.#nonce) await this.#write(0);
  }

  /** Forgets what was watched, if no other window watches. */
  async forget(now: number): Promise<void> {
    const found = await this.#read();
    const isOthers = found !== undefined && found.nonce !== this.#nonce && now - found.beat < SILENT_MS;
    if (!isOthers) await rm(this.#file, { force: true });
  }

  async #read(): Promise<Content | undefined> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8')) as Content;
    } catch {
      // Missing, or damaged: then it is made anew.
      return undefined;
    }
  }

  async #write(beat: number): Promise<void> {
    const content: Content = { owner: thisProcess(), nonce: this.#nonce, beat, watched: this.#watched };
    await mkdir(path.dirname(this.#file), { recursive: true });
    const part = `${this.#file}.${this.#nonce}`;
    await writeFile(part, JSON.stringify(content));
    await rename(part, this.#file);
  }
}
