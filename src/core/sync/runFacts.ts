import { createHash } from 'node:crypto';
import type { JobSummary } from '../../exporter/protocol.ts';
import type { ExportRequest } from './exportRequest.ts';
import { type ExportSource, isCopied, type QuerySource } from './exportSource.ts';
import { type Manifest, MANIFEST_VERSION, type StateFacts } from './manifest.ts';
import { type RunId, runIdText } from './runId.ts';
import type { ResultFile, RowCounts, RunResult } from './runResult.ts';

/** What is known of a run when all of it is staged. */
export interface RunFacts {
  run: RunId;
  started: Date;
  request: ExportRequest;
  source: ExportSource;
  summary: JobSummary;
  files: ResultFile[];
  state?: StateFacts;
}

/** What is told of a run. */
export function resultOf({ run, started, request, source, summary, files }: RunFacts): RunResult {
  return {
    runId: runIdText(run),
    syncId: request.syncId,
    status: 'completed',
    mode: request.mode,
    ...(isCopied(source) ? {} : { format: request.format }),
    rows: countsOf(summary),
    files,
    replaced: [],
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
  };
}

/** What is written down of a run. */
export function manifestOf(facts: RunFacts): Manifest {
  const { request, source, summary, state } = facts;
  const { primaryKey } = request;
  return {
    version: MANIFEST_VERSION,
    kind: request.kind,
    ...resultOf(facts),
    ...(request.onlyNewRows ? { onlyNewRows: true } : {}),
    columns: summary.columns,
    gzip: request.gzip,
    ...(isCopied(source) || request.format !== 'csv' ? {} : { csv: request.text.csv }),
    committedAt: new Date().toISOString(),
    ...(source.kind === 'query' ? { modelHash: hashOf(source) } : {}),
    ...(primaryKey.length === 0 ? {} : { primaryKey }),
    ...(state === undefined ? {} : { state }),
  };
}

function hashOf({ sql, preparation }: QuerySource): string {
  const hash = createHash('sha256').update(sql);
  if (preparation !== undefined) hash.update('\0').update(preparation);
  return hash.digest('hex');
}

/** How many rows a job has read and written, and what became of them. */
export function countsOf({ rows, members }: JobSummary): RowCounts {
  return { read: members?.read ?? rows, written: rows, ...members?.changes };
}
