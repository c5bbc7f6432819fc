import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Destination, DestinationFields } from '../destination/destination.ts';
import { ProblemError, type ProblemCode } from '../problem.ts';
import type { Store } from '../s3/store.ts';
import { sideBySide } from '../sideBySide.ts';
import type { Mode } from './exportRequest.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import type { RowCounts } from './runResult.ts';
import { runsFolder } from './syncKeys.ts';

const FILE = 'runs.jsonl';
/** Entries that are kept on this machine; when there are twice as many, the older half goes. */
const KEPT = 500;
const READS_AT_ONCE = 16;

/** A run that has ended, in whatever way. Plain JSON. */
export interface EndedRun {
  runId: string;
  syncId: string;
  status: 'completed' | 'failed' | 'cancelled';
  mode: Mode;
  /** ISO 8601, in UTC. */
  startedAt: string;
  durationMs: number;
  /** Of completed runs. */
  rows?: RowCounts;
  files?: number;
  bytes?: number;
  /** Of failed runs. */
  error?: { code: ProblemCode; message: string };
}

/** A run that has not completed, as it is written down on this machine, with where it should have gone. */
interface LocalRun {
  at: { bucket: string; endpoint?: string; pathPrefix: string };
  run: EndedRun;
}

/** Writes down a run that has not completed. @param folder is made when it is missing */
export async function recordFailedRun(folder: string, place: Destination, run: EndedRun): Promise<void> {
  const { bucket, endpoint, pathPrefix } = place;
  const local: LocalRun = { at: { bucket, pathPrefix, ...(endpoint === undefined ? {} : { endpoint }) }, run };
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, FILE);
  await appendFile(file, `${JSON.stringify(local)}\n`, { mode: 0o600 });
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  if (lines.length > 2 * KEPT) await writeFile(file, `${lines.slice(-KEPT).join('\n')}\n`, { mode: 0o600 });
}

/** The runs to a destination that failed or were cancelled on this machine, newest first. Never throws. */
export async function failedRuns(folder: string, place: DestinationFields, syncId: string): Promise<EndedRun[]> {
  return (await allFailedRuns(folder, place)).filter((run) => run.syncId === syncId).sort(newestFirst);
}

/** The syncs of which runs to a destination failed or were cancelled on this machine. Never throws. */
export async function failedSyncIds(folder: string, place: DestinationFields): Promise<string[]> {
  return [...new Set((await allFailedRuns(folder, place)).map(({ syncId }) => syncId))].sort();
}

async function allFailedRuns(folder: string, place: DestinationFields): Promise<EndedRun[]> {
  const text = await readFile(path.join(folder, FILE), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const { at, run } = parse(line) ?? {};
    const here = at?.bucket === place.bucket && at.endpoint === place.endpoint && at.pathPrefix === place.pathPrefix;
    return here && run !== undefined ? [run] : [];
  });
}

/**
 * The runs of a sync, newest first: those that completed by their manifests, the others as this machine remembers them.
 * @param most how many at most
 * @throws ProblemError when the manifests cannot be listed
 */
export async function runHistory(
  store: Store,
  destination: Destination,
  folder: string,
  syncId: string,
  most: number,
): Promise<EndedRun[]> {
  const objects = await store.listAll(runsFolder(destination.pathPrefix, syncId));
  const keys = objects.map(({ key }) => key);
  const newest = keys
    .filter((key) => key.endsWith('.json'))
    .sort()
    .reverse()
    .slice(0, most);
  const runs = await failedRuns(folder, destination, syncId);
  await sideBySide(newest, READS_AT_ONCE, async (key) => {
    const manifest = parseManifest((await store.readText(key))?.text ?? '');
    if (manifest !== undefined) runs.push(endedRun(manifest));
  });
  return withoutFinished(runs).sort(newestFirst).slice(0, most);
}

/** A run whose commit had stopped, and that was finished later, has a manifest by now: that is what became of it. */
function withoutFinished(runs: readonly EndedRun[]): EndedRun[] {
  const completed = new Set(runs.flatMap(({ status, runId }) => (status === 'completed' ? [runId] : [])));
  return runs.filter(({ status, runId }) => status === 'completed' || !completed.has(runId));
}

/** How a run that ended with an error is remembered. */
export function failedRun(run: Pick<EndedRun, 'runId' | 'syncId' | 'mode' | 'startedAt'>, error: unknown): EndedRun {
  const ended = { ...run, durationMs: Date.now() - Date.parse(run.startedAt) };
  if (error instanceof ProblemError && error.code === 'cancelled') return { ...ended, status: 'cancelled' };
  const code = error instanceof ProblemError ? error.code : 'upload-failed';
  return {
    ...ended,
    status: 'failed',
    error: { code, message: error instanceof Error ? error.message : String(error) },
  };
}

function endedRun({ runId, syncId, mode, startedAt, durationMs, rows, files }: Manifest): EndedRun {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { runId, syncId, status: 'completed', mode, startedAt, durationMs, rows, files: files.length, bytes };
}

function newestFirst(a: EndedRun, b: EndedRun): number {
  return a.startedAt < b.startedAt ? 1 : -1;
}

function parse(line: string): LocalRun | undefined {
  try {
    return JSON.parse(line) as LocalRun;
  } catch {
    return undefined;
  }
}
