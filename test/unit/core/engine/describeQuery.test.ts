import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeQuery } from '../../../../src/core/engine/describeQuery.ts';
import type { ProblemError } from '../../../../src/core/problem.ts';
import { Workspace } from '../../exporter/exporting.ts';

describe('describeQuery', () => {
  const workspace = new Workspace();
  before(() => writeFileSync(path.join(workspace.folder, 'people.csv'), 'id,name\n1,Ann\n'));
  after(() => workspace.remove());

  const describe = (sql: string, signal = new AbortController().signal): ReturnType<typeof describeQuery> =>
    describeQuery({ sql }, workspace.options(), signal);

  it('says which columns a query gives, without running it', async () => {
    assert.deepEqual(
      await describe("SET VARIABLE v = 1;\nSELECT id, name AS n, error('never run') AS e FROM 'people.csv'"),
      [
        { name: 'id', type: 'BIGINT' },
        { name: 'n', type: 'VARCHAR' },
        { name: 'e', type: 'INTEGER' },
      ],
    );
    assert.deepEqual(workspace.scratch(), []);
  });

  it('knows the types of what a run gives', async () => {
    const columns = [
      { name: '${date}', type: 'DATE' },
      { name: 'at', type: 'TIMESTAMP WITH TIME ZONE' },
    ];
    assert.deepEqual(await describe('SELECT ${date}, ${run_time} AS at'), columns);
  });

  it('runs no statement for it that does more than to name something', async () => {
    const file = path.join(workspace.folder, 'written.csv');
    assert.deepEqual(await describe(`COPY (SELECT 1) TO '${file}'; SELECT 1 AS a`), []);
    assert.equal(existsSync(file), false);
    assert.equal((await describe('CREATE OR REPLACE TEMP VIEW v AS SELECT 1 AS a; FROM v')).length, 1);
  });

  it('says what is wrong with the query, and stops when it is told to', async () => {
    const codeOf = (outcome: Promise<unknown>): Promise<unknown> =>
      outcome.catch((error: unknown) => (error as ProblemError).code);
    assert.equal(await codeOf(describe('SELECT missing')), 'query-failed');
    assert.equal(await codeOf(describe("FROM 'none.csv'")), 'source-missing');
    assert.equal(await codeOf(describe('SELECT 1', AbortSignal.abort())), 'cancelled');
  });
});
