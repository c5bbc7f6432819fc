import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { copySql } from '../../../../src/exporter/duckdb/copySql.ts';
import { Engine } from '../../../../src/exporter/duckdb/engine.ts';

const ROWS = 1_000_000;
const MIB = 1024 * 1024;

describe('the statement that writes the lines', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 's3d-copy-'));
  const threads = Math.max(2, availableParallelism());
  let engine: Engine;
  before(async () => {
    engine = await Engine.open({ memoryLimit: 512 * MIB, threads, scratch: folder, spool: false, readable: [] });
    await engine.connection.run(`COPY (SELECT i FROM range(${ROWS}) AS r(i)) TO '${folder}/rows.parquet'`);
  });
  after(() => {
    engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const queries: [name: string, sql: string][] = [
    ['as a file has them', `SELECT i::VARCHAR FROM '${folder}/rows.parquet'`],
    ['as files one after the other have them', `SELECT i::VARCHAR FROM read_parquet(['rows', 'rows'])`],
    ['as ORDER BY has them', `SELECT i::VARCHAR FROM (FROM '${folder}/rows.parquet' ORDER BY i % 7, i)`],
  ];
  for (const [name, sql] of queries) {
    it(`keeps the rows ${name}, and counts them, with ${threads} threads`, async () => {
      const query = sql.replaceAll(`'rows'`, `'${folder}/rows.parquet'`);
      const file = path.join(folder, 'lines');
      const result = await engine.connection.runAndReadAll(copySql(query, file));
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n').map(Number);
      assert.equal(Number(result.getRows()[0]?.[0]), lines.length);
      const inOrder = Array.from({ length: ROWS }, (_, i) => i);
      if (sql.includes('ORDER BY')) inOrder.sort((a, b) => (a % 7) - (b % 7) || a - b);
      const expected = lines.length > ROWS ? [...inOrder, ...inOrder] : inOrder;
      assert.ok(lines.length === expected.length && lines.every((line, i) => line === expected[i]));
    });
  }

  it('has the lines written as they are read, so that none wait in memory', async () => {
    for (const [, sql] of queries) {
      const query = sql.replaceAll(`'rows'`, `'${folder}/rows.parquet'`);
      const plan = await engine.connection.runAndReadAll(`EXPLAIN ${copySql(query, '/dev/null')}`);
      const text = JSON.stringify(plan.getRows());
      assert.match(text, /COPY_TO_FILE/);
      assert.doesNotMatch(text, /BATCH_COPY_TO_FILE/);
    }
  });
});
