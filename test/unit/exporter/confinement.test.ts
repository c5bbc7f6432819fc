import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ProblemError } from '../../../src/core/problem.ts';
import { Engine } from '../../../src/exporter/duckdb/engine.ts';
import { engineProblem } from '../../../src/exporter/duckdb/engineError.ts';
import { prepareModel } from '../../../src/exporter/duckdb/model.ts';
import type { Readable } from '../../../src/exporter/protocol.ts';
import { Workspace } from './exporting.ts';

/** The rows of a model, as values, run within this process. */
async function rowsOf(sql: string, scratch: string, readable: Readable): Promise<unknown[][]> {
  const engine = await Engine.open({ memoryLimit: 128 << 20, threads: 1, spool: false, scratch, readable });
  try {
    const query = await prepareModel(engine, { sql }, { readable });
    return (await engine.connection.runAndReadAll(query.sql)).getRowsJS();
  } catch (error) {
    throw error instanceof ProblemError ? error : engineProblem(error);
  } finally {
    engine.close();
  }
}

/** Reads the file with what it takes for a hostile workspace to hide it. */
const readingWays = (file: string): string[] => [
  `from '${file}'`,
  `select content from read_text('${file}')`,
  `from read_blob('${file}')`,
  `from read_csv('${file}', header = false)`,
  `from read_json('${file}')`,
  `from sniff_csv('${file}')`,
  `from glob('${file}')`,
  `create view v as from '${file}'; from v`,
  `create macro m(f) as table from read_text(f); from m('${file}')`,
  `create table t as from read_text('${file}'); from t`,
  `set variable f = '${file}'; from read_text(getvariable('f'))`,
  `create type e as enum (select content from read_text('${file}')); select 1`,
  `with a as (from read_text('${file}')) from a`,
  `select (select content from read_text('${file}')) as a`,
];

