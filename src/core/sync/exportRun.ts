import type { JobProgress, JobSummary } from '../../exporter/protocol.ts';
import { type Frame, FramesBrokenOff } from '../engine/frameReader.ts';
import { type ExporterOptions, type RunningExport, startExport } from '../engine/exporterProcess.ts';
import type { Destination } from '../destination/destination.ts';
import { cancelled, invalidArgument, ProblemError } from '../problem.ts';
import type { Staging } from '../s3/staging.ts';
import type { Store } from '../s3/store.ts';
import type { ExportRequest } from './exportRequest.ts';
import { type ExportSource, isCopied, jobOf, ownNames } from './exportSource.ts';
import { contentTypeOf, extensionOf, isUniqueToRun } from './fileName.ts';
import { type Manifest, MANIFEST_VERSION, manifestKey } from './manifest.ts';
import { newRunId, type RunId, runIdText } from './runId.ts';
import { RunKeys } from './runKeys.ts';
import type { ResultFile, RunResult } from './runResult.ts';

/** How far a run is. */
export interface RunProgress {
  /** Records that have been produced. */
  rows: number;
  /** Bytes that the store has. */
  bytes: number;
  /** Source files that are done, where files are exported. */
  files?: number;
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
  /** Gives the run up. Has no effect once the run is being committed. */
  signal: AbortSignal;
  onProgress: (progress: RunProgress) => void;
  log: { info(message: string): void; warn(message: string): void };
}

/**
 * Exports once, all or nothing: the exporter's files are staged, and made visible together when the last is complete.
 * @throws ProblemError; the store then holds what it held before, and no unfinished upload unless the log names it
 */
export async function exportRun(context: RunContext): Promise<RunResult> {
  const { mode, onlyNewRows } = context.request;
  if (mode !== 'insert' || onlyNewRows) throw invalidArgument(`Mode ${mode} is not there yet.`);
  const started = new Date();
  const run = newRunId(started);
  const staging = context.store.stage(context.upload);
  const stop = (): void => staging.cancel(cancelled());
  context.signal.addEventListener('abort', stop);
  let exporter: RunningExport | undefined;
  let committing = false;
  try {
    context.signal.throwIfAborted();
    exporter = await start(context, staging);
    const files = await stageFiles(context, run, staging, exporter.frames);
    const summary = await exporter.summary;
    const result = describe(context, run, started, files, summary);
    if (summary.rows === 0 && !context.request.emptyFile) {
      await giveUp(context, staging);
      return { ...result, files: [] };
    }
    await staging.staged();
    await refuseExisting(context, files);
    context.signal.throwIfAborted();
    committing = true;
    await commit(context, staging, files);
    context.onProgress(progressAtEnd(context.source, summary, files));
    return await finish(context, result, summary);
  } catch (error) {
    await giveUp(context, staging);
    const reason = await reasonOf(error, exporter);
    // Once the commit has begun it is too late to cancel, and a failure has to be told as what it is.
    throw context.signal.aborted && !committing ? cancelled() : context.store.problem(reason, 'write');
  } finally {
    context.signal.removeEventListener('abort', stop);
    await exporter?.dispose();
    staging.close();
  }
}

function start(context: RunContext, staging: Staging): Promise<RunningExport> {
  const { source, request, exporter, onProgress, signal } = context;
  const { format, gzip, text, maxFileBytes, maxFileRows } = request;
  const files = {
    ...text,
    format,
    maxFileBytes,
    ...(gzip ? { gzipLevel: context.gzipLevel } : {}),
    ...(maxFileRows === undefined ? {} : { maxFileRows }),
  };
  const { job, feed } = jobOf(source);
  const report = (progress: JobProgress): void => onProgress({ ...progress, bytes: staging.bytesSent });
  return startExport({ job, files }, exporter, report, signal, feed);
}

async function stageFiles(
  { destination, request, signal, source }: RunContext,
  run: RunId,
  staging: Staging,
  frames: AsyncIterable<Frame>,
): Promise<ResultFile[]> {
  const extension = extensionOf(request.format, request.gzip);
  const keys = new RunKeys({ ...request, pathPrefix: destination.pathPrefix, run, extension });
  keys.check(ownNames(source));
  const metadata = { 'run-id': runIdText(run), 'sync-id': request.syncId };
  const files: ResultFile[] = [];
  const iterator: AsyncIterator<Frame, unknown> = frames[Symbol.asyncIterator]();
  for (let next = await iterator.next(); !isEnd(next); next = await iterator.next()) {
    if (next.value.kind !== 'fileStart') throw new FramesBrokenOff('The exporter did not begin a file.');
    const { name, contentType = contentTypeOf(request.format, request.gzip) } = next.value.head;
    const key = keys.next(name);
    const head = { key, contentType, metadata, onlyNew: !isUniqueToRun(request.fileName) };
    await staging.put(
      head,
      fileBytes(iterator, (stats) => files.push({ key, ...stats })),
    );
    signal.throwIfAborted();
  }
  return files;
}

