import path from 'node:path';
import type * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { invalidArgument, ProblemError } from '../../core/problem.ts';
import type { RunPreview } from '../../core/sync/previewRun.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import { completeDraft, type ExportDraft, type PromptContext, sqlInFront } from './exportPrompts.ts';
import { modeArguments } from './modePrompts.ts';
import { showPreview } from './previewSync.ts';
import { type ExportOf, previewExport, runExport, type RunExportContext } from './runExport.ts';
import type { SqlProblems } from './sqlProblems.ts';
import { preparationOf, readyQuery } from './querySource.ts';
import { type SqlSource, sqlFromFile, sqlFromText } from './sqlSource.ts';
import { requireTrust } from '../trust.ts';

export interface ExportContext extends RunExportContext {
  problems: SqlProblems;
  /** The folder of the extension. */
  extensionUri: vscode.Uri;
}

/**
 * Exports the result of a query.
 * @param given says what to export; what it does not hold is asked
 * @param called the file that a person has called the command on
 * @throws ProblemError; nothing of the export is visible then
 */
export async function exportQuery(
  context: ExportContext,
  given?: Record<string, unknown>,
  called?: unknown,
): Promise<RunResult> {
  return withQuery(context, given, called, 'Export Query to S3', (work) => runExport(context, work));
}

/**
 * Says what an export of a query would do, and shows it. What the call does not say is asked. Nothing is written.
 * @throws ProblemError
 */
export async function previewQuery(
  context: ExportContext,
  given?: Record<string, unknown>,
  called?: unknown,
): Promise<RunPreview> {
  return withQuery(context, given, called, 'Preview Export', (work) =>
    previewAndShow(context, work, given?.show !== false),
  );
}

/** Says what an export would do. @param show whether to show it, too @throws ProblemError */
export async function previewAndShow(context: ExportContext, work: ExportOf, show: boolean): Promise<RunPreview> {
  const previewed = await previewExport(context, work);
  if (show) await showPreview(`${work.syncId} → ${work.destination}`, previewed, context.extensionUri);
  return previewed.preview;
}

/** An export of a query of which everything is known. */
export type SqlExport = Omit<ExportOf, 'source' | 'query' | 'workingDirectory' | 'onStart'> & { source: SqlSource };

/**
 * Runs an export, or a preview of one. What is wrong with the query is shown as a problem of its file.
 * @throws ProblemError as `run` does
 */
export async function withSql<R>(
  { problems }: Pick<ExportContext, 'problems'>,
  { source, ...work }: SqlExport,
  run: (work: ExportOf) => Promise<R>,
): Promise<R> {
  let preparation: SqlSource | undefined;
  try {
    preparation = await preparationOf({ ...work, source });
    const ready = await readyQuery({ ...work, source }, preparation);
    return await run({
      ...work,
      query: source,
      source: ready.source,
      workingDirectory: source.workingDirectory,
      onStart: () => {
        for (const text of [source, preparation]) if (text !== undefined) problems.clear(text);
      },
    });
  } catch (error) {
    if (error instanceof ProblemError && ['query-failed', 'source-missing', 'duplicate-column'].includes(error.code)) {
      problems.show((error.problem.inPreparation === true ? preparation : undefined) ?? source, error.problem);
    }
    throw error;
  }
}

async function withQuery<R>(
  context: ExportContext,
  given: Record<string, unknown> | undefined,
  called: unknown,
  title: string,
  run: (work: ExportOf) => Promise<R>,
): Promise<R> {
  requireTrust();
  return withSql(context, await askForExport(context, given, called, title), run);
}

/** All of an export of a query. What the call does not say is asked. @throws ProblemError `cancelled`, `invalid-argument` */
export async function askForExport(
  context: PromptContext,
  given: Record<string, unknown> | undefined,
  called: unknown,
  title: string,
): Promise<SqlExport> {
  const draft = await draftOf(new Arguments(given ?? {}), called);
  if (given === undefined) draft.askMode = true;
  const { source, destination, syncId, ...how } = await completeDraft(context, draft, title);
  const interactive = given === undefined;
  return { destination, syncId, given: { ...given, ...modeArguments(how) }, interactive, source };
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
