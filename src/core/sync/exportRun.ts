import type { JobProgress, JobSummary } from '../../exporter/protocol.ts';
import type { Destination } from '../destination/destination.ts';
import { type ExporterOptions, type RunningExport, startExport } from '../engine/exporterProcess.ts';
import { FramesBrokenOff } from '../engine/frameReader.ts';
import { diskProblem } from '../objects/diskProblem.ts';
import { cancelled } from '../problem.ts';
import type { Staging } from '../s3/staging.ts';
import type { Store } from '../s3/store.ts';
import { RECORD_VERSION } from './commitRecord.ts';
import { CommitPending, commitRun, NO_CONDITIONS } from './committing.ts';
import type { ExportRequest } from './exportRequest.ts';
import { orderOf } from './exporterOrder.ts';
import { type ExportSource, ownNames } from './exportSource.ts';
import { extensionOf } from './fileName.ts';
import { type CommitLog, isLocked } from './finishing.ts';
import { Journal } from './journal.ts';
import type { Manifest } from './manifest.ts';
import { placeFiles } from './placement.ts';
import { deadRuns, OWNER, recoverRun, settleRecord } from './recovery.ts';
import { manifestOf, resultOf } from './runFacts.ts';
import { failedRun, recordFailedRun } from './runHistory.ts';
import { newRunId, type RunId, runIdText } from './runId.ts';
import { RunKeys } from './runKeys.ts';
import type { Leftover, ResultFile, RunResult } from './runResult.ts';
import { needsState, type RunStart, startRun } from './runStart.ts';
import { stageState, stateFolder } from './runState.ts';
import { stageFiles } from './stageFiles.ts';
import { manifestKey } from './syncKeys.ts';
import type { Waiting } from './waiting.ts';

/** How far a run is. */
export interface RunProgress {
  /** Records that have been produced. */
  rows: number;
  /** Bytes that the store has. */
  bytes: number;
  /** Source files that are done, where files are exported. */
  files?: number;
  /** How much of all that is, up to 100, where that can be told. It never becomes less. */
  percent?: number | undefined;
  /** What the run waits for before it begins. */
  waiting?: Waiting;
}

/** All that a run needs. */
export interface RunContext {
  destination: Destination;
  store: Store;
  request: ExportRequest;
  /** What is exported; how it is written, the request says. */
  source: ExportSource;
  /** 1 (fastest) to 9 (smallest), for files that are gzipped. */
  gzipLevel: number;
  exporter: ExporterOptions;
  /** Bytes of a part, and how many parts of an object are sent at once. */
  upload: { partBytes: number; partsAtOnce: number };
  /** The folder in which runs write down on this machine what they do, for the case that they are killed. */
  journals: string;
  /** The folder in which runs that do not complete are remembered; by default they are not. */
  history?: string;
  /** Gives the run up. Has no effect once the run is being committed. */
  signal: AbortSignal;
  onProgress: (progress: RunProgress) => void;
  log: CommitLog;
}

/** The parts of a run that have to be taken down, in whatever way it ends. */
interface Works {
  run: RunId;
  started: Date;
  locked: boolean;
  journal: Journal;
  staging: Staging;
  folder: string;
  stage: 'staging' | 'committing';
}

/**
 * Exports once, all or nothing: the exporter's files are staged, and made visible together when the last is complete.
 * @throws ProblemError; the store then holds what it held before, and no unfinished upload unless the log names it. One
 * error, `CommitPending`, says that the run was decided but not finished: the next start or the next run finishes it
 */
