import { runValues } from '../sql/parameters.ts';
import { DEFAULT_TEXT_OPTIONS } from '../sync/textOptions.ts';
import type { Column, QueryJob } from '../../exporter/protocol.ts';
import { type ExporterOptions, startExport } from './exporterProcess.ts';

/** Nothing is written: how does not matter. */
const NO_FILES = {
  format: 'csv',
  maxFileBytes: 1,
  ...DEFAULT_TEXT_OPTIONS,
} as const;

/**
 * Has an exporter say which columns a query gives. The query is not run.
 * @returns no columns where that cannot be known without running more than the query
 * @throws ProblemError `query-failed`, `source-missing`, `cancelled`
 */
export async function describeQuery(
  query: Omit<QueryJob, 'kind'>,
  options: ExporterOptions,
  signal: AbortSignal,
): Promise<Column[]> {
  const parameters = { ...query.parameters, ...runValues(new Date()) };
  const order = { job: { ...query, parameters, kind: 'describe' }, files: NO_FILES } as const;
  const running = await startExport(order, options, () => undefined, signal);
  try {
    return (await running.summary).columns;
  } finally {
    await running.dispose();
  }
}
