import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ComparedRun, compareRequest, type RowComparison } from '../../exporter/protocol.ts';
import { sourceFormat } from '../../exporter/outputNames.ts';
import type { Destination } from '../destination/destination.ts';
import { syncFolder } from '../destination/keys.ts';
import { textOptionsOf } from '../destination/target.ts';
import { askExporter, type ExporterOptions } from '../engine/exporterProcess.ts';
import { diskProblem } from '../objects/diskProblem.ts';
import { downloadObjects } from '../objects/downloadObjects.ts';
import { cancelled, invalidArgument, ProblemError } from '../problem.ts';
import type { Store } from '../s3/store.ts';
import { keysOfRun } from '../sync/filesOfRun.ts';
import { refuseOutside } from '../sync/outputs.ts';
import { runTime } from '../sync/runId.ts';
import type { Manifest } from '../sync/manifest.ts';
import { Manifests } from '../sync/manifests.ts';
import { compareFiles, type FileComparison } from './compareFiles.ts';
import { notesOf } from './notes.ts';

/** Which runs to compare. The older one is the one before, in whatever order they are given. */
export interface CompareRunsOrder {
  destination: Destination;
  store: Store;
  syncId: string;
  runIds: readonly [string, string];
  /** The key columns; those of the manifests by default. */
  key?: readonly string[];
  /** How many rows of each kind are given as samples at most. */
  samples: number;
  exporter: ExporterOptions;
  signal: AbortSignal;
  /** Told the bytes that have come, and then the rows that have been read. */
  onProgress: (progress: { bytes: number } | { rows: number }) => void;
}

/** A run that was compared. */
export interface RunOfComparison {
  runId: string;
  files: number;
  /** Missing where there is no manifest that can be read. */
  manifest?: Manifest;
}

/** How two runs differ. */
export interface RunsComparison {
  syncId: string;
  before: RunOfComparison;
  after: RunOfComparison;
  /** By rows, or by whole files where these are not tables. */
  found: ({ of: 'rows' } & RowComparison) | ({ of: 'files' } & FileComparison);
  /** What has to be known to read the counts; a sentence each. */
  notes: string[];
}

/** A run with what is needed to compare it. */
interface Side {
  runId: string;
  keys: string[];
  manifest?: Manifest;
}

/**
 * Compares what two runs of a sync have put there. Their files are downloaded for it, and removed afterwards.
 * @throws ProblemError `source-missing` when files of a run are gone; `invalid-argument`, `conflict`, `query-failed`,
 * `disk-full`, `cancelled`
 */
export async function compareRuns(order: CompareRunsOrder): Promise<RunsComparison> {
  const { destination, store, syncId, runIds } = order;
  const [one, other] = runIds;
  if (one === other) throw invalidArgument('A run cannot be compared with itself.', 'Choose two runs.');
  const manifests = new Manifests(store, destination.pathPrefix);
  const sideOf = async (runId: string): Promise<Side> => {
    const manifest = await manifests.get(syncId, runId);
    const keys =
      manifest?.files.map(({ key }) => key) ?? (await keysOfRun(store, destination.pathPrefix, syncId, runId));
    if (manifest === undefined && keys.length === 0) throw gone(runId);
    // Anybody who may write at the destination may have written the manifest.
    refuseOutside(destination.pathPrefix, keys);
    return { runId, keys, ...(manifest && { manifest }) };
  };
  const sides = await Promise.all([sideOf(one), sideOf(other)]);
  const [before, after] = sides.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
  const found = areTables(before, after)
    ? ({ of: 'rows', ...(await compareRows(order, before, after)) } as const)
    : ({
        of: 'files',
        ...(await compareFiles(store, syncFolder(destination.pathPrefix, syncId), before, after)),
      } as const);
  const seen = ({ keys, ...side }: Side): RunOfComparison => ({ ...side, files: keys.length });
  return { syncId, before: seen(before), after: seen(after), found, notes: notesOf(before, after, found) };
}

/** Run ids tell runs of one second in no order. */
function timeOf({ runId, manifest }: Side): string {
  return manifest?.committedAt ?? runTime(runId)?.toISOString() ?? runId;
}

/** Rows of queries can be compared, and those of one file that was copied as it was; several such files are several tables. */
function areTables(...sides: readonly Side[]): boolean {
  return sides.every(({ keys, manifest }) => {
    const tables = keys.every((key) => sourceFormat(key) !== undefined);
    return tables && (keys.length < 2 || manifest === undefined || manifest.format !== undefined);
  });
}

async function compareRows(order: CompareRunsOrder, before: Side, after: Side): Promise<RowComparison> {
  const { exporter, signal, samples, destination } = order;
  const key = order.key ?? after.manifest?.primaryKey ?? before.manifest?.primaryKey;
  const folder = await mkdtemp(path.join(exporter.temporaryFolder ?? tmpdir(), 's3-destinations-compare-')).catch(
    (error: unknown) => {
      throw diskProblem(error) ?? error;
    },
  );
  try {
    let came = 0;
    const fetched = async (side: Side, name: string): Promise<ComparedRun> => {
      const start = came;
      return fetchRun(order, side, path.join(folder, name), (bytes) =>
        order.onProgress({ bytes: (came = start + bytes) }),
      );
    };
    const runs = { before: await fetched(before, 'before'), after: await fetched(after, 'after') };
    const { delimiter } = textOptionsOf(destination.target).csv;
    const request = { ...runs, samples, delimiter, ...(key === undefined ? {} : { key }) };
    return await askExporter(
      (to, engine) => to.sendRequest(compareRequest, { ...request, engine }),
      exporter,
      signal,
      ({ rows }) => order.onProgress({ rows }),
    );
  } catch (error) {
    throw signal.aborted ? cancelled('The comparison', '') : error;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function fetchRun(
  { destination: { pathPrefix }, store, signal }: CompareRunsOrder,
  { runId, keys, manifest }: Side,
  folder: string,
  onBytes: (bytes: number) => void,
): Promise<ComparedRun> {
  // Numbers, as names may be as long as they like.
  const names = keys.map((key, i) => ({ key, path: `${i}${path.posix.extname(key)}` }));
  const files = await downloadObjects({
    ...{ store, pathPrefix, folder, objects: names, signal, replace: true },
    // The engine does not notice when gzip ends early. Where a manifest tells what is right, that has been noticed.
    decompress: manifest === undefined,
    onProgress: ({ bytes }) => onBytes(bytes),
  }).catch((error: unknown) => {
    throw error instanceof ProblemError && error.code === 'source-missing' ? gone(runId) : error;
  });
  return {
    files: files.map(({ file, key }) => ({ path: file, name: path.posix.basename(key) })),
    // Of files that were copied as they were nothing is known.
    ...(manifest?.format === undefined ? {} : { columns: manifest.columns.map(({ name }) => name) }),
    ...(manifest?.csv && { csv: manifest.csv }),
  };
}

function gone(runId: string): ProblemError {
  const message = `The files of the run ${runId} are gone: a later run of a mirror has replaced them, or somebody has removed them.`;
  return new ProblemError({ code: 'source-missing', message, fix: 'Choose runs whose files are there.' });
}