export async function exportRun(context: RunContext): Promise<RunResult> {
  const { destination, store, request, signal } = context;
  const started = new Date();
  const run = newRunId(started);
  const locked = isLocked(request);
  await recoverEarlier(context, locked).catch((error: unknown) => {
    throw signal.aborted ? cancelled() : error;
  });
  if (signal.aborted) throw cancelled();
  const { name, bucket, endpoint, pathPrefix } = destination;
  const place = { name, bucket, pathPrefix, ...(endpoint === undefined ? {} : { endpoint }) };
  const head = { runId: runIdText(run), syncId: request.syncId, locked, startedAt: started.toISOString() };
  const journal = await Journal.open(context.journals, { ...head, destination: place }).catch((error: unknown) => {
    throw diskProblem(error) ?? error;
  });
  let keep = true;
  try {
    const scratch = await stateFolder(context.exporter.temporaryFolder).catch((error: unknown) => {
      throw diskProblem(error) ?? error;
    });
    const staging = store.stage({ ...context.upload, keepSmall: !locked, watcher: journal });
    try {
      const result = await attempt(context, {
        run,
        started,
        locked,
        journal,
        staging,
        folder: scratch.path,
        stage: 'staging',
      });
      keep = false;
      return result;
    } catch (error) {
      // What was decided is finished later; nothing of it may be taken away.
      if (!(error instanceof CommitPending)) keep = !(await giveUp(context, staging));
      await remember(context, head, error);
      throw error;
    } finally {
      await staging.sweep().catch((error: unknown) => {
        context.log.warn(`An upload whose answer was lost may be left unfinished: ${messageOf(error)}`);
      });
      staging.close();
      await scratch.remove();
    }
  } finally {
    await journal.close(keep);
  }
}

/** Runs that were killed are finished or removed before the next one of the sync begins. */
async function recoverEarlier(
  { destination, store, request, journals, signal, onProgress, log }: RunContext,
  locked: boolean,
): Promise<void> {
  const place = { destination, store, log };
  for (const entry of await deadRuns(journals, destination, request.syncId)) {
    await recoverRun(place, entry).catch((error: unknown) => {
      log.warn(`The unfinished run ${entry.runId} could not be settled: ${messageOf(error)}`);
    });
  }
  if (!locked) return;
  await settleRecord(place, request.syncId, signal, (waiting) =>
    onProgress({ rows: 0, bytes: 0, ...(waiting && { waiting }) }),
  );
}

async function attempt(context: RunContext, works: Works): Promise<RunResult> {
  const { store, signal, request } = context;
  const { staging } = works;
  const stop = (): void => staging.cancel(cancelled());
  signal.addEventListener('abort', stop);
  let exporter: RunningExport | undefined;
  try {
    signal.throwIfAborted();
    const start = works.locked ? await startRun({ ...context }, request, works.folder) : {};
    exporter = await startExporter(context, works, start);
    const files = await stageFiles(exporter.frames, staging, {
      ...context,
      run: works.run,
      keys: keysOf(context, works.run),
    });
    const summary = await exporter.summary;
    // A process of that size takes a while to end. Below, it is waited for.
    exporter.dispose().catch(() => undefined);
    return await commit(context, works, start, summary, files);
  } catch (error) {
    const reason = await reasonOf(error, exporter);
    // Once the commit has begun it is too late to cancel, and a failure has to be told as what it is.
    throw signal.aborted && works.stage === 'staging'
      ? cancelled()
      : (diskProblem(reason) ?? store.problem(reason, 'write'));
  } finally {
    signal.removeEventListener('abort', stop);
    await exporter?.dispose();
  }
}

function keysOf({ destination, request, source }: RunContext, run: RunId): RunKeys {
  const extension = extensionOf(request.format, request.gzip);
  const keys = new RunKeys({ ...request, pathPrefix: destination.pathPrefix, run, extension });
  keys.check(ownNames(source));
  return keys;
}

function startExporter(
  context: RunContext,
  { staging, folder, started }: Works,
  start: RunStart,
): Promise<RunningExport> {
  const { exporter, onProgress, signal } = context;
  const { order, feed } = orderOf(context, start, folder, started);
  const report = (progress: JobProgress): void => onProgress({ ...progress, bytes: staging.bytesSent });
  return startExport(order, exporter, report, signal, feed);
}

