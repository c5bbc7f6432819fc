import { type Column, describeRequest, type QueryJob } from '../../exporter/protocol.ts';
import { runValues } from '../sql/parameters.ts';
import { askExporter, type ExporterOptions } from './exporterProcess.ts';

/**
 * Has an exporter say which columns a query gives. The query is not run.
 * @returns no columns where that cannot be known without running more than the query
 * @throws ProblemError `query-failed`, `source-missing`, `cancelled`
 */
export function describeQuery(
  query: Omit<QueryJob, 'kind'>,
  options: ExporterOptions,
  signal: AbortSignal,
): Promise<Column[]> {
  const parameters = { ...query.parameters, ...runValues(new Date()) };
  const order = { query: { ...query, parameters } };
  return askExporter((to, engine) => to.sendRequest(describeRequest, { ...order, engine }), options, signal);
}
