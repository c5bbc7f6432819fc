import assert from 'node:assert/strict';
import { findSync } from '../../../../../src/core/sync/definition/findSync.ts';
import { parseSyncs } from '../../../../../src/core/sync/definition/parseSyncs.ts';
import { ProblemError } from '../../../../../src/core/problem.ts';
import { found, parsed, USERS } from './syncs.ts';

describe('parseSyncs', () => {
  it('reads JSON with comments and trailing commas', () => {
    const text = `{
      // What goes out every night.
      "syncs": [
        { "id": "users", "destination": "prod", "model": "models/users.sql", /* members */ "mode": "upsert", "primaryKey": "id", "gzip": false, },
      ],
    }`;
    const { syncs, findings } = parseSyncs(text);
    assert.deepEqual(findings, []);
    const [{ span, values, ...sync } = assert.fail()] = syncs;
    assert.deepEqual(sync, {
      ...{ id: 'users', destination: 'prod', model: 'models/users.sql', index: 0 },
      ...{ kind: 'audience', mode: 'upsert', primaryKey: ['id'], onlyNewRows: false },
      how: { mode: 'upsert', primaryKey: 'id', gzip: false },
    });
    assert.match(text.slice(span.offset, span.offset + span.length), /^\{ "id"[^]*\}$/);
    const { offset, length } = values.mode ?? assert.fail();
    assert.equal(text.slice(offset, offset + length), '"upsert"');
  });

  it('takes nothing for no syncs', () => {
    for (const text of ['', ' ', '// none yet', '{}', '{"syncs": []}', '{"$schema": "x", "syncs": []}'])
      assert.deepEqual(parseSyncs(text), { syncs: [], findings: [] }, text);
  });

  it('holds no syncs where it is no JSON, and says where', () => {
    for (const text of ['{"syncs": [{"id": "a" "destination": "b"}]}', '{"syncs": [', '<html>', '{} {}', "{'a': 1}"]) {
      const { syncs, findings } = parseSyncs(text);
      assert.deepEqual([syncs.length, findings[0]?.code], [0, 'syntax'], text);
    }
    const { findings } = parseSyncs('{\n  "syncs": [1 2]\n}');
    assert.deepEqual([findings[0]?.span.offset, findings[0]?.message], [16, 'The file is no JSON: comma expected.']);
  });

  it('finds what is not as it should be in its place', () => {
    const cases: [sync: object, ...expected: string[]][] = [
      [{ ...USERS, id: '_x' }, 'invalid-value: "_x"'],
      [{ ...USERS, id: 7 }, 'invalid-value: 7'],
      [{ ...USERS, id: undefined }, 'missing-property: {'],
      [{ ...USERS, destination: undefined }, 'missing-property: "users"'],
      [{ ...USERS, destination: '' }, 'invalid-value: ""'],
      [{ ...USERS, model: undefined }, 'missing-property: "users"'],
      [{ ...USERS, sql: 'SELECT 1' }, 'invalid-value: "sql"'],
      [{ ...USERS, model: undefined, sql: ' ' }, 'invalid-value: " "'],
      [{ ...USERS, destinaton: 'x' }, 'unknown-property: "destinaton"'],
      [{ ...USERS, mode: 'append' }, 'invalid-value: "append"'],
      [{ ...USERS, kind: 'audience', mode: 'insert', primaryKey: 'id' }, 'mode-and-kind: "insert"'],
      [{ ...USERS, kind: 'model', mode: 'add', primaryKey: 'id' }, 'mode-and-kind: "add"'],
      [{ ...USERS, mode: 'add' }, 'missing-property: "add"'],
      [{ ...USERS, onlyNewRows: true }, 'missing-property: true'],
      [{ ...USERS, mode: 'mirror', onlyNewRows: true, primaryKey: 'id' }, 'mode-and-kind: true'],
      [{ ...USERS, onlyNewRows: 'yes' }, 'invalid-value: "yes"'],
      [
        { ...USERS, mode: 'add', primaryKey: ['id', 'id'] },
        /* twice */ 'invalid-value: [\n        "id",\n        "id"\n      ]',
      ],
      [{ ...USERS, primaryKey: 7 }, 'invalid-value: 7'],
      [{ ...USERS, format: 'xml' }, 'invalid-value: "xml"'],
      [{ ...USERS, gzip: 1, fileName: '../x' }, 'invalid-value: 1', 'invalid-value: "../x"'],
      [{ ...USERS, csv: { delimiter: ';;' } }, 'invalid-value: {\n        "delimiter": ";;"\n      }'],
      [{ ...USERS, maxFileRows: 0 }, 'invalid-value: 0'],
    ];
    for (const [sync, ...expected] of cases) assert.deepEqual(found(parsed(sync)), expected, JSON.stringify(sync));
  });

  it('refuses models outside of the workspace folder', () => {
    const outside = [
      '../x.sql',
      'a/../../x.sql',
      '/etc/x.sql',
      'C:/x.sql',
      'file:///x.sql',
      'a\\..\\x.sql',
      'a/\u0000.sql',
      ' ',
    ];
    for (const model of outside)
      assert.deepEqual(found(parsed({ ...USERS, model })), [`model-path: ${JSON.stringify(model)}`]);
    for (const model of ['x.sql', './models/x.sql', 'a..b/..c.sql', 'modèles/x y.sql'])
      assert.deepEqual(found(parsed({ ...USERS, model })), []);
  });

  it('says what does not belong there', () => {
    assert.deepEqual(found(parsed(USERS, [] as object)), ['invalid-value: []']);
    const codes = (text: string): string[] => parseSyncs(text).findings.map(({ code }) => code);
    assert.deepEqual(codes('[]'), ['invalid-value']);
    assert.deepEqual(codes('{"syncs": {}}'), ['invalid-value']);
    assert.deepEqual(codes('{"sync": []}'), ['unknown-property']);
  });

  it('is not led astray by names that JavaScript has for itself', () => {
    const text = `{"syncs": [{"id": "users", "destination": "prod", "sql": "SELECT 1", "__proto__": {"mode": "mirror"}, "constructor": 1}]}`;
    const { syncs, findings } = parseSyncs(text);
    assert.equal(syncs[0]?.mode, 'insert');
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['unknown-property', 'unknown-property'],
    );
  });

  it('stays quick with 10,000 syncs, and leaves out the rest', () => {
    const many = Array.from({ length: 10_001 }, (_, i) => ({ ...USERS, id: `sync-${i}`, mode: 'mirror', gzip: true }));
    const text = JSON.stringify({ syncs: many });
    const began = performance.now();
    const { syncs, findings } = parseSyncs(text);
    assert.ok(performance.now() - began < 3000);
    assert.equal(syncs.length, 10_000);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['too-many'],
    );
  });

  it('refuses what is too large or nested without end', () => {
    assert.equal(parseSyncs(' '.repeat(9 << 20)).findings[0]?.code, 'too-large');
    assert.equal(parseSyncs('['.repeat(4 << 20)).findings[0]?.code, 'syntax');
    assert.equal(parseSyncs('{"syncs":['.repeat(500_000)).findings[0]?.code, 'syntax');
    for (const name of ['csv', 'inputs', 'schedule', 'primaryKey', 'id', 'odd']) {
      for (const [open = '', close = ''] of [
        ['[', ']'],
        ['{"a":', '}'],
      ]) {
        for (const depth of [200, 2000, 4000, 6000, 9000]) {
          const text = `{"syncs":[{"id":"a","${name}":${open.repeat(depth)}1${close.repeat(depth)}}]}`;
          assert.equal(parseSyncs(text).findings[0]?.message, 'Values are nested too deeply.', `${name} ${depth}`);
        }
      }
    }
  });

  it('refuses what stands twice: readers might take either', () => {
    const text = JSON.stringify({ syncs: [USERS] });
    const twice = text.replace('"id"', '"destination": "other", "id"');
    const { findings } = parseSyncs(twice);
    assert.deepEqual(
      findings.map(({ code, severity, message }) => [code, severity, message]),
      [['duplicate-property', 'error', '“destination” stands here twice.']],
    );
    const lists = parseSyncs(text.replace('{', '{"syncs": [], '));
    assert.deepEqual([lists.syncs.length, lists.findings[0]?.code], [0, 'duplicate-property']);
  });

  it('finds out quickly which of 10,000 schedules are none, and looks at no more of them than a person would', () => {
    const parts = (i: number): string => `${i % 60} ${Math.floor(i / 60) % 24}`;
    const of = (cron: (i: number) => string): string =>
      JSON.stringify({
        syncs: Array.from({ length: 10_000 }, (_, i) => ({ ...USERS, id: `s${i}`, schedule: cron(i) })),
      });
    const quickly = (text: string): ReturnType<typeof parseSyncs> => {
      const before = process.cpuUsage();
      const all = parseSyncs(text);
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system < 3e6, `${user + system} µs`);
      return all;
    };
    for (const day of ['30 2 *', '31 4,6,9,11 *', '1 * +1#5', '31W 2 *']) {
      const { findings } = quickly(of((i) => `${parts(i)} ${day}`));
      assert.equal(findings.length, 10_000);
      assert.match(findings[0]?.message ?? '', /There is no such time/);
      assert.match(findings.at(-1)?.message ?? '', /not looked at: 100 others/);
    }
    assert.deepEqual(quickly(of((i) => `${parts(i)} ${1 + (i % 28)} * *`)).findings, []);
  });
});

describe('findSync', () => {
  const problem = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'invalid-argument') return error.message;
      throw error;
    }
    return assert.fail('It should have failed.');
  };

  it('gives a sync that can run', () => {
    assert.equal(findSync(parsed(USERS, { ...USERS, id: 'b' }), 'b', 'f').index, 1);
    assert.equal(findSync(parsed(USERS, { ...USERS, id: 'b', mode: 'x' }), 'users', 'f').index, 0);
  });

  it('says why there is none', () => {
    assert.match(
      problem(() => findSync(parsed(USERS), 'other', 's.json')),
      /no sync other in s\.json/,
    );
    assert.match(
      problem(() => findSync(parsed(USERS, USERS), 'users', 's.json')),
      /2 syncs users/,
    );
    assert.match(
      problem(() => findSync(parseSyncs('{'), 'users', 's.json')),
      /s\.json cannot be used\. The file is no JSON/,
    );
    assert.match(
      problem(() => findSync(parsed({ ...USERS, mode: 'x' }), 'users', 's')),
      /users cannot run\. “mode” must be/,
    );
    assert.match(
      problem(() => findSync(parsed({ ...USERS, model: '/x' }), 'users', 's')),
      /from the workspace folder/,
    );
  });
});
