import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { finished, type Readable } from 'node:stream';
import { FRAMES_FD, WAITS } from '../../exporter/protocol.ts';
import { type FramesPipe, makeFramesPipe } from './framesPipe.ts';

/** How an exporter process is started. */
export interface Launch {
  /** The exporter's program, a file that Node runs. */
  program: string;
  /** Where temporary files go; the system's temporary folder by default. */
  temporaryFolder?: string | undefined;
  /** What its fifth stream is: a pipe for rows that it is sent, or nothing. */
  rows: 'pipe' | 'ignore';
  /** Whether its order is not on its way yet: it gets ready for it meanwhile. */
  waits?: boolean;
}

/**
 * An exporter process that has no order yet. Whoever gives it one makes the connection: the classes of its messages are those of
 * a bundle, and it may go from one to another.
 */
export interface LaunchedExporter {
  readonly child: ChildProcess;
  /** Its frames, to be read once. */
  readonly bytes: AsyncIterable<Buffer>;
  /** A folder of its own, for temporary files. */
  readonly scratch: string;
  /** Resolves with how the process ended, and with the last of what it said. */
  readonly ended: Promise<string>;
  /** Kills it and removes its temporary files. May be called twice. */
  dispose(): Promise<void>;
  /** Has it end and remove its temporary files by itself, as when this process has ended. */
  leave(): void;
}

/** Starts an exporter process. @throws Error when that cannot be done; nothing is left then */
export async function launchExporter(launch: Launch): Promise<LaunchedExporter> {
  const scratch = await mkdtemp(path.join(launch.temporaryFolder ?? tmpdir(), 's3-destinations-'));
  const removed = (): Promise<void> => rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  const made = await makeFramesPipe(scratch);
  let child: ChildProcess;
  let ended: Promise<string>;
  let pipe: Pick<FramesPipe, 'bytes' | 'destroy'>;
  try {
    child = start(launch, scratch, made);
    ended = endOf(child);
    pipe = made ?? nodesPipe(child);
  } catch (error) {
    made?.destroy();
    await removed();
    throw error;
  } finally {
    // Ours would keep the pipe open when the exporter has ended.
    made?.theirs.destroy();
  }
  return {
    ...{ child, scratch, ended, bytes: pipe.bytes },
    async dispose() {
      child.kill('SIGKILL');
      // It would stay open if somebody had begun to read it and read no more.
      pipe.destroy();
      await ended;
      await removed();
    },
    leave() {
      if (child.connected) child.disconnect();
    },
  };
}

function start({ program, rows, waits }: Launch, scratch: string, pipe: FramesPipe | undefined): ChildProcess {
  return fork(program, [scratch, ...(waits === true ? [WAITS] : [])], {
    // It goes where its order says.
    cwd: tmpdir(),
    execArgv: [],
    // The pool deflates; the engine's writer keeps one of its threads for itself. More than that would be in its way.
    env: {
      ...withoutSecrets(process.env),
      ELECTRON_RUN_AS_NODE: '1',
      UV_THREADPOOL_SIZE: String(Math.max(3, availableParallelism() + 1)),
    },
    stdio: ['ignore', 'ignore', 'pipe', pipe?.theirs ?? 'pipe', rows, 'ipc'],
  });
}

/** An environment without what may be a credential: none enters the process that runs other people's queries. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(env).filter((name) => !/^AWS_|SECRET|TOKEN|PASSWORD|CREDENTIAL/i.test(name));
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** The pipe that Node has made. */
function nodesPipe(child: ChildProcess): Pick<FramesPipe, 'bytes' | 'destroy'> {
  // There are no streams where no more of them can be opened.
  const pipe = (child.stdio as Partial<ChildProcess['stdio']> | undefined)?.[FRAMES_FD] as Readable | undefined;
  if (pipe === undefined) throw new Error('The system has no more pipes.');
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
