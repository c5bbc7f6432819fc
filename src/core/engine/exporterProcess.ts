import { availableParallelism } from 'node:os';
import type { Writable } from 'node:stream';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import {
  type ExporterErrorData,
  type ExportOrder,
  exportRequest,
  type JobProgress,
  type JobSummary,
  type OrderedEngine,
  progressNotification,
  type Readable as ReadableFiles,
  ROWS_FD,
} from '../../exporter/protocol.ts';
import { cancelled, ProblemError } from '../problem.ts';
import { type Frame, readFrames } from './frameReader.ts';
import { launchExporter } from './launchExporter.ts';
import type { SpareExporter } from './spareExporter.ts';

const BYTES_PER_THREAD = 128 * 1024 * 1024;

/** What a run needs to know of the machine it runs on. */
export interface ExporterOptions {
  /** The exporter's program, a file that Node runs. */
  program: string;
  /** The folder that relative paths in the query start from. */
  workingDirectory: string;
  /** Bytes that the query engine may use before it spills to disk. */
  memoryLimit: number;
  /** What a query may read. */
  readable: ReadableFiles;
  /** Uses a file in the place of a named pipe, as on Windows. */
  spool?: boolean;
  /** Where temporary files go; the system's temporary folder by default. */
  temporaryFolder?: string;
  /** Keeps an exporter ready for what comes next; without it each starts when it is needed. */
  spare?: SpareExporter;
}

/** How exporters are started, whatever they are to do. */
export type ExporterProgram = Pick<ExporterOptions, 'program' | 'spare'>;

/** What sends something to an exporter while it works. */
export interface Feeding {
  /** Resolves when all was sent, or when it was stopped; rejects with a `ProblemError` when that cannot be had. */
  done: Promise<void>;
  /** Says that no more is wanted. May be called at any time, more than once. */
  stop(): void;
}

/** Begins to feed an exporter that takes rows. */
export type Feed = (pipe: Writable) => Feeding;

/** An order on its way: the files it gives, and what is known of it at the end. */
export interface Running<R> {
  /** The exporter's frames, to be read to their end. What is not read is not produced. */
  frames: AsyncIterable<Frame>;
  /** Resolves after the last frame; rejects with a `ProblemError`. */
  summary: Promise<R>;
  /** Kills the exporter and removes its temporary files. To be called in any case; may be called twice. */
  dispose(): Promise<void>;
}

export type RunningExport = Running<JobSummary>;

/** Starts an exporter process that exports; see `start`. */
export function startExport(
  order: Omit<ExportOrder, 'engine'>,
  options: ExporterOptions,
  onProgress: (progress: JobProgress) => void,
  signal: AbortSignal,
  feed?: Feed,
): Promise<RunningExport> {
  return start((to, engine) => to.sendRequest(exportRequest, { ...order, engine }), options, onProgress, signal, feed);
}

/** Sends an order to an exporter process. */
export type Send<R> = (to: MessageConnection, engine: OrderedEngine) => Promise<R>;

/** Asks an exporter process for something that comes without frames. @throws ProblemError */
export async function askExporter<R>(
  send: Send<R>,
  options: ExporterOptions,
  signal: AbortSignal,
  onProgress: (progress: JobProgress) => void = () => undefined,
): Promise<R> {
  const running = await start(send, options, onProgress, signal);
  try {
    return await running.summary;
  } finally {
    await running.dispose();
  }
}

/**
 * Starts an exporter process for one order.
 * @param signal kills the exporter at once when it is aborted
 * @param feed sends what the order's job takes from the host
 */
async function start<R>(
  send: Send<R>,
  options: ExporterOptions,
  onProgress: (progress: JobProgress) => void,
  signal: AbortSignal,
  feed?: Feed,
): Promise<Running<R>> {
  const launch = { program: options.program, temporaryFolder: options.temporaryFolder };
  const taken = feed === undefined ? options.spare?.take() : undefined;
  const exporter = taken ?? (await launchExporter({ ...launch, rows: feed === undefined ? 'ignore' : 'pipe' }));
  const { child, scratch } = exporter;
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  // It may have been aborted before, or while it was launched.
  if (signal.aborted) kill();

  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onNotification(progressNotification, onProgress);
  connection.listen();
  const spool = options.spool ?? process.platform === 'win32';
  // With less memory to a thread, the engine would fail rather than spill. One thread is the fastest where a query only reads
  // and writes: the engine's own thread spins while another writes the lines, and gzip needs the cores.
  const threads = Math.max(1, Math.min(availableParallelism(), Math.floor(options.memoryLimit / BYTES_PER_THREAD)));
  const { memoryLimit, readable, workingDirectory } = options;
  const answered = send(connection, { memoryLimit, threads, workingDirectory, scratch, spool, readable });
  const died = exporter.ended.then((how) => {
    throw signal.aborted ? cancelled() : exporterDied(how);
  });
  const rows = feed === undefined ? undefined : (child.stdio[ROWS_FD] as Writable);
  const feeding = rows === undefined ? undefined : feed?.(rows);
  const fed = feeding?.done.then(() => answered);
  const summary = Promise.race([answered, died, ...(fed === undefined ? [] : [fed])]).catch((error: unknown) => {
    throw problemOf(error, signal);
  });
  let isOver = false;
  summary.catch(() => {
    isOver = true;
    // Ends the frames, too: whoever reads them sees them break off and asks for the reason here.
    kill();
  });

  return {
    frames: readFrames(exporter.bytes),
    summary,
    async dispose() {
      signal.removeEventListener('abort', kill);
      // Where the exporter has failed or was cancelled, no process stays.
      if (!isOver && !signal.aborted)
        options.spare?.renew(() => launchExporter({ ...launch, rows: 'ignore', waits: true }));
      isOver = true;
      const disposed = exporter.dispose();
      feeding?.stop();
      rows?.destroy();
      await disposed;
      connection.dispose();
    },
  };
}

function exporterDied(how: string): ProblemError {
  const problem = {
    code: 'query-failed',
    message: `The process that runs the query ended unexpectedly (${how.split(/\s*\n/, 1)[0] ?? ''}). Nothing was written.`,
    fix: 'If memory is short, lower the engine’s memory limit in the settings.',
  } as const;
  return new ProblemError(problem, { cause: new Error(how) });
}

function problemOf(error: unknown, signal: AbortSignal): ProblemError {
  if (signal.aborted) return cancelled();
  if (error instanceof ProblemError) return error;
  if (error instanceof ResponseError) {
    const problem = error.data as ExporterErrorData | undefined;
    if (problem !== undefined) return new ProblemError(problem, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ProblemError({ code: 'query-failed', message }, { cause: error });
}
