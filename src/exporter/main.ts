import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, ResponseError } from 'vscode-jsonrpc/node';
import { invalidArgument, type Problem, ProblemError } from '../core/problem.ts';
import { compareRuns } from './compare/compareRuns.ts';
import { describeQuery } from './describeQuery.ts';
import { exportFiles } from './exportFiles.ts';
import { exportQuery } from './exportQuery.ts';
import { exportRows } from './exportRows.ts';
import { FrameWriter } from './frames.ts';
import { exportQueryMembers, exportRowsMembers } from './members/exportMembers.ts';
import {
  compareRequest,
  describeRequest,
  type ExporterErrorData,
  type ExportOrder,
  exportRequest,
  FRAMES_FD,
  type JobProgress,
  type JobSummary,
  type OrderedEngine,
  progressNotification,
  ROWS_FD,
  WAITS,
} from './protocol.ts';

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
const frames = new FrameWriter(new Socket({ fd: FRAMES_FD, readable: false, writable: true }));

const [scratch = '', waits] = process.argv.slice(2);

const report = (progress: JobProgress): void => void connection.sendNotification(progressNotification, progress);

const whole = async (order: ExportOrder): Promise<JobSummary> => {
  const summary = await carryOut(order);
  await frames.end();
  return summary;
};
connection.onRequest(exportRequest, explained(whole));
connection.onRequest(describeRequest, explained(describeQuery));
connection.onRequest(
  compareRequest,
  explained((order) => compareRuns(order, report)),
);

// The host has ended or was killed: nobody is left to read, or to clean up. A plain exit would wait for the query.
process.on('disconnect', () => {
  rmSync(scratch, { recursive: true, force: true });
  process.kill(process.pid, 'SIGKILL');
});

connection.listen();
// Most of the time to the first row. What goes wrong is said when the engine is needed.
if (waits === WAITS) void import('@duckdb/node-api').catch(() => undefined);

/** Carries out an order; what goes wrong is answered as a problem. */
function explained<O extends { engine: OrderedEngine }, R>(
  work: (order: O) => Promise<R>,
): (order: O) => Promise<R | ResponseError<ExporterErrorData>> {
  return async (order) => {
    try {
      goTo(order.engine.workingDirectory);
      return await work(order);
    } catch (error) {
      return new ResponseError<ExporterErrorData>(0, 'The order failed.', problemOf(error));
    }
  };
}

function goTo(folder: string): void {
  try {
    process.chdir(folder);
  } catch (error) {
    const message = `The folder “${folder}”, in which the query is to run, cannot be entered.`;
    throw new ProblemError({ code: 'query-failed', message }, { cause: error });
  }
}

function carryOut({ job, files, engine, members }: ExportOrder): Promise<JobSummary> {
  if (job.kind === 'rows') {
    const rows = new Socket({ fd: ROWS_FD, readable: true, writable: false });
    if (members === undefined) return exportRows(job, files, rows, frames, report);
    return exportRowsMembers(job, rows, { order: members, files, engine, frames, report });
  }
  if (job.kind === 'files') {
    if (members !== undefined) throw invalidArgument('Files have no key: “primaryKey” is for the rows of a query.');
    return exportFiles(job, files, engine, frames, report);
  }
  if (members !== undefined) return exportQueryMembers(job, { order: members, files, engine, frames, report });
  return exportQuery(job, files, engine, frames, report);
}

function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    return { code: 'disk-full', message: 'There is no space left for temporary files.' };
  }
  return { code: 'query-failed', message: error instanceof Error ? error.message : String(error) };
}
