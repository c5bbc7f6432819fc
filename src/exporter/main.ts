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
  type ExporterErrorData,
  type ExportOrder,
  exportRequest,
  FRAMES_FD,
  type JobProgress,
  type JobSummary,
  progressNotification,
  ROWS_FD,
} from './protocol.ts';

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
const frames = new FrameWriter(new Socket({ fd: FRAMES_FD, readable: false, writable: true }));

let scratch: string | undefined;

connection.onRequest(exportRequest, async (order) => {
  scratch = order.engine.scratch;
  try {
    const summary = await carryOut(order);
    await frames.end();
    return summary;
  } catch (error) {
    return new ResponseError<ExporterErrorData>(0, 'The export failed.', problemOf(error));
  }
});

connection.onRequest(compareRequest, async (order) => {
  scratch = order.engine.scratch;
  try {
    return await compareRuns(order, (progress) => void connection.sendNotification(progressNotification, progress));
  } catch (error) {
    return new ResponseError<ExporterErrorData>(0, 'The comparison failed.', problemOf(error));
  }
});

// The host has ended or was killed: nobody is left to read, or to clean up. A plain exit would wait for the query.
process.on('disconnect', () => {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  process.kill(process.pid, 'SIGKILL');
});

connection.listen();

function carryOut({ job, files, engine, members }: ExportOrder): Promise<JobSummary> {
  const report = (progress: JobProgress): void => void connection.sendNotification(progressNotification, progress);
  if (job.kind === 'rows') {
    const rows = new Socket({ fd: ROWS_FD, readable: true, writable: false });
    if (members === undefined) return exportRows(job, files, rows, frames, report);
    return exportRowsMembers(job, rows, { order: members, files, engine, frames, report });
  }
  if (job.kind === 'describe') return describeQuery(job, engine);
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
