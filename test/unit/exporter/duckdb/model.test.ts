import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { type Problem, ProblemError } from '../../../../src/core/problem.ts';
import { type BoundValues, runValues } from '../../../../src/core/sql/parameters.ts';
import { Engine } from '../../../../src/exporter/duckdb/engine.ts';
import { engineProblem } from '../../../../src/exporter/duckdb/engineError.ts';
import { prepareModel } from '../../../../src/exporter/duckdb/model.ts';
import { finish, orderOf, Workspace } from '../exporting.ts';
import { startExport } from '../../../../src/core/engine/exporterProcess.ts';

const AT = new Date('2026-11-22T21:03:01.500Z');
const text = (value: string | null): BoundValues[string] => ({ type: 'VARCHAR', text: value });

describe('a model with parameters and a preparation', () => {
  const workspace = new Workspace();
  const people = path.join(workspace.folder, 'people.csv');
  before(() => writeFileSync(people, 'id,name\n1,Ann\n2,Bob\n'));
  after(() => workspace.remove());

  interface Model {
    sql: string;
    preparation?: string;
    parameters?: BoundValues;
  }
  const result = async ({ parameters, ...model }: Model): Promise<{ names: string[]; rows: unknown[][] }> => {
    const options = { memoryLimit: 128 << 20, threads: 1, spool: false, scratch: workspace.folder };
    const readable = [workspace.folder];
    const engine = await Engine.open({ ...options, readable });
    try {
      const values = { ...runValues(AT), ...parameters };
      const query = await prepareModel(engine, { ...model, parameters: values }, { readable });
      const rows = (await engine.connection.runAndReadAll(query.sql)).getRowsJS();
      return { names: query.columns.map(({ name }) => name), rows };
    } catch (error) {
      throw error instanceof ProblemError ? error : engineProblem(error);
    } finally {
      engine.close();
    }
  };
  const rows = async (model: Model): Promise<unknown[][]> => (await result(model)).rows;
  const problem = async (model: Model): Promise<Problem> => {
    const error: unknown = await rows(model).then(
      () => assert.fail('It gave rows'),
      (reason: unknown) => reason,
    );
    return (error as ProblemError).problem;
  };

  it('gets values of their types', async () => {
    const sql = `select typeof(\${date}), typeof(\${run_time}), \${date}::varchar, epoch_ms(\${run_time}), \${date} + 1 = date '2026-11-23',
      typeof(\${input:a}), \${input:b} is null, '\${date}', \${env:X} || '!'`;
    const parameters = { 'input:a': { type: 'BIGINT', text: '7' }, 'input:b': text(null), 'env:X': text('x') } as const;
    assert.deepEqual(await rows({ sql, parameters }), [
      ...[
        ['DATE', 'TIMESTAMP WITH TIME ZONE', '2026-11-22', BigInt(AT.getTime()), true, 'BIGINT', true, '${date}', 'x!'],
      ],
    ]);
  });

  it('takes any text for a value, and none for SQL', async () => {
    const nasty = [`'; drop table t; --`, `$$`, `"`, '${date}', `getvariable('x')`, '\\', '', '日😀', `/* */ '' E'\\'`];
    for (const value of nasty) {
      assert.deepEqual(await rows({ sql: 'select ${input:a} as a', parameters: { 'input:a': text(value) } }), [
        [value],
      ]);
    }
  });

  it('takes any text for a value: property', async () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(value, async (a) => {
        if (a.includes('\0')) return;
        const found = await rows({ sql: 'select ${input:a} as a', parameters: { 'input:a': text(a) } });
        assert.deepEqual(found, [[a]]);
      }),
      { numRuns: 25 },
    );
  });

  it('has them in functions, limits, views, macros and statements before the query', async () => {
    const parameters = { 'input:file': text(people), 'input:n': text('1'), 'input:id': text('2') };
    assert.deepEqual(await rows({ sql: 'select name from read_csv(${input:file}) limit ${input:n}', parameters }), [
      ['Ann'],
    ]);
    const sql = `create view v as from read_csv(\${input:file}); create macro m(x) as x = \${input:id}::int;
      create table t as select \${date} as d; select name, d from v, t where m(id) and id = \${input:id}`;
    assert.deepEqual(await rows({ sql, parameters }), [['Bob', new Date('2026-11-22')]]);
  });

  it('cannot be led out of the workspace by one', async () => {
    const parameters = { 'input:file': text('/etc/passwd') };
    const { kind } = await problem({ sql: 'from read_text(${input:file})', parameters });
    assert.equal(kind, 'outside-workspace');
  });

  it('tells names that differ in case, and columns without a name, apart', async () => {
    const parameters = { 'env:A': text('big'), 'env:a': text('small') };
    assert.deepEqual(await result({ sql: 'select ${env:A}, ${env:a}, ${date} + 1, ${env:A} as x', parameters }), {
      names: ['${env:A}', '${env:a}', '(${date} + 1)', 'x'],
      rows: [['big', 'small', new Date('2026-11-23'), 'big']],
    });
  });

  it('says where something is wrong, whatever stands before it', async () => {
    const before = 'select ${date}, ${run_time}, ';
    assert.deepEqual((await problem({ sql: `${before}missing` })).position, { line: 1, column: before.length + 1 });
    const second = await problem({ sql: `select \${date};\n\nselect \${date},\n  \${date} + missing from (select 1)` });
    assert.deepEqual(second.position, { line: 4, column: 13 });
    const unknown = await problem({ sql: 'select 1;\n select ${nope}' });
    assert.deepEqual([unknown.code, unknown.position], ['query-failed', { line: 2, column: 9 }]);
    assert.match((await problem({ sql: 'select ${date} + interval_of(1)' })).message, /interval_of/);
    assert.doesNotMatch((await problem({ sql: 'select sum(${date})' })).message, /getvariable|s3destinations/);
  });

  it('runs its preparation first', async () => {
    const preparation = `create view people as from '${people}'; -- the team's\ncreate macro shout(t) as upper(t) || '!';`;
    assert.deepEqual(await rows({ preparation, sql: 'select shout(name) as a from people' }), [['ANN!'], ['BOB!']]);
    assert.deepEqual(await rows({ preparation: ' -- nothing', sql: 'select 1 as a' }), [[1]]);
    const parameters = { 'input:f': text(people) };
    const sql = 'select count(*)::int from p';
    assert.deepEqual(await rows({ preparation: 'create view p as from read_csv(${input:f})', sql, parameters }), [[2]]);
  });

  it('confines its preparation as the query itself', async () => {
    for (const preparation of [
      `copy (select 1) to 'made.csv'`,
      `attach 'made.duckdb'`,
      `create view v as from read_text('/etc/passwd')`,
      `install httpfs`,
      `create macro m() as table from enable_logging(storage = 'file', storage_path = 'made')`,
    ]) {
      const { code, inPreparation, position } = await problem({ preparation, sql: `select 1 as a` });
      assert.deepEqual([code, inPreparation], ['query-failed', true], preparation);
      if (!preparation.includes('/etc')) assert.equal(position?.line, 1);
    }
    const hiding = `create macro m(f) as table from read_text(f)`;
    assert.equal((await problem({ preparation: hiding, sql: `from m('/etc/passwd')` })).kind, 'outside-workspace');
  });

  it('refuses macros that the engine would take for its own functions, with which exports are written', async () => {
    for (const name of ['concat', 'replace', 'Contains', '"isfinite"']) {
      const preparation = `create macro ok(a) as a;\n  create or replace macro ${name}(a) as 'evil'`;
      const { message, position } = await problem({ preparation, sql: 'select 1' });
      assert.match(message, /has the name of a function of the engine/, name);
      assert.deepEqual(position, { line: 2, column: 3 });
    }
  });

  it('goes through the exporter', async () => {
    const { files, ...order } = orderOf({ sql: '' });
    const job = {
      kind: 'query',
      sql: 'select name, ${date} as day, ${run_time} as at from people where name <> ${input:not} order by id',
      preparation: `create view people as from 'people.csv'`,
      parameters: { ...runValues(AT), 'input:not': text(`An'n`) },
    } as const;
    const never = new AbortController().signal;
    const running = await startExport({ ...order, files, job }, workspace.options(), () => undefined, never);
    const sent = await finish(running);
    assert.equal(
      String(sent.files[0]?.bytes),
      'name,day,at\nAnn,2026-11-22,2026-11-22T21:03:01.5Z\nBob,2026-11-22,2026-11-22T21:03:01.5Z\n',
    );
  });
});
