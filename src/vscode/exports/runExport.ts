import { parseExportRequest } from '../../core/sync/exportRequest.ts';
import type { ExportSource } from '../../core/sync/exportSource.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import { readSettings } from '../settings.ts';
import { withExportProgress } from './exportProgress.ts';

/** What every export needs of the extension. */
export interface RunExportContext {
  /** The exporter's program. */
  program: string;
  /** The folder in which runs write down what they do, for the case that they are killed. */
  journals: string;
  destinations: DestinationStore;
  stores: Stores;
  log: Log;
  /** Called when a run has put something there. */
  onExported: (destination: string, result: RunResult, kind: ExportSource['kind']) => void;
}

/** One export, of which everything is known. */
export interface ExportOf {
  destination: string;
  syncId: string;
  /** The argument that the caller passed: says how to write. */
  given: Record<string, unknown>;
  source: ExportSource;
  /** The folder that relative paths in the source start from. */
  workingDirectory: string;
  /** Bytes of the largest file that is written whole, however large it is. */
  largestFile?: number;
  /** Called when the arguments are found to be right and the work begins. */
  onStart?: () => void;
  /** Cancels the export, besides the user. */
  signal?: AbortSignal;
}

/** S3 takes 10,000 parts; gzip may make a file a little larger than it was. */
const MAX_PARTS = 9_900;

/** Exports under a notification that shows how far it is. @throws ProblemError; nothing of the export is visible then */
export async function runExport(context: RunExportContext, work: ExportOf): Promise<RunResult> {
  const { program, journals, log } = context;
  const { destination: name, syncId, given, source, workingDirectory } = work;
  const { destination, store } = await context.stores.get(name);
  const settings = readSettings();
  const { engineMemory: memoryLimit, gzipLevel, maxFileBytes, spool } = settings;
  const request = parseExportRequest({ ...given, syncId }, destination, maxFileBytes);
  const largest = work.largestFile ?? request.maxFileBytes;
  const partBytes = Math.max(settings.upload.partBytes, Math.ceil(largest / MAX_PARTS));
  const upload = { ...settings.upload, partBytes };
  const exporter = { program, workingDirectory, memoryLimit, ...(spool === true ? { spool } : {}) };
  const { exportRun } = await import('../../core/sync/exportRun.ts');

  work.onStart?.();
  log.info(`Exporting ${syncId} to ${name} (${request.mode}, ${request.format}${request.gzip ? ', gzip' : ''})`);
  const result = await withExportProgress(`${syncId} → ${name}`, (onProgress, cancel) => {
    const signal = work.signal === undefined ? cancel : AbortSignal.any([cancel, work.signal]);
    const run = { destination, store, request, source, gzipLevel, exporter, upload, journals };
    return exportRun({ ...run, signal, onProgress, log });
  });
  log.info(`Exported ${syncId} to ${name}: run ${result.runId}, ${result.rows.written} rows, ${result.durationMs} ms`);
  await context.destinations.used(name);
  context.onExported(name, result, source.kind);
  return result;
}
