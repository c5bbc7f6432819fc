import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { finished, type Readable, type Writable } from 'node:stream';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import {
  type EngineOptions,
  type ExporterErrorData,
  type ExportOrder,
  exportRequest,
  FRAMES_FD,
  type JobProgress,
  type JobSummary,
  progressNotification,
  type Readable as ReadableFiles,
  ROWS_FD,
} from '../../exporter/protocol.ts';
import { cancelled, ProblemError } from '../problem.ts';
import { type Frame, readFrames } from './frameReader.ts';
import { type FramesPipe, makeFramesPipe } from './framesPipe.ts';

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
}

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
export type Send<R> = (to: MessageConnection, engine: EngineOptions) => Promise<R>;

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
  const scratch = await mkdtemp(path.join(options.temporaryFolder ?? tmpdir(), 's3-destinations-'));
  const cores = availableParallelism();
  const made = await makeFramesPipe(scratch);
  const child = fork(options.program, [], {
    cwd: options.workingDirectory,
    execArgv: [],
    // The pool deflates; the engine's writer keeps one of its threads for itself. More than that would be in its way.
    env: {
      ...withoutSecrets(process.env),
      ELECTRON_RUN_AS_NODE: '1',
      UV_THREADPOOL_SIZE: String(Math.max(3, cores + 1)),
    },
    stdio: ['ignore', 'ignore', 'pipe', made?.theirs ?? 'pipe', feed === undefined ? 'ignore' : 'pipe', 'ipc'],
  });
  // Ours would keep the pipe open when the exporter has ended.
  made?.theirs.destroy();
  const ended = endOf(child);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  // It may have been aborted before, or while the folder was made.
  if (signal.aborted) kill();

  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onNotification(progressNotification, onProgress);
  connection.listen();
  const spool = options.spool ?? process.platform === 'win32';
  // With less memory to a thread, the engine would fail rather than spill. One thread is the fastest where a query only reads
  // and writes: the engine's own thread spins while another writes the lines, and gzip needs the cores.
  const threads = Math.max(1, Math.min(cores, Math.floor(options.memoryLimit / BYTES_PER_THREAD)));
  const { memoryLimit, readable } = options;
  const engine = { memoryLimit, threads, scratch, spool, readable };
  const answered = send(connection, engine);
  const died = ended.then((how) => {
    throw signal.aborted ? cancelled() : exporterDied(how);
  });
  const rows = feed === undefined ? undefined : (child.stdio[ROWS_FD] as Writable);
  const feeding = rows === undefined ? undefined : feed?.(rows);
  const fed = feeding?.done.then(() => answered);
  const summary = Promise.race([answered, died, ...(fed === undefined ? [] : [fed])]).catch((error: unknown) => {
    throw problemOf(error, signal);
  });
  // Ends the frames, too: whoever reads them sees them break off and asks for the reason here.
  summary.catch(kill);

  const pipe = made ?? nodesPipe(child);
  return {
    frames: readFrames(pipe.bytes),
    summary,
    async dispose() {
      signal.removeEventListener('abort', kill);
      kill();
      // It would stay open if somebody had begun to read it and read no more.
      pipe.destroy();
      feeding?.stop();
      rows?.destroy();
      await ended;
      connection.dispose();
      await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** An environment without what may be a credential: none enters the process that runs other people's queries. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(env).filter((name) => !/^AWS_|SECRET|TOKEN|PASSWORD|CREDENTIAL/i.test(name));
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** The pipe that Node has made. */
function nodesPipe(child: ChildProcess): Pick<FramesPipe, 'bytes' | 'destroy'> {
  const pipe = child.stdio[FRAMES_FD] as Readable;
  return { bytes: pipe, destroy: () => void pipe.destroy() };
}

/** Resolves with how the process ended, and with the last of what it said. */
function endOf(child: ChildProcess): Promise<string> {
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2000)));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // Not `close`, which comes only when the frames have been read to their end.
    child.once('exit', (code, signal) => {
      const how = (): void => resolve(`${signal ?? `exit code ${code ?? 'unknown'}`} ${said}`.trim());
      if (child.stderr === null) how();
      else finished(child.stderr, how);
    });
  });
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
