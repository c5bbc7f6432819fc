import path from 'node:path';
import { Arguments } from '../../core/arguments.ts';
import { invalidArgument, ProblemError } from '../../core/problem.ts';
import { parseExportRequest } from '../../core/sync/exportRequest.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import { readSettings } from '../settings.ts';
import { withExportProgress } from './exportProgress.ts';
import { completeDraft, type ExportDraft, sqlInFront } from './exportPrompts.ts';
import type { SqlProblems } from './sqlProblems.ts';
import { type SqlSource, sqlFromFile, sqlFromText } from './sqlSource.ts';

export interface ExportContext {
  /** The exporter's program. */
  program: string;
  destinations: DestinationStore;
  stores: Stores;
  problems: SqlProblems;
  log: Log;
  /** Called when a run has put something there. */
  onExported: (destination: string, result: RunResult) => void;
}

/**
 * Exports the result of a query.
 * @param given says what to export; what it does not hold is asked
 * @param called the file that a person has called the command on
 * @throws ProblemError; nothing of the export is visible then
 */
export async function exportQuery(
  context: ExportContext,
  given: Record<string, unknown> = {},
  called?: unknown,
): Promise<RunResult> {
  const draft = await draftOf(new Arguments(given), called);
  const { source, destination: name, syncId } = await completeDraft(context, draft);
  const { destination, store } = await context.stores.get(name);
  const settings = readSettings();
  const request = parseExportRequest({ ...given, syncId }, destination, settings.maxFileBytes);
  const { format, gzip } = request;
  const { program, problems, log } = context;
  const { engineMemory, gzipLevel, spool, upload } = settings;
  const { workingDirectory } = source;
  const exporter = { program, workingDirectory, memoryLimit: engineMemory, ...(spool === true ? { spool } : {}) };
  const query = { kind: 'query', sql: source.sql } as const;
  const { exportRun } = await import('../../core/sync/exportRun.ts');

  problems.clear(source);
  log.info(`Exporting ${syncId} to ${name} (${request.mode}, ${format}${gzip ? ', gzip' : ''})`);
  try {
    const result = await withExportProgress(`${syncId} → ${name}`, (onProgress, signal) =>
      exportRun({ destination, store, request, source: query, gzipLevel, exporter, upload, signal, onProgress, log }),
    );
    log.info(
      `Exported ${syncId} to ${name}: run ${result.runId}, ${result.rows.written} rows, ${result.durationMs} ms`,
    );
    await context.destinations.used(name);
    context.onExported(name, result);
    return result;
  } catch (error) {
    if (error instanceof ProblemError && ['query-failed', 'source-missing', 'duplicate-column'].includes(error.code)) {
      problems.show(source, error.problem);
    }
    throw error;
  }
}

async function draftOf(given: Arguments, called: unknown): Promise<ExportDraft> {
  const draft: ExportDraft = {};
  const source = await sourceOf(given, called);
  if (source !== undefined) draft.source = source;
  if (given.has('destination')) draft.destination = given.text('destination');
  if (given.has('syncId')) draft.syncId = given.text('syncId');
  return draft;
}

async function sourceOf(given: Arguments, called: unknown): Promise<SqlSource | undefined> {
  if (given.has('sql') && given.has('file')) throw invalidArgument('Pass either “sql” or “file”, not both.');
  if (given.has('sql')) return sqlFromText(given.text('sql'));
  if (given.has('file')) return sqlFromFile(given.raw('file'));
  return sqlInFront(called);
}

/** Where the exporter's program lies in an installed extension. */
export function exporterProgram(extensionPath: string): string {
  return path.join(extensionPath, 'dist', 'exporter.cjs');
}