describe('a model is confined', () => {
  const workspace = new Workspace();
  const outside = new Workspace();
  const scratch = new Workspace();
  const secret = path.join(outside.folder, 'secret.csv');
  const away = path.relative(workspace.folder, outside.folder);
  const home = process.cwd();
  before(() => {
    writeFileSync(secret, 'a\nsecret\n');
    mkdirSync(path.join(workspace.folder, 'data'));
    writeFileSync(path.join(workspace.folder, 'data/in.csv'), 'a\n1\n');
    symlinkSync(secret, path.join(workspace.folder, 'link.csv'));
    symlinkSync(outside.folder, path.join(workspace.folder, 'away'));
    symlinkSync(path.join(workspace.folder, 'data'), path.join(workspace.folder, 'inner'));
    process.chdir(workspace.folder);
  });
  after(() => {
    process.chdir(home);
    workspace.remove();
    outside.remove();
    scratch.remove();
  });

  const rows = (sql: string, readable: Readable = [workspace.folder]): Promise<unknown[][]> =>
    rowsOf(sql, scratch.folder, readable);
  const refusal = async (sql: string, readable?: Readable): Promise<ProblemError> => {
    const error: unknown = await rows(sql, readable).then(
      (gave) => assert.fail(`It gave ${String(gave)}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ProblemError, String(error));
    return error;
  };

  for (const [what, sql] of [
    ['a relative path', `from 'data/in.csv'`],
    ['a way back into it', `from 'data/../data/in.csv'`],
    ['an absolute path', `from '${workspace.folder}/data/in.csv'`],
    ['a glob', `from 'data/*.csv'`],
    ['a link within the workspace', `from 'inner/in.csv'`],
    ['a function on a variable', `set variable f = 'data/in.csv'; from read_csv(getvariable('f'))`],
  ] as const) {
    it(`reads its workspace by ${what}`, async () => assert.deepEqual(await rows(sql), [[1n]]));
  }

  for (const file of ['/etc/passwd', secret, `${away}/secret.csv`, 'link.csv', 'away/secret.csv', 'away/*.csv']) {
    it(`does not read ${file === secret ? 'a file by its absolute path' : file.replace(away, '../…')}`, async () => {
      for (const sql of file === 'link.csv' ? readingWays(file) : readingWays(file).slice(1, 4)) {
        const { problem } = await refusal(sql);
        assert.equal(problem.code, 'query-failed', sql);
        assert.equal(problem.kind, 'outside-workspace', sql);
        assert.match(problem.message, /may not read “.*outside of the workspace/, sql);
        assert.match(problem.fix ?? '', /allow/);
      }
    });
  }

  it('does not read past a glob that meets a link', async () => {
    for (const glob of ['*/*.csv', '**/*.csv', '*.csv']) {
      assert.match((await refusal(`from '${glob}'`)).message, /outside of the workspace/, glob);
    }
  });

  it('does not see what is outside', async () => {
    assert.doesNotMatch(String(await rows(`from glob('**')`)), /secret/);
    for (const glob of ['/**', '../**', `${outside.folder}/*`]) await refusal(`from glob('${glob}')`);
  });

  const writing = [
    `copy (select 1) to 'made.csv'`,
    `COPY (SELECT 1) TO '${outside.folder}/made.csv'`,
    `/* copy */ copy (select 1) to 'made.parquet' (format parquet)`,
    `(copy (select 1) to 'made.csv')`,
    `create table t as select 1 as a; copy t to 'made.csv'`,
    `create table t as select 1 as a; copy t from 'data/in.csv'`,
    `explain analyze copy (select 1) to 'made.csv'`,
    `prepare p as copy (select 1) to 'made.csv'; execute p`,
    `export database 'made'`,
    `import database 'data'`,
    `attach 'made.duckdb' as m`,
    `attach ':memory:' as m`,
    `install httpfs`,
    `force install httpfs`,
    `load httpfs`,
    `load 'data/in.csv'`,
    `pragma enable_profiling = 'json'`,
    `pragma threads = 1`,
    `pragma import_database('data')`,
    `call enable_logging(storage = 'file', storage_path = 'made')`,
    `from enable_logging(storage = 'file', storage_path = 'made')`,
    `select * from "enable_logging" /* */ (storage = 'file', storage_path = 'made')`,
    `from system.main.enable_logging(storage = 'file', storage_path = 'made')`,
    `create macro m() as table from enable_logging(storage = 'file', storage_path = 'made'); from m()`,
    `from enable_profiling(save_location = 'made.json', format = 'json'); select 1`,
    `from query('from enable_' || 'logging(storage = ''file'', storage_path = ''made'')')`,
    `from json_execute_serialized_sql('{}')`,
    `set log_query_path = 'made.sql'`,
    `set temp_directory = 'made'`,
    `set global threads = 4`,
    `set memory_limit = '100GB'`,
    `set calendar = 'japanese'`,
    `set max_expression_depth = 1000000`,
    `set enable_external_access = true`,
    `set allowed_directories = ['/']`,
    `reset allowed_directories`,
    `set autoinstall_known_extensions = true`,
    `set lock_configuration = false`,
    `create secret s (type http)`,
    `create or replace persistent secret s (type http)`,
    // Spaces for the engine, and letters for others.
    ...['\u200b', '\u2060'].flatMap((space) => [
      `set${space}memory_limit = '100GB'`,
      `set${space}log_query_path = 'made.sql'`,
      `copy${space}(select 1) to 'made.csv'`,
      `attach${space}'made.duckdb' as m`,
      `from query${space}('select 1')`,
      `from${space}enable_logging${space}(storage = 'file', storage_path = 'made')`,
      `create${space}secret${space}s (type http)`,
    ]),
    `vacuum`,
    `checkpoint`,
    `call pragma_version()`,
  ];
  for (const sql of writing) {
    it(`does not do ${sql.replaceAll(outside.folder, '…')}`, async () => {
      const folders = [workspace.folder, outside.folder];
      const before = folders.map((folder) => readdirSync(folder));
      for (const text of [sql, `${sql}; select 1`, `select 0; ${sql}; select 1`]) {
        const { problem } = await refusal(text);
        assert.equal(problem.code, 'query-failed');
        assert.match(problem.message, /may only read|cannot change|machine only/, text);
        assert.notEqual(problem.position, undefined);
      }
      assert.deepEqual(
        folders.map((folder) => readdirSync(folder)),
        before,
      );
    });
  }

  it('is not led astray by what would be a letter for the engine, before a string', async () => {
    const sql = `create type "\u2028e" as varchar; select \u2028e'\\' as a, * from query('select 1') --'`;
    assert.equal((await refusal(sql)).code, 'query-failed');
  });

  it('runs no part of a text with a NUL character, which the engine would take for its end', async () => {
    const { problem } = await refusal('select 1 as a from range(3) t(i)\0 where i > 1');
    assert.deepEqual([problem.code, problem.position], ['query-failed', { line: 1, column: 33 }]);
    assert.match(problem.message, /NUL/);
  });

  it('says where the statement stands', async () => {
    const { problem } = await refusal(`select 1;\n\n  /* x */ copy (select 1) to 'made.csv';\nselect 2`);
    assert.deepEqual(problem.position, { line: 3, column: 11 });
    assert.match(problem.message, /^COPY cannot be used: a query may only read\.$/);
  });

  it('has no way to the network, and keeps what a URL is signed with to itself', async () => {
    for (const url of [
      'http://127.0.0.1:9/a.csv',
      'https://example.com/a.csv?X-Amz-Signature=5ec3e7',
      's3://b/a.csv',
    ]) {
      const { problem } = await refusal(`from '${url}'`);
      assert.match(problem.message, /^The query cannot read “(http|s3).*a\.csv”\.$/, url);
      assert.doesNotMatch(JSON.stringify(problem), /5ec3e7|INSTALL/);
    }
    for (const sql of [`from postgres_scan('a', 'b', 'c')`, `from read_xlsx('data/in.csv')`]) {
      assert.doesNotMatch((await refusal(sql)).message, /INSTALL|autoinstall/i);
    }
  });

  it('sees nothing of the environment', async () => {
    await refusal(`select getenv('PATH')`);
    await refusal(`select content from read_text('/proc/self/environ')`);
  });

  it('may change what it holds in memory, and what values mean', async () => {
    const sql = `set timezone = 'Europe/Berlin'; set session default_null_order = 'nulls_first';
      create schema s; create table s.t (a int); insert into s.t values (1), (2); update s.t set a = a + 1;
      begin; delete from s.t where a = 2; commit; alter table s.t add column b timestamptz; create sequence q;
      merge into s.t using (select 3 as a) as n on t.a = n.a when matched then update set b = '2026-01-01 00:00:00+01';
      create macro twice(x) as 2 * x; create type e as enum ('x'); set variable n = 1; create temp view v as from s.t;
      drop type e; select twice(a) as a, b::varchar as b, 'query' as query from v`;
    assert.deepEqual(await rows(sql), [[6, '2026-01-01 00:00:00+01', 'query']]);
  });

  it('reads DuckDB files without attaching them', async () => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const file = path.join(workspace.folder, 'shop.duckdb');
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run('create table orders as select 7 as id');
    connection.closeSync();
    instance.closeSync();
    assert.deepEqual(await rows(`from read_duckdb('shop.duckdb', table_name = 'orders')`), [[7]]);
    assert.ok(!existsSync(`${file}.wal`));
  });

  it('fails on SQL that is too deep, too long or broken off, and ends', async () => {
    for (const sql of [
      `select ${'('.repeat(100_000)}1`,
      `select ${'['.repeat(3000)}1${']'.repeat(3000)}`,
      `${'select * from ('.repeat(2000)}select 1${')'.repeat(2000)}`,
      `select ${'not '.repeat(100_000)}true`,
      `${'/*'.repeat(100_000)} select 1`,
      `select $$ ${"'".repeat(1001)}`,
    ]) {
      assert.equal((await refusal(sql)).code, 'query-failed', sql.slice(0, 30));
    }
  });

  it('reads all files of this machine where the user allows it, and does no more than that', async () => {
    for (const file of [secret, 'link.csv', `${away}/secret.csv`]) {
      assert.deepEqual(await rows(`from '${file}'`, 'anything'), [['secret']]);
    }
    for (const sql of [`copy (select 1) to 'made.csv'`, `install httpfs`, `from 'http://127.0.0.1:9/a.csv'`]) {
      assert.equal((await refusal(sql, 'anything')).code, 'query-failed');
    }
  });

  it('reads each folder of a workspace with several', async () => {
    const both = [workspace.folder, outside.folder];
    assert.deepEqual(await rows(`select a from '${secret}' union all select a::varchar from 'data/in.csv'`, both), [
      ['secret'],
      ['1'],
    ]);
  });

  it('reads nothing where no folder is open', async () => {
    await refusal(`from 'data/in.csv'`, []);
    assert.deepEqual(await rows('select 1 as a', []), [[1]]);
  });

  it('in the exporter, too, with what an export needs besides', async () => {
    process.env.AWS_SECRET_ACCESS_KEY_OF_TEST = 'environment-5ec3e7';
    try {
      assert.equal(await workspace.text(`from 'data/in.csv'`), 'a\n1\n');
      await assert.rejects(workspace.text(`from '${secret}'`), { code: 'query-failed', message: /outside/ });
      const anything = { ...workspace.options(), readable: 'anything' } as const;
      const sql = `select content from read_text('/proc/self/environ')`;
      if (existsSync('/proc/self/environ')) assert.doesNotMatch(await workspace.text(sql, 'csv', anything), /5ec3e7/);
    } finally {
      delete process.env.AWS_SECRET_ACCESS_KEY_OF_TEST;
    }
  });
});
