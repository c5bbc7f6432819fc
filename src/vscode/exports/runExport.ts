import type { ExporterProgram } from '../../core/engine/exporterProcess.ts';
import { ProblemError } from '../../core/problem.ts';
import type { PreviewedRun } from '../../core/sync/previewRun.ts';
import { parseExportRequest } from '../../core/sync/exportRequest.ts';
import type { RunProgress } from '../../core/sync/exportRun.ts';
import type { ExportSource } from '../../core/sync/exportSource.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import { purposeOf } from '../../core/diagnose/iamPolicy.ts';
import { failsByDestination, passPreflight } from '../diagnose/preflights.ts';
import type { CheckResults } from '../diagnose/checkResults.ts';
import type { Log } from '../log.ts';
import { readSettings } from '../settings.ts';
import { mayReadOutside, withConfirmation } from './confirmRun.ts';
import { withExportProgress } from './exportProgress.ts';
import { readableBy } from './readable.ts';
import type { SqlSource } from './sqlSource.ts';

/** What every export needs of the extension. */
export interface RunExportContext {
  exporters: ExporterProgram;
  /** The folder in which runs write down what they do, for the case that they are killed. */
  journals: string;
  /** The folder in which runs that do not complete are remembered. */
  history: string;
  destinations: DestinationStore;
  stores: Stores;
  checks: CheckResults;
  log: Log;
  /** Called when a run has failed or was cancelled, and is remembered as such. */
  onFailed: (destination: string, syncId: string) => void;
  /** Called when a run has put something there. */
  onExported: (work: ExportOf, result: RunResult) => void;
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
  /** Whether a person has called, who can be asked. */
  interactive?: boolean;
  /** Bytes of the largest file that is written whole, however large it is. */
  largestFile?: number;
  /** Called when the arguments are found to be right and the work begins. */
  onStart?: () => void;
  /** The query as it was written, where the source is one. */
  query?: SqlSource;
  /** Whether it is a run of a sync that the workspace defines. */
  isDefined?: boolean;
  /** Whether the caller tells the user how it ended. */
  quiet?: boolean;
  /** Is told how far it is, in the place of the notification. */
  onProgress?: (progress: RunProgress) => void;
  /** Cancels the export, besides the user. */
  signal?: AbortSignal;
}

/** S3 takes 10,000 parts; gzip may make a file a little larger than it was. */
const MAX_PARTS = 9_900;

/** Exports under a notification that shows how far it is. @throws ProblemError; nothing of the export is visible then */
export async function runExport(context: RunExportContext, work: ExportOf): Promise<RunResult> {
  if (work.interactive !== true) return runOnce(context, work);
  const run = (word: object): Promise<RunResult> => runOnce(context, { ...work, given: { ...work.given, ...word } });
  return withConfirmation(run, work.workingDirectory);
}

async function runOnce(context: RunExportContext, work: ExportOf): Promise<RunResult> {
  const { log, journals, history } = context;
  const { destination: name, syncId, source } = work;
  const finding = context.checks.begin(name);
  const { destination, store, request, ...rest } = await prepareRun(context, work);
  const { exportRun } = await import('../../core/sync/exportRun.ts');

  const result = await withExportProgress(
    `${syncId} → ${name}`,
    async (onProgress, cancel) => {
      const signal = work.signal === undefined ? cancel : AbortSignal.any([cancel, work.signal]);
      // Signing in may take its time, and may be given up, too.
      await passPreflight(finding, destination, store, request, signal);
      work.onStart?.();
      log.info(`Exporting ${syncId} to ${name} (${request.mode}, ${request.format}${request.gzip ? ', gzip' : ''})`);
      const run = { destination, store, request, source, ...rest, journals, history };
      const running = exportRun({ ...run, signal, onProgress, log });
      return failsByDestination(finding, destination, purposeOf(request), running).catch((error: unknown) => {
        context.onFailed(name, syncId);
        throw error;
      });
    },
    work.onProgress,
  );
  log.info(`Exported ${syncId} to ${name}: run ${result.runId}, ${result.rows.written} rows, ${result.durationMs} ms`);
  for (const warning of result.warnings ?? []) log.warn(`${syncId} → ${name}: ${warning}`);
  await context.destinations.used(name);
  context.onExported(work, result);
  return result;
}

/**
 * Says what an export would do. Nothing is written.
 * @throws ProblemError
 */
export async function previewExport(context: RunExportContext, work: ExportOf): Promise<PreviewedRun> {
  for (;;) {
    try {
      return await previewOnce(context, work);
    } catch (error) {
      if (work.interactive !== true || !(error instanceof ProblemError)) throw error;
      if (!(await mayReadOutside(error.problem, work.workingDirectory))) throw error;
    }
  }
}

async function previewOnce(context: RunExportContext, work: ExportOf): Promise<PreviewedRun> {
  const { source } = work;
  const prepared = await prepareRun(context, work);
  const { previewRun } = await import('../../core/sync/previewRun.ts');
  const title = `Previewing ${work.syncId} → ${work.destination}`;
  return withExportProgress(title, (onProgress, signal) =>
    previewRun({ ...prepared, source, signal, onProgress, log: context.log }),
  );
}

async function prepareRun({ stores, exporters }: RunExportContext, work: ExportOf) {
  const { destination, store } = await stores.get(work.destination);
  const settings = readSettings();
  const { engineMemory: memoryLimit, gzipLevel, maxFileBytes, spool } = settings;
  const request = parseExportRequest({ ...work.given, syncId: work.syncId }, destination, maxFileBytes);
  const largest = work.largestFile ?? request.maxFileBytes;
  const partBytes = Math.max(settings.upload.partBytes, Math.ceil(largest / MAX_PARTS));
  const { workingDirectory } = work;
  return {
    ...{ destination, store, request, gzipLevel, upload: { ...settings.upload, partBytes } },
    exporter: {
      ...{ ...exporters, workingDirectory, memoryLimit, readable: readableBy(workingDirectory) },
      ...(spool === true ? { spool } : {}),
    },
  };
}
