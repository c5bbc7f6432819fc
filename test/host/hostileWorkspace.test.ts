import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { type HostSession, openHostSession, problemOf, run, workspaceFile, writeWorkspaceFile } from './hostSession.ts';

const FILE = '.vscode/s3-syncs.json';
const ANY = { id: 'any', destination: 'store', sql: 'SELECT 1 AS n', gzip: false };

describe('a workspace that means harm', () => {
  let session: HostSession;
  /** A folder beside the workspace, with what must not be reached. */
  let outside: string;
  const made: string[] = [];
  const inside = (name: string): string => workspaceFile(name).fsPath;
  before(async () => {
    session = await openHostSession();
    await session.addDestination('store', { pathPrefix: 'p/' });
    outside = mkdtempSync(path.join(os.tmpdir(), 's3d-outside-'));
    mkdirSync(path.join(outside, 'deep'));
    writeFileSync(path.join(outside, 'query.sql'), "SELECT 'secret' AS a");
    writeFileSync(path.join(outside, 'deep/data.csv'), 'a\nsecret\n');
    writeFileSync(path.join(outside, 'syncs.json'), JSON.stringify({ syncs: [ANY] }));
    mkdirSync(inside('models'), { recursive: true });
  });
  afterEach(async () => {
    for (const file of [...made.splice(0).reverse(), inside(FILE)]) rmSync(file, { force: true, recursive: true });
    for (const key of await session.keys()) assert.ok(key.startsWith('p/'), key);
  });
  after(async () => {
    rmSync(outside, { recursive: true });
    await session.close();
  });

  const define = (...syncs: object[]): Promise<vscode.Uri> => writeWorkspaceFile(FILE, JSON.stringify({ syncs }));
  const ran = (syncId = 'any'): Promise<RunResult> => run('runSync', { syncId });
  const textOf = async ({ files }: RunResult): Promise<string> => (await session.read(files[0]!.key)).text;
  const link = (name: string, target: string): void => {
    symlinkSync(target, inside(name));
    made.push(inside(name));
  };
  const refused = async (code: string, message: RegExp, outcome: Promise<unknown> = ran()): Promise<void> => {
    const problem = await problemOf(outcome);
    assert.deepEqual([problem.code, message.test(problem.message)], [code, true], problem.message);
  };

  it('leads no path out of itself, or out of the folder of the sync', async () => {
    const paths = ['../query.sql', 'a/../../query.sql', '/etc/passwd', 'C:\\x.sql', 'C:/x.sql', 'file:///etc/passwd'];
    const odd = [
      'models/\u0000x.sql',
      '..\\query.sql',
      'models/../../x',
      `${'a/'.repeat(600)}x.sql`,
      'models/\u202ex.sql',
      '..',
    ];
    for (const file of [...paths, ...odd]) {
      await define({ ...ANY, sql: undefined, model: file });
      await refused('invalid-argument', /cannot run\. “.*” cannot be used/s);
      await define({ ...ANY, prepare: file });
      await refused('invalid-argument', /cannot run\. “prepare” cannot be used/);
      await refused('invalid-argument', /model/, run('createModel', { model: file, definition: workspaceFile(FILE) }));
    }
    for (const fileName of ['../x', '/x', 'a//b', 'a/./b', '..', 'x/', '{nope}', 'a\u0000b', 'x'.repeat(500), '{'])
      await define({ ...ANY, fileName }).then(() => refused('invalid-argument', /cannot run/));
    for (const id of ['..', '.', '__proto__', '_x', 'a/b', 'a\\b', '', 'x'.repeat(129), 'é', 'a b'])
      await define({ ...ANY, id }).then(() => refused('invalid-argument', /no sync any/));
    await session.assertNothingThere();
  });

  it('leads no link out of itself, neither to read nor to write', async () => {
    link('models/away', outside);
    link('models/second.sql', path.join(outside, 'query.sql'));
    link('models/first.sql', inside('models/second.sql'));
    link('models/way', inside('models/away'));
    link('models/made.sql', path.join(outside, 'made.sql'));
    link('models/circle.sql', inside('models/circle.sql'));
    link('models/pipe.sql', '/dev/stdin');
    const models = ['away/query.sql', 'second.sql', 'first.sql', 'way/query.sql', 'made.sql', 'circle.sql', 'pipe.sql'];
    for (const model of models.map((name) => `models/${name}`)) {
      await define({ ...ANY, sql: undefined, model });
      await refused('invalid-argument', /is a link that leads out of the workspace/);
      await define({ ...ANY, prepare: model });
      await refused('invalid-argument', /is a link that leads out of the workspace/);
    }
    for (const file of ['models/away/deep/data.csv', 'models/way/deep/*.csv', 'models/*/deep/data.csv', 'models/**']) {
      await define({ ...ANY, sql: `SELECT * FROM read_csv('${file}')` });
      assert.ok(['query-failed', 'source-missing'].includes((await problemOf(ran())).code), file);
    }
    const before = readdirSync(outside);
    for (const model of ['models/away/new.sql', 'models/way/deep/new.sql', 'models/made.sql', 'models/circle.sql']) {
      await refused(
        'invalid-argument',
        /a link leads there/,
        run('createModel', { model, definition: workspaceFile(FILE) }),
      );
    }
    assert.deepEqual(readdirSync(outside), before);
    assert.deepEqual(readdirSync(path.join(outside, 'deep')), ['data.csv']);
    await session.assertNothingThere();
  });

  it('has no definitions, and is given none, in a file that lies elsewhere', async () => {
    const away = path.join(outside, 'syncs.json');
    const text = readFileSync(away, 'utf8');
    rmSync(inside(FILE), { force: true });
    link(FILE, away);
    await refused(
      'invalid-argument',
      /s3-syncs\.json cannot be used\. The file cannot be read\. It is a link that leads out/,
    );
    await refused('invalid-argument', /leads out of the workspace/, run('newSync', { ...ANY, syncId: 'more' }));
    assert.equal(readFileSync(away, 'utf8'), text);
    await session.assertNothingThere();
  });

  it('does no harm by what its queries say, however it is hidden', async () => {
    await writeWorkspaceFile('models/in.csv', 'a\n1\n');
    made.push(inside('models/in.csv'));
    const target = path.join(inside('models'), 'written.csv');
    for (const sql of [
      `COPY (SELECT 1) TO '${target}'`,
      `SELECT 1 AS a; COPY (SELECT 1) TO '${target}'; SELECT 1 AS a`,
      `/* SELECT */ -- \n COPY\u200b(SELECT 1) TO '${target}'; SELECT 1 AS a`,
      `SET\u200bmemory_limit = '100GB'; SELECT 1 AS a`,
      `SET\u2060log_query_path = '${target}'; SELECT 1 AS a`,
      `ATTACH '${target}' AS x; SELECT 1 AS a`,
      `ATTACH\u200b'${target}' AS x; SELECT 1 AS a`,
      'INSTALL httpfs; LOAD httpfs; SELECT 1 AS a',
      `PRAGMA enable_profiling = 'json'; SELECT 1 AS a`,
      `FROM 'https://example.com/x.csv'`,
      `FROM 's3://bucket/x.parquet'`,
      `FROM read_text('/etc/passwd')`,
      `FROM glob('/etc/*')`,
      `FROM query\u200b('SELECT 1')`,
      `SELECT getenv('HOME')`,
      'SELECT 1 AS a\u0000; COPY x TO y',
      `SELECT 1 AS a) TO '${target}' (FORMAT csv); --`,
    ]) {
      await define({ ...ANY, sql });
      await refused('query-failed', /./);
      await writeWorkspaceFile('models/hidden.sql', `CREATE MACRO ok(x) AS x; ${sql}`);
      await define({ ...ANY, prepare: 'models/hidden.sql' });
      // A file with a NUL character is none of text for the editor.
      await refused(sql.includes('\u0000') ? 'invalid-argument' : 'query-failed', /./);
    }
    made.push(inside('models/hidden.sql'));
    assert.ok(!readdirSync(inside('models')).includes('written.csv'));
  });

  it('has values that stay values', async () => {
    const values = [
      `'; DROP TABLE t; --`,
      '"',
      '$$',
      '${env:HOME}',
      `\\'`,
      'é😀\u202e\u0001',
      'a\u0000b',
      ' ',
      '',
      'x'.repeat(1_000_000),
    ];
    for (const value of values) {
      await define({ ...ANY, format: 'jsonl', sql: 'SELECT ${input:v} AS v', inputs: { v: value } });
      assert.equal(await textOf(await ran()), `${JSON.stringify({ v: value })}\n`, value.slice(0, 20));
    }
    for (const inputs of [{ v: { a: 1 } }, { v: [1] }, [], 'x', { v: 1e300 }, { v: 2 ** 60 }, {}]) {
      await define({ ...ANY, sql: 'SELECT ${input:v} AS v', inputs });
      await refused('invalid-argument', /./);
    }
  });

  it('may use names that mean something to JavaScript', async () => {
    const ids = ['constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf'];
    await define(
      ...ids.map((id) => ({ ...ANY, id, inputs: { constructor: 'x' }, sql: 'SELECT ${input:constructor} AS v' })),
    );
    for (const id of ids) assert.equal(await textOf(await ran(id)), 'v\nx\n');
    const { runs } = await run<{ runs: { status: string }[] }>('runAllSyncs', {});
    assert.deepEqual(new Set(runs.map(({ status }) => status)), new Set(['completed']));
  });

  it('is read as editors write it, and is not read in two ways', async () => {
    const text = `\ufeff// of the tests\r\n{\r\n  "syncs": [\r\n    ${JSON.stringify({ ...ANY, sql: undefined, model: 'models/marked.sql' })},\r\n  ],\r\n}\r\n`;
    await writeWorkspaceFile(FILE, text);
    await writeWorkspaceFile('models/marked.sql', '\ufeff-- é\r\nSELECT 1 AS n\r\n');
    made.push(inside('models/marked.sql'));
    assert.equal(await textOf(await ran()), 'n\n1\n');
    for (const twice of [
      '"destination": "nowhere"',
      '"sql": "SELECT 2 AS n"',
      '"mode": "mirror", "mode": "insert"',
      '"id": "any"',
    ]) {
      await writeWorkspaceFile(FILE, `{"syncs": [${JSON.stringify(ANY).replace(/\}$/, `, ${twice}}`)}]}`);
      await refused('invalid-argument', /stands here twice/);
    }
    await writeWorkspaceFile(FILE, `{"syncs": [], "syncs": [${JSON.stringify(ANY)}]}`);
    await refused('invalid-argument', /“syncs” stands here twice/);
    await writeWorkspaceFile(FILE, `{"syncs": [{"id": "any", "csv": ${'['.repeat(200_000)}`);
    await refused('invalid-argument', /cannot be used/);
    for (const depth of [1000, 3000, 10_000]) {
      await writeWorkspaceFile(
        FILE,
        JSON.stringify({ syncs: [ANY] }).replace('false', `${'['.repeat(depth)}${']'.repeat(depth)}`),
      );
      await refused('invalid-argument', /./);
    }
  });

  it('leaves the editor responsive, however much it defines', async () => {
    let slowest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      slowest = Math.max(slowest, performance.now() - last);
      last = performance.now();
    }, 10);
    for (const day of ['30 2', '31 4,6,9,11', '29 2', '*/2 *']) {
      const schedules = Array.from({ length: 10_000 }, (_, i) => `${i % 60} ${Math.floor(i / 60) % 24} ${day} *`);
      await define(
        ...schedules.map((schedule, i) => ({
          ...ANY,
          id: `sync-${i}`,
          schedule,
          model: `models/${i}.sql`,
          sql: undefined,
        })),
      );
      await refused('invalid-argument', /no sync any/);
    }
    clearInterval(timer);
    assert.ok(slowest < 4000, `${slowest} ms`);
  });
});
