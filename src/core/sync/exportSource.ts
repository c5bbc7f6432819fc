import type { Job } from '../../exporter/protocol.ts';
import type { Feed } from '../engine/exporterProcess.ts';
import { feedRows } from '../engine/rowPipe.ts';
import type { RowSequence } from '../rows/rowBatches.ts';
import type { RowColumn } from '../rows/rowColumns.ts';

/** The result of a query that the embedded engine runs. */
export interface QuerySource {
  kind: 'query';
  sql: string;
}

/** Rows that a caller holds, pulled from it as the store takes them. */
export interface RowsSource {
  kind: 'rows';
  columns: RowColumn[];
  sequence: RowSequence;
}

/** What a run exports. */
export type ExportSource = QuerySource | RowsSource;

/** The exporter's job for a source, and what feeds the exporter where the job takes something from the host. */
export function jobOf(source: ExportSource): { job: Job; feed?: Feed } {
  switch (source.kind) {
    case 'query':
      return { job: source };
    case 'rows': {
      const { columns, sequence } = source;
      return { job: { kind: 'rows', columns }, feed: (pipe) => feedRows(pipe, columns, sequence) };
    }
  }
}
