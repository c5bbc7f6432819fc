import type { Column } from '../../exporter/protocol.ts';
import { readSettings } from '../settings.ts';
import { readableBy } from './readable.ts';
import type { SqlSource } from './sqlSource.ts';

/**
 * Says which columns a query gives. It is not run.
 * @param program the exporter's
 * @returns no columns where that cannot be known without running more than the query
 * @throws ProblemError `query-failed`, `source-missing`, `cancelled`
 */
export async function describeSql(program: string, source: SqlSource, signal: AbortSignal): Promise<Column[]> {
  const { sql, workingDirectory } = source;
  const { describeQuery } = await import('../../core/engine/describeQuery.ts');
  const memoryLimit = readSettings().engineMemory;
  const readable = readableBy(workingDirectory);
  return describeQuery(sql, { program, workingDirectory, memoryLimit, readable }, signal);
}
