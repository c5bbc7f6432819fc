import { Engine } from './duckdb/engine.ts';
import { prepareModel } from './duckdb/model.ts';
import { splitStatements } from './duckdb/statements.ts';
import type { DescribeJob, EngineOptions, JobSummary } from './protocol.ts';

/** Statements before a query that take no time. */
const HARMLESS = /^\s*(?:SET|USE|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:VIEW|MACRO|FUNCTION))\b/i;

/**
 * Says which columns a query gives. It is not run; of the statements before it only those that are harmless are.
 * @returns no columns where that cannot be known without running more
 * @throws ProblemError `query-failed`, `source-missing`
 */
export async function describeQuery(job: DescribeJob, options: EngineOptions): Promise<JobSummary> {
  const before = [...splitStatements(job.preparation ?? ''), ...splitStatements(job.sql).slice(0, -1)];
  if (!before.every(({ text }) => HARMLESS.test(text))) return { columns: [], rows: 0 };
  const engine = await Engine.open(options);
  try {
    const { columns } = await prepareModel(engine, job, options);
    return { columns: columns.map(({ name, type }) => ({ name, type: String(type) })), rows: 0 };
  } finally {
    engine.close();
  }
}