function isEnd(next: IteratorResult<Frame, unknown>): next is IteratorReturnResult<unknown> {
  return next.done === true || next.value.kind === 'end';
}

async function* fileBytes(
  frames: AsyncIterator<Frame, unknown>,
  ended: (stats: Omit<ResultFile, 'key'>) => void,
): AsyncGenerator<Buffer> {
  for (;;) {
    const next = await frames.next();
    if (next.done === true) throw new FramesBrokenOff('The exporter ended in the middle of a file.');
    const frame = next.value;
    if (frame.kind === 'data') {
      yield frame.bytes;
    } else if (frame.kind === 'fileEnd') {
      const { rows, bytes, sha256 } = frame.stats;
      ended({ rows, bytes, sha256 });
      return;
    } else {
      throw new FramesBrokenOff('The exporter did not end a file.');
    }
  }
}

/**
 * Earlier runs stay as they are. The store is asked before anything is visible, and told to refuse what comes too late: not
 * every store knows conditions, and not everybody may ask.
 */
async function refuseExisting({ request, store, source }: RunContext, files: readonly ResultFile[]): Promise<void> {
  if (isUniqueToRun(request.fileName) || source.kind === 'files') return;
  for (const { key } of files) {
    if (await store.exists(key)) throw objectExists(key);
  }
}

function objectExists(key: string): ProblemError {
  const message = `There is an object ${key} already, and an insert leaves what is there.`;
  return new ProblemError({ code: 'object-exists', message, fix: 'Put {run} into the file name, or use another.' });
}

function progressAtEnd(source: ExportSource, { rows }: JobSummary, written: readonly ResultFile[]): RunProgress {
  const bytes = written.reduce((sum, file) => sum + file.bytes, 0);
  return { rows, bytes, ...(source.kind === 'files' ? { files: source.files.length } : {}) };
}

async function commit({ log }: RunContext, staging: Staging, files: readonly ResultFile[]): Promise<void> {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  await staging.commit({ rows: String(rows) });
  for (const { key, bytes } of files) log.info(`Wrote ${key} (${bytes} bytes)`);
}

function describe(
  { request, source }: RunContext,
  run: RunId,
  started: Date,
  files: ResultFile[],
  summary: JobSummary,
): RunResult {
  return {
    runId: runIdText(run),
    syncId: request.syncId,
    status: 'completed',
    mode: request.mode,
    ...(isCopied(source) ? {} : { format: request.format }),
    rows: { read: summary.rows, written: summary.rows },
    files,
    replaced: [],
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
  };
}

/** Writes the manifest. The data is there by now, so that a failure is no more than a warning. */
async function finish(context: RunContext, result: RunResult, { columns }: JobSummary): Promise<RunResult> {
  const { destination, request, store, log } = context;
  const key = manifestKey(destination.pathPrefix, request.syncId, result.runId);
  const committed = new Date();
  const durationMs = committed.getTime() - Date.parse(result.startedAt);
  const facts = { ...result, durationMs, columns, gzip: request.gzip, committedAt: committed.toISOString() };
  const manifest: Manifest = { version: MANIFEST_VERSION, ...facts };
  try {
    await store.putText(key, `${JSON.stringify(manifest, null, 2)}\n`, 'application/json');
    return { ...result, manifest: key, durationMs };
  } catch (error) {
    log.warn(`The manifest ${key} could not be written: ${error instanceof Error ? error.message : String(error)}`);
    return { ...result, durationMs };
  }
}

async function giveUp({ log }: RunContext, staging: Staging): Promise<void> {
  for (const { key, uploadId, error } of await staging.abort()) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`The unfinished upload ${uploadId} of ${key} could not be removed: ${reason}`);
  }
}

/** The exporter's own account of what went wrong, where it is the one that failed; else the error itself. */
async function reasonOf(error: unknown, exporter: RunningExport | undefined): Promise<unknown> {
  if (exporter === undefined || !(error instanceof FramesBrokenOff)) return error;
  return exporter.summary.then(
    () => error,
    (reason: unknown) => reason,
  );
}
