import { Engine } from './duckdb/engine.ts';
import { prepareModel } from './duckdb/model.ts';
import { splitStatements } from './duckdb/statements.ts';
import type { Column, DescribeOrder } from './protocol.ts';

/** Statements before a query that take no time. */
const QUICK = /^\s*(?:SET|USE|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:VIEW|MACRO|FUNCTION))\b/i;

/**
 * Says which columns a query gives. It is not run; of the statements before it only those that take no time are.
 * @returns no columns where that cannot be known without running more
 * @throws ProblemError `query-failed`, `source-missing`
 */
export async function describeQuery({ query, engine: options }: DescribeOrder): Promise<Column[]> {
  const before = [...splitStatements(query.preparation ?? ''), ...splitStatements(query.sql).slice(0, -1)];
  if (!before.every(({ text }) => QUICK.test(text))) return [];
  const engine = await Engine.open(options);
  try {
    const { columns } = await prepareModel(engine, query, options);
    return columns.map(({ name, type }) => ({ name, type: String(type) }));
  } finally {
    engine.close();
  }
}
