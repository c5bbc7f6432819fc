import type { FilesJob, Job } from '../../exporter/protocol.ts';
import type { Feed } from '../engine/exporterProcess.ts';
import { feedRows } from '../engine/rowPipe.ts';
import { type BoundValues, runValues } from '../sql/parameters.ts';
import type { RowSequence } from '../rows/rowBatches.ts';
import type { RowColumn } from '../rows/rowColumns.ts';

/** The result of a query that the embedded engine runs. */
export interface QuerySource {
  kind: 'query';
  sql: string;
  /** Statements that run first: views, macros. */
  preparation?: string;
  /** The values of its parameters, but for those that the run gives itself. */
  parameters?: BoundValues;
}

/** Rows that a caller holds, pulled from it as the store takes them. */
export interface RowsSource {
  kind: 'rows';
  columns: RowColumn[];
  sequence: RowSequence;
}

/** Files on disk: as they are, or converted to the format of the run. */
export type FilesSource = FilesJob;

/** What a run exports. */
export type ExportSource = QuerySource | RowsSource | FilesSource;

/** The names that a source's files have of their own, as far as they are known before they are read. */
export function ownNames(source: ExportSource): string[] {
  return source.kind === 'files' ? source.files.map(({ name }) => name) : [];
}

/** Whether a source's files are written as they are, in no format of ours. */
export function isCopied(source: ExportSource): boolean {
  return source.kind === 'files' && !source.convert;
}

/**
 * The exporter's job for a source, and what feeds the exporter where the job takes something from the host.
 * @param at the time of the run
 */
export function jobOf(source: ExportSource, at: Date): { job: Job; feed?: Feed } {
  switch (source.kind) {
    case 'query':
      return { job: { ...source, parameters: { ...source.parameters, ...runValues(at) } } };
    case 'files':
      return { job: source };
    case 'rows': {
      const { columns, sequence } = source;
      return { job: { kind: 'rows', columns }, feed: (pipe) => feedRows(pipe, columns, sequence) };
    }
  }
}
