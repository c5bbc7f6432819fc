import type { ExporterProgram } from '../../core/engine/exporterProcess.ts';
import type { Column } from '../../exporter/protocol.ts';
import { readSettings } from '../settings.ts';
import { readableBy } from './readable.ts';
import { preparationOf, type QueryOf, readyQuery } from './querySource.ts';

/**
 * Says which columns a query gives. It is not run.
 * @returns no columns where that cannot be known without running more than the query
 * @throws ProblemError `invalid-argument` where an input has no value, `query-failed`, `source-missing`, `cancelled`
 */
export async function describeSql(exporters: ExporterProgram, query: QueryOf, signal: AbortSignal): Promise<Column[]> {
  const { workingDirectory } = query.source;
  const ready = await readyQuery(query, await preparationOf(query));
  const { describeQuery } = await import('../../core/engine/describeQuery.ts');
  const memoryLimit = readSettings().engineMemory;
  const readable = readableBy(workingDirectory);
  return describeQuery(ready.source, { ...exporters, workingDirectory, memoryLimit, readable }, signal);
}