async function commit(
  context: RunContext,
  works: Works,
  { latest, base }: RunStart,
  summary: JobSummary,
  made: ResultFile[],
): Promise<RunResult> {
  const { destination, store, request, source, signal, log } = context;
  const { run, started, staging, locked, folder } = works;
  const nothing = summary.rows === 0 && !request.emptyFile;
  const files = nothing ? [] : made;
  if (nothing) staging.dropKept();
  const facts = { run, started, request, source, summary, files };
  if (nothing && !locked) return resultOf(facts);
  const state = needsState(request) ? await stageState(context, run, staging, folder, summary) : undefined;
  const { uploads, kept } = await staging.staged();
  const { replace, onlyNew, warnings } = await placeFiles({ ...context, files, latest });
  signal.throwIfAborted();
  works.stage = 'committing';
  const record = {
    ...({ version: RECORD_VERSION, state: 'committing' } as const),
    ...{ runId: runIdText(run), syncId: request.syncId, owner: OWNER, onlyNew, replace },
    ...(base === undefined ? {} : { base }),
    uploads,
    ...(kept === undefined ? {} : { kept: kept.head.key }),
    manifest: manifestOf({ ...facts, ...(state && { state }) }),
  };
  const { manifest, recorded } = await commitRun({ destination, store, log }, record, {
    ...{ locked, journal: works.journal },
    ...(kept && { kept }),
  });
  context.onProgress(progressAtEnd(source, summary, files));
  if (locked && store.hasConditions === false) warnings.push(NO_CONDITIONS);
  return finished(context, resultOf(facts), manifest, recorded, warnings);
}

function finished(
  { destination }: RunContext,
  result: RunResult,
  manifest: Manifest,
  recorded: boolean,
  warnings: string[],
): RunResult {
  const { replaced, leftovers } = manifest;
  const key = manifestKey(destination.pathPrefix, result.syncId, result.runId);
  if (leftovers !== undefined) warnings.push(leftoverWarning(leftovers));
  return {
    ...result,
    durationMs: Date.now() - Date.parse(result.startedAt),
    replaced,
    ...(leftovers && { leftovers }),
    ...(recorded ? { manifest: key } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

function leftoverWarning(leftovers: readonly Leftover[]): string {
  const [first] = leftovers;
  const files = leftovers.length === 1 ? 'A file of an earlier set' : `${leftovers.length} files of earlier sets`;
  return `${files} could not be deleted (${first?.code ?? 'unknown'}). The next run takes them up.`;
}

function progressAtEnd(source: ExportSource, { rows }: JobSummary, written: readonly ResultFile[]): RunProgress {
  const bytes = written.reduce((sum, file) => sum + file.bytes, 0);
  return { rows, bytes, percent: 100, ...(source.kind === 'files' ? { files: source.files.length } : {}) };
}

async function remember(
  { destination, request, history, log }: RunContext,
  { runId, syncId, startedAt }: { runId: string; syncId: string; startedAt: string },
  error: unknown,
): Promise<void> {
  if (history === undefined) return;
  const run = failedRun({ runId, syncId, mode: request.mode, startedAt }, error);
  await recordFailedRun(history, destination, run).catch((reason: unknown) => {
    log.warn(`The run ${runId} could not be written down: ${messageOf(reason)}`);
  });
}

/** @returns whether nothing of the run is left at the store */
async function giveUp({ log }: RunContext, staging: Staging): Promise<boolean> {
  const left = await staging.abort();
  for (const { key, uploadId, error } of left) {
    log.warn(`The unfinished upload ${uploadId} of ${key} could not be removed: ${messageOf(error)}`);
  }
  return left.length === 0;
}

/** The exporter's own account of what went wrong, where it is the one that failed; else the error itself. */
async function reasonOf(error: unknown, exporter: RunningExport | undefined): Promise<unknown> {
  if (exporter === undefined || !(error instanceof FramesBrokenOff)) return error;
  return exporter.summary.then(
    () => error,
    (reason: unknown) => reason,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
