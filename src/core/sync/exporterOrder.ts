import type { ExportOrder, FileOptions, MembersOrder } from '../../exporter/protocol.ts';
import type { Feed } from '../engine/exporterProcess.ts';
import type { ExportRequest } from './exportRequest.ts';
import { type ExportSource, jobOf } from './exportSource.ts';
import { needsState, type RunStart } from './runStart.ts';
import { stateFile } from './runState.ts';

/** What the exporter is told to do. */
export interface OrderOf {
  request: ExportRequest;
  source: ExportSource;
  /** 1 (fastest) to 9 (smallest), for files that are gzipped. */
  gzipLevel: number;
}

/**
 * The order for a run, and what feeds the exporter where it takes something from the host.
 * @param start what earlier runs have left
 * @param folder where the exporter puts the state of the run, where one is kept
 * @param at the time of the run
 */
export function orderOf(
  { request, source, gzipLevel }: OrderOf,
  start: RunStart,
  folder: string,
  at: Date,
): { order: Omit<ExportOrder, 'engine'>; feed?: Feed } {
  const { job, feed } = jobOf(source, at);
  const members = membersOf(request, start, folder);
  const order = { job, files: filesOf(request, gzipLevel), ...(members && { members }) };
  return { order, ...(feed && { feed }) };
}

/** How the files are written. */
function filesOf({ format, gzip, text, maxFileBytes, maxFileRows }: ExportRequest, gzipLevel: number): FileOptions {
  return {
    ...text,
    format,
    maxFileBytes,
    ...(gzip ? { gzipLevel } : {}),
    ...(maxFileRows === undefined ? {} : { maxFileRows }),
  };
}

/** How the rows are held against earlier ones; undefined for a run that has no need of it. */
function membersOf(request: ExportRequest, { earlier }: RunStart, folder: string): MembersOrder | undefined {
  const { primaryKey, mode, fullRun } = request;
  if (request.kind === 'model' && !request.onlyNewRows) return undefined;
  const write = mode === 'mirror' ? 'all' : mode === 'upsert' ? 'newAndChanged' : 'new';
  const state = needsState(request) ? { state: stateFile(folder) } : {};
  return { primaryKey, write, fullRun, ...(earlier && { earlier }), ...state };
}
