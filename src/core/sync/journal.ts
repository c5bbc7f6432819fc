import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { OpenUpload, UploadWatcher } from '../s3/staging.ts';
import type { CommitRecord } from './commitRecord.ts';
import { hasEnded, type Owner, thisProcess } from './owner.ts';

const BEAT_MS = 10_000;
/** A process that has not shown itself for so long is gone, whatever has its number now. */
const SILENT_MS = 90_000;
const SUFFIX = '.jsonl';

/** What a run's journal begins with. */
export interface JournalHead {
  runId: string;
  syncId: string;
  /** Where the run went; the name alone could mean another bucket by now. */
  destination: { name: string; bucket: string; endpoint?: string; pathPrefix: string };
  /** Whether the commit record lies at the destination, and decides there. */
  locked: boolean;
  startedAt: string;
}

/** A run's journal as it is found after its process has ended, or while it works. */
export interface JournalEntry extends JournalHead {
  file: string;
  owner: Owner;
  /** Keys for which an upload was asked for, and those that the store has made. */
  creating: string[];
  uploads: OpenUpload[];
  /** What is to be finished; missing while the run was staging. */
  record?: CommitRecord;
  /** How long ago it was touched, in milliseconds. */
  ageMs: number;
}

type OwnedHead = JournalHead & { owner: Owner };
type Line = { head: OwnedHead } | Step;
type Step = { creating: string } | { created: OpenUpload } | { commit: CommitRecord };

/**
 * What a run writes down on this machine while it works, so that what it leaves behind can be found if it is killed: the
 * uploads, each before its first part is sent, and what is to be committed. A file of lines, only ever appended to.
 */
export class Journal implements UploadWatcher {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #beat: NodeJS.Timeout;
  #writing: Promise<unknown> = Promise.resolve();

  /** Begins a run's journal. @param folder where journals lie; made when it is missing */
  static async open(folder: string, head: JournalHead): Promise<Journal> {
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, `${head.runId}-${randomBytes(4).toString('hex')}${SUFFIX}`);
    const journal = new Journal(file, await open(file, 'ax', 0o600));
    try {
      await journal.#write({ head: { ...head, owner: thisProcess() } });
    } catch (error) {
      await journal.close(false);
      throw error;
    }
    return journal;
  }

  private constructor(file: string, handle: FileHandle) {
    this.#file = file;
    this.#handle = handle;
    this.#beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), BEAT_MS);
    this.#beat.unref();
  }

  creating(key: string): Promise<void> {
    return this.#write({ creating: key });
  }

  created(upload: OpenUpload): Promise<void> {
    return this.#write({ created: upload });
  }

  /** Writes down what is to be finished from here on. When it resolves, the disk has it. */
  async committing(record: CommitRecord): Promise<void> {
    await this.#write({ commit: record });
    await this.#handle.sync();
  }

  /** Ends the journal. @param keep leaves the file, for what could not be finished or cleaned up */
  async close(keep: boolean): Promise<void> {
    clearInterval(this.#beat);
    await this.#writing.catch(() => undefined);
    await this.#handle.close();
    if (keep) await utimes(this.#file, new Date(0), new Date(0)).catch(() => undefined);
    else await rm(this.#file, { force: true });
  }

  #write(line: Line): Promise<void> {
    const written = this.#writing.then(() => this.#handle.appendFile(`${JSON.stringify(line)}\n`));
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

/** Reads all journals of a folder; none when there is no such folder. What cannot be read as one is passed over. */
export async function readJournals(folder: string): Promise<JournalEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(
    names.filter((name) => name.endsWith(SUFFIX)).map((name) => readJournal(path.join(folder, name))),
  );
  return entries.filter((entry) => entry !== undefined).sort((a, b) => (a.runId < b.runId ? -1 : 1));
}

/** Removes a journal whose run is settled. */
export async function removeJournal(entry: JournalEntry): Promise<void> {
  await rm(entry.file, { force: true });
}

/** Whether the process that a journal is of still works on it. */
export function isAlive({ owner, ageMs }: JournalEntry): boolean {
  return ageMs <= SILENT_MS && owner.machine === os.hostname() && !hasEnded(owner);
}

async function readJournal(file: string): Promise<JournalEntry | undefined> {
  let text: string;
  let touched: number;
  try {
    text = await readFile(file, 'utf8');
    touched = (await stat(file)).mtimeMs;
  } catch {
    // It was settled in this moment.
    return undefined;
  }
  const entry = { creating: [] as string[], uploads: [] as OpenUpload[], file, ageMs: Date.now() - touched };
  let head: OwnedHead | undefined;
  let record: CommitRecord | undefined;
  // What follows the last line break was cut off, and stands for a step that was not taken.
  for (const line of text.split('\n').slice(0, -1)) {
    const step = parse(line);
    if (step === undefined) continue;
    if ('head' in step) head = step.head;
    else if ('creating' in step) entry.creating.push(step.creating);
    else if ('created' in step) entry.uploads.push(step.created);
    else record = step.commit;
  }
  if (head === undefined) return undefined;
  return { ...head, ...entry, ...(record === undefined ? {} : { record }) };
}

function parse(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}
