import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ProblemError } from '../../../../src/core/problem.ts';
import type { MembersOrder } from '../../../../src/exporter/protocol.ts';
import { Workspace } from '../exporting.ts';
import { runMembers, type Source, textOf } from './memberRuns.ts';

const FIRST = `SELECT * FROM (VALUES (3, 'c', 1.5), (1, 'a', 2.5), (2, 'b', NULL)) AS v(id, name, score)`;
const SECOND = `SELECT * FROM (VALUES (4, 'd', 10.25), (3, 'c', 1.5), (1, 'A', 2.5)) AS v(id, name, score)`;

async function problemOf(run: Promise<unknown>): Promise<ProblemError> {
  return run.then(
    () => assert.fail('The run succeeded'),
    (reason: unknown) => reason as ProblemError,
  );
}

describe('members', function () {
  this.timeout(120_000);
  const workspace = new Workspace();
  afterEach(() => assert.deepEqual(workspace.scratch(), []));
  after(() => workspace.remove());
  const run = (sql: string, members: Partial<MembersOrder> = {}, files = {}) =>
    runMembers(workspace, { sql }, members, files);
  const states = () => readdirSync(workspace.folder).filter((name) => name.endsWith('.parquet')).length;

  describe('are written', () => {
    it('all at the first run, in their order', async () => {
      const { summary, ...first } = await run(FIRST);
      assert.equal(textOf({ summary, ...first }), 'id,name,score\n3,c,1.5\n1,a,2.5\n2,b,\n');
      assert.deepEqual(summary.members, {
        read: 3,
        keyColumns: [{ name: 'id', type: 'INTEGER' }],
        changes: { added: 3, changed: 0, removed: 0 },
      });
    });

    it('if they are new', async () => {
      const first = await run(FIRST);
      const second = await run(SECOND.replace('10.25', '10.5'), { write: 'new', earlier: first.state });
      assert.equal(textOf(second), 'id,name,score\n4,d,10.5\n');
      assert.deepEqual(second.summary.members?.changes, { added: 1, changed: 1, removed: 1 });
      assert.equal(second.summary.rows, 1);
    });

    it('if they are new or have changed', async () => {
      const first = await run(FIRST);
      const second = await run(SECOND.replace('10.25', '10.5'), { earlier: first.state });
      assert.equal(textOf(second), 'id,name,score\n4,d,10.5\n1,A,2.5\n');
      assert.deepEqual(second.summary.members?.changes, { added: 1, changed: 1, removed: 1 });
      const third = await run(FIRST, { earlier: second.state }, { format: 'jsonl' });
      assert.equal(textOf(third), '{"id":1,"name":"a","score":2.5}\n{"id":2,"name":"b","score":null}\n');
    });

    it('not at all if nothing has changed, whatever the order of rows and columns', async () => {
      const first = await run(FIRST);
      const again = await run(`SELECT score, name, id FROM (${FIRST}) ORDER BY id`, { earlier: first.state });
      assert.equal(textOf(again), 'score,name,id\n');
      assert.deepEqual(again.summary.members?.changes, { added: 0, changed: 0, removed: 0 });
    });

    it('all without a comparison', async () => {
      const { summary, ...all } = await run(FIRST, { write: 'all' });
      assert.equal(textOf({ summary, ...all }), 'id,name,score\n3,c,1.5\n1,a,2.5\n2,b,\n');
      assert.equal(summary.members?.changes, undefined);
      assert.equal(summary.members?.read, 3);
    });

    it('from a query that gives other rows each time it runs, which it does once', async () => {
      const volatile = 'SELECT i AS id, random() AS r, uuid() AS u FROM range(5000) AS t(i)';
      const first = await run(volatile);
      writeFileSync(path.join(workspace.folder, 'volatile.csv'), first.files[0]!.bytes);
      const columns = `{'id': 'BIGINT', 'r': 'DOUBLE', 'u': 'UUID'}`;
      const again = await run(`FROM read_csv('volatile.csv', columns = ${columns})`, { earlier: first.state });
      assert.deepEqual(again.summary.members?.changes, { added: 0, changed: 0, removed: 0 });
    });

    it('from a query in a transaction, after a setting', async () => {
      const sql = `SET TimeZone = 'UTC'; BEGIN; CREATE TABLE t AS ${FIRST}; FROM t`;
      const first = await run(sql);
      const second = await run(sql, { earlier: first.state });
      assert.deepEqual(second.summary.members?.changes, { added: 0, changed: 0, removed: 0 });
    });

    it('with wider types of the same values', async () => {
      const first = await run(`SELECT 1 AS id, 1.5 AS n, 'a'::ENUM('a') AS e`);
      const second = await run(`SELECT 1::HUGEINT AS id, 1.5::DECIMAL(30, 1) AS n, 'a'::ENUM('b', 'a', 'c, ''') AS e`, {
        earlier: first.state,
      });
      assert.deepEqual(second.summary.members?.changes, { added: 0, changed: 0, removed: 0 });
    });

    it('with a name of another case, and with several columns', async () => {
      const sql = `SELECT i AS "Id", j AS land FROM range(3) AS a(i), range(2) AS b(j)`;
      const first = await run(sql, { primaryKey: ['ID', 'land'] });
      const second = await run(sql, { primaryKey: ['LAND', 'Id'], earlier: first.state });
      assert.deepEqual(second.summary.members, {
        read: 6,
        keyColumns: [
          { name: 'land', type: 'BIGINT' },
          { name: 'Id', type: 'BIGINT' },
        ],
        changes: { added: 0, changed: 0, removed: 0 },
      });
    });

    it('in their order, also from 300,000 with little memory', async () => {
      const all = (n: number) => `SELECT (i * 7919) % 300007 AS id, CASE WHEN i % 3 = 0 THEN ${n} ELSE 0 END AS n,
        repeat(md5(i::VARCHAR), 4) AS t FROM range(300000) AS r(i)`;
      const options = { memoryLimit: 64 << 20 };
      const first = await run(all(1), {}, options);
      const second = await run(all(2), { earlier: first.state }, options);
      const expected = await workspace.text(`FROM (${all(2)}) WHERE n > 0`);
      assert.equal(textOf(second), expected);
      assert.deepEqual(second.summary.members?.changes, { added: 0, changed: 100_000, removed: 0 });
    });
  });

  describe('are refused', () => {
    const refusals: [title: string, sql: string, code: string, message: RegExp, primaryKey?: string[]][] = [
      ['without the key column', FIRST, 'invalid-argument', /“user”: the query gives “id”, “name”, “score”/, ['user']],
      ['with a key column twice', 'SELECT 1 AS id, 2 AS id', 'duplicate-column', /“id” could be any of several/],
      ['with an ambiguous key', 'SELECT 1 AS Id, 2 AS iD', 'duplicate-column', /“id” could be any of several/],
      ['with a key named twice', 'SELECT 1 AS id', 'duplicate-column', /“id” more than once/, ['id', 'ID']],
      ['with NULL', 'SELECT NULL::INT AS id, 7 AS n', 'null-key', /^1 row has no value .*“id”: ,7\. Nothing/],
      [
        'with NULL in a part',
        `SELECT * FROM (VALUES (1, NULL), (NULL, 2), (3, 4)) AS v(id, b)`,
        'null-key',
        /^2 rows .*“id”, “b”: 1,; ,2\. /,
        ['id', 'b'],
      ],
      [
        'with a key twice',
        `SELECT unnest([5, 5, 6, 7, 7, 7]) AS id`,
        'duplicate-key',
        /“id” .* 2 values are there more than once, in 5 rows: 5 \(2 times\); 7 \(3 times\)\. /,
      ],
      [
        'with many',
        'SELECT i // 2 AS id FROM range(40) AS r(i)',
        'duplicate-key',
        /20 values.* 0 \(2 .*; 4 \(2 times\)\./,
      ],
      ['with an error of the query', "SELECT 1 AS id, error('boom')", 'query-failed', /boom/],
    ];
    for (const [title, sql, code, message, primaryKey = ['id']] of refusals) {
      for (const write of ['all', 'newAndChanged'] as const) {
        it(`${title}: ${write}`, async () => {
          const before = states();
          const problem = await problemOf(run(sql, { primaryKey, write }));
          assert.match(problem.message, message);
          assert.equal(problem.code, code);
          assert.equal(states(), before);
        });
      }
    }

    const changes: [title: string, second: string, members: Partial<MembersOrder>, message: RegExp | undefined][] = [
      ['another key', FIRST, { primaryKey: ['name'] }, /it was “id” \(INTEGER\) and is “name” \(VARCHAR\) now/],
      ['a key of another type', `SELECT id::VARCHAR AS id, name, score FROM (${FIRST})`, {}, /is “id” \(VARCHAR\) now/],
      ['another column', `SELECT *, 1 AS more FROM (${FIRST})`, {}, /“more” is new/],
      ['a column less', `SELECT id, name FROM (${FIRST})`, {}, /“score” is gone/],
      [
        'another type',
        `SELECT id, name, score::DOUBLE AS score FROM (${FIRST})`,
        {},
        /“score” was DECIMAL\(2,1\) and is DOUBLE now/,
      ],
      ['another column, where only new rows count', `SELECT *, 1 AS more FROM (${FIRST})`, { write: 'new' }, undefined],
    ];
    for (const [title, sql, members, message] of changes) {
      it(`with ${title}${message === undefined ? ': not' : ', unless all of them are to count as new'}`, async () => {
        const first = await run(FIRST);
        if (message === undefined) {
          const second = await run(sql, { ...members, earlier: first.state });
          assert.deepEqual(second.summary.members?.changes, { added: 0, changed: 0, removed: 0 });
          return;
        }
        const problem = await problemOf(run(sql, { ...members, earlier: first.state }));
        assert.match(problem.message, message);
        assert.equal(problem.code, 'invalid-argument');
        assert.equal(problem.problem.confirm, 'fullRun');
        const full = await run(sql, { ...members, earlier: first.state, fullRun: true });
        assert.deepEqual(full.summary.members?.changes, { added: 3, changed: 0, removed: 0 });
        assert.equal(full.summary.rows, 3);
      });
    }

    it('not by “fullRun” where they can be compared', async () => {
      const first = await run(FIRST);
      const second = await run(FIRST, { earlier: first.state, fullRun: true });
      assert.deepEqual(second.summary.members?.changes, { added: 0, changed: 0, removed: 0 });
    });
  });

  describe('that were kept', () => {
    const damages: [title: string, damage: (file: string) => void | Promise<void>][] = [
      ['are gone', (file) => copyFileSync('/dev/null', file)],
      ['are cut off', (file) => truncateSync(file, readFileSync(file).length - 10)],
      [
        'have another byte everywhere',
        (file) => {
          const bytes = readFileSync(file);
          const footer = bytes.readUInt32LE(bytes.length - 8) + 8;
          writeFileSync(file, bytes.fill(0x55, 4, bytes.length - footer));
        },
      ],
      ['are another Parquet file', (file) => parquet(file, 'SELECT 1 AS id', '')],
    ];
    for (const [title, damage] of damages) {
      it(`and ${title} are explained, and taken for none by “fullRun”`, async () => {
        const first = await run(FIRST);
        await damage(first.state.file);
        const problem = await problemOf(run(SECOND, { earlier: first.state, write: 'new' }));
        assert.match(problem.message, /damaged/);
        assert.equal(problem.code, 'conflict');
        assert.equal(problem.problem.confirm, 'fullRun');
        const full = await run(SECOND, { earlier: first.state, write: 'new', fullRun: true });
        assert.deepEqual(full.summary.members?.changes, { added: 3, changed: 0, removed: 0 });
      });
    }

    it('by a newer version are refused, also by “fullRun”, as they would be lost', async () => {
      const first = await run(FIRST);
      await parquet(first.state.file, `SELECT 'x' AS something`, `, KV_METADATA {"s3destinations.members": '2'}`);
      for (const fullRun of [false, true]) {
        const problem = await problemOf(run(FIRST, { earlier: first.state, fullRun }));
        assert.match(problem.message, /newer version/);
        assert.equal(problem.code, 'conflict');
        assert.equal(problem.problem.confirm, undefined);
        assert.equal(problem.problem.fix, 'Update the extension.');
      }
    });
  });

  describe('that another extension passes', () => {
    const columns = [{ name: 'id', type: 'integer' }, { name: 'note', type: 'text' }, { name: 'any' }] as const;
    const source = (rows: unknown[][]): Source => ({ columns: [...columns], rows });

    it('are compared as those of a query', async () => {
      const rows = [
        [1, 'a "b"\nc', 1.5],
        [2n, null, { x: [1] }],
        ['3', '', null],
      ];
      const first = await runMembers(workspace, source(rows), {});
      assert.equal(textOf(first), 'id,note,any\n1,"a ""b""\nc",1.5\n2,,"{""x"":[1]}"\n3,"",\n');
      const next = [[4, '\n"\n', null], rows[1]!, [3, null, null]];
      const second = await runMembers(workspace, source(next), { earlier: first.state });
      assert.equal(textOf(second), 'id,note,any\n4,"\n""\n",\n3,,\n');
      assert.deepEqual(second.summary.members?.changes, { added: 1, changed: 1, removed: 1 });
    });

    it('are refused with a bad key', async () => {
      const twice = await problemOf(
        runMembers(
          workspace,
          source([
            [1, 'a', 1],
            ['01', 'b', 1],
          ]),
          {},
        ),
      );
      assert.match(twice.message, /one value is there more than once, in 2 rows: 1 \(2 times\)/);
      assert.equal(twice.code, 'duplicate-key');
      const missing = await problemOf(runMembers(workspace, source([[null, 'a', 1]]), {}));
      assert.match(missing.message, /1 row has no value \(NULL\) for the key “id”: ,a,1/);
      assert.equal(missing.code, 'null-key');
    });
  });
});

async function parquet(file: string, sql: string, options: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${sql}) TO '${file}' (FORMAT parquet${options})`);
  connection.closeSync();
}
