import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExporterOptions, type RunningExport, startExport } from '../../../src/core/engine/exporterProcess.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../src/core/sync/textOptions.ts';
import type { ExportOrder, FileOptions, FileStats, JobProgress, JobSummary } from '../../../src/exporter/protocol.ts';

/** The exporter as Node runs it, without a build. */
export const PROGRAM = path.join(import.meta.dirname, '../../../src/exporter/main.ts');

/** All that an iterable gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const array: T[] = [];
  for await (const item of items) array.push(item);
  return array;
}

/** A file that an exporter has sent. */
export interface ExportedFile {
  bytes: Buffer;
  stats: FileStats;
}

/** A query, and how its files differ from the defaults: plain CSV, all in one file. */
export type Job = Partial<FileOptions> & { sql: string };

/** The order that an exporter gets for a query. */
export function orderOf({ sql, ...files }: Job): Omit<ExportOrder, 'engine'> {
  return {
    job: { kind: 'query', sql },
    files: { ...DEFAULT_TEXT_OPTIONS, format: 'csv', maxFileBytes: 2 ** 40, ...files },
  };
}

/** A folder for one test: what it holds is where queries look for files, and scratch folders are made below it. */
export class Workspace {
  readonly folder = mkdtempSync(path.join(tmpdir(), 's3d-export-'));

  /** Removes it. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The scratch folders that are there. */
  scratch(): string[] {
    return readdirSync(this.folder).filter((name) => name.startsWith('s3-destinations-'));
  }

  options(memoryLimit = 256 << 20) {
    const { folder } = this;
    return { program: PROGRAM, workingDirectory: folder, temporaryFolder: folder, memoryLimit, readable: [folder] };
  }

  start(
    job: Job,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (progress: JobProgress) => void } = {},
    options: ExporterOptions = this.options(),
  ): Promise<RunningExport> {
    const never = new AbortController().signal;
    return startExport(orderOf(job), options, onProgress ?? (() => undefined), signal ?? never);
  }

  /** Runs an export to its end. @throws the exporter's problem */
  async run(job: Job, options?: ExporterOptions): Promise<{ files: ExportedFile[]; summary: JobSummary }> {
    return finish(await this.start(job, {}, options));
  }

  /** The text that a query gives, with the header for CSV. */
  async text(sql: string, format: FileOptions['format'] = 'csv', options?: ExporterOptions): Promise<string> {
    const { files } = await this.run({ sql, format }, options);
    return files.map(({ bytes }) => bytes.toString()).join('');
  }
}

/** Reads what is being exported to its end. @throws the exporter's problem */
export async function finish(running: RunningExport): Promise<{ files: ExportedFile[]; summary: JobSummary }> {
  try {
    const reading = filesOf(running);
    // Looked at below; a failure of the exporter is the reason for a failure here.
    reading.catch(() => undefined);
    const summary = await running.summary;
    return { files: await reading, summary };
  } finally {
    await running.dispose();
  }
}

async function filesOf({ frames }: RunningExport): Promise<ExportedFile[]> {
  const files: ExportedFile[] = [];
  let pieces: Buffer[] = [];
  for await (const frame of frames) {
    if (frame.kind === 'data') pieces.push(Buffer.from(frame.bytes));
    if (frame.kind !== 'fileEnd') continue;
    files.push({ bytes: Buffer.concat(pieces), stats: frame.stats });
    pieces = [];
  }
  return files;
}

/** The ids of the exporters that a process has started, or that are left of it: those of the parent given, or of nobody. */
export function exporters(parent = process.pid): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return rows.flatMap((row) => {
    const [, pid, ppid, stat = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(row) ?? [];
    return Number(ppid) === parent && args.includes(PROGRAM) && !stat.startsWith('Z') ? [Number(pid)] : [];
  });
}

/** Waits until something holds; fails after eight seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 8000; !holds();) {
    assert.ok(Date.now() < end, 'It took too long.');
    await sleep(25);
  }
}

/** Whether there is a process of that id. */
export function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
