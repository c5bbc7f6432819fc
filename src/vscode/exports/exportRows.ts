import os from 'node:os';
import type { S3DestinationsApi } from '../../api.ts';
import { Arguments } from '../../core/arguments.ts';
import { invalidArgument } from '../../core/problem.ts';
import { parseRowsSource } from '../../core/rows/rowsSource.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import { rejectCleanly } from '../commands.ts';
import { runExport, type RunExportContext } from './runExport.ts';

/** The API for other extensions. Its errors are in the log, and are the caller's to show. */
export function createApi(context: RunExportContext): S3DestinationsApi {
  return { exportRows: (request) => rejectCleanly('exportRows', context.log, () => exportRows(context, request)) };
}

/**
 * Exports rows that another extension holds.
 * @param value what the caller has passed: an `ExportRowsRequest`, if it is right
 * @throws ProblemError; nothing of the export is visible then
 */
async function exportRows(context: RunExportContext, value: unknown): Promise<RunResult> {
  const given = new Arguments(value);
  const destination = given.text('destination');
  const syncId = given.text('syncId').trim();
  const source = parseRowsSource(value);
  const signal = given.raw('signal');
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalidArgument('“signal” must be an AbortSignal.');
  return runExport(context, {
    destination,
    syncId,
    given: value as Record<string, unknown>,
    source,
    // Rows have no paths.
    workingDirectory: os.tmpdir(),
    ...(signal === undefined ? {} : { signal }),
  });
}
