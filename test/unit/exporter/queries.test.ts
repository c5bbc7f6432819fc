import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { QueryPosition } from '../../../src/core/problem.ts';
import { Workspace } from './exporting.ts';

const CRLF = 'select 1;\r\n-- é😀\r\nselect\r\n  missing\r\nfrom range(2);\r\n';

describe('queries', () => {
  const workspace = new Workspace();
  before(() => writeFileSync(path.join(workspace.folder, 'people.csv'), 'id,name\n1,Ann\n2,Bob\n'));
  afterEach(() => assert.deepEqual(workspace.scratch(), []));
  after(() => workspace.remove());

  const results: [title: string, sql: string, csv: string][] = [
    ['a file of the workspace', `select name from 'people.csv' where id = 2`, 'name\nBob\n'],
    ['a semicolon and comments at the end', 'select 1 as a ; -- end;\n/* ; */ ;', 'a\n1\n'],
    ['a comment without a line break at the end', 'select 1 as a -- end', 'a\n1\n'],
    ['statements before the query', 'create table t as select 7 as a; insert into t values (8);\nfrom t', 'a\n7\n8\n'],
    ['settings before the query', `set variable v = 5; select getvariable('v') as a`, 'a\n5\n'],
    ['FROM, WITH and VALUES', 'with a as (from (values (1), (2)) as v(x)) from a', 'x\n1\n2\n'],
    ['DESCRIBE', 'describe select 1 as a', 'column_name,column_type,null,key,default,extra\na,INTEGER,YES,,,\n'],
    ['a query in parentheses', '(select 1 as a)', 'a\n1\n'],
    ['an empty result, with its header', `select 1 as a, 'x' as "b,c" limit 0`, 'a,"b,c"\n'],
    [
      'names that need quotes',
      `select 1 as "a,b", 2 as "say ""hi""", 3 as "é", 4 as "two\nlines", 5 as " "`,
      '"a,b","say ""hi""",é,"two\nlines", \n1,2,3,4,5\n',
    ],
    ['names that are given twice', 'select 1 as a, 2 as a, 3 as "A"', 'a,a,A\n1,2,3\n'],
    ['names without AS', `select 1 + 1, 'x'`, `(1 + 1),'x'\n2,x\n`],
    ['names that the projection uses itself', 'select 1 as c1, 2 as c0, 3 as q', 'c1,c0,q\n1,2,3\n'],
    ['ORDER BY of text', `from (values ('b'), ('a'), (null)) as v(t) order by t desc nulls last`, 't\nb\na\n\n'],
    ['CRLF', 'select 1 as a,\r\n 2 as b\r\n;\r\n', 'a,b\n1,2\n'],
  ];
  for (const [title, sql, csv] of results) {
    it(`give rows: ${title}`, async () => assert.equal(await workspace.text(sql), csv));
  }

  it('keep their order over many rows', async () => {
    const count = 300_000;
    const sql = `select i from range(${count}) as r(i) order by i desc`;
    const rows = (await workspace.text(sql)).trimEnd().split('\n').slice(1).map(Number);
    assert.equal(rows.length, count);
    assert.ok(rows.every((row, i) => row === count - 1 - i));
  });

  it('are written as one file, whose statistics are right', async () => {
    const sql = `select i, repeat('é', 5) || E'\\n"' as t from range(200000) as r(i)`;
    const plain = await workspace.run({ sql });
    const packed = await workspace.run({ sql, gzipLevel: 1 });
    for (const { files, summary } of [plain, packed]) {
      const [{ bytes, stats } = assert.fail(), ...more] = files;
      assert.deepEqual(more, []);
      assert.equal(stats.rows, 200_000);
      assert.equal(stats.bytes, bytes.length);
      assert.equal(stats.sha256, createHash('sha256').update(bytes).digest('hex'));
      assert.deepEqual(summary, {
        rows: 200_000,
        columns: [
          { name: 'i', type: 'BIGINT' },
          { name: 't', type: 'VARCHAR' },
        ],
      });
    }
    const unpacked = gunzipSync(packed.files[0]!.bytes);
    assert.ok(unpacked.equals(plain.files[0]!.bytes));
    assert.equal(packed.files[0]!.stats.plainBytes, unpacked.length);
  });

  for (const gzipLevel of [undefined, 1]) {
    it(`give records larger than all that is read ahead, near the end of a file, gzip ${gzipLevel ?? 'off'}`, async () => {
      const sql = `select string_agg(md5(i::varchar), '' order by i) as t
        from (values (1, 90000), (2, 400000), (3, 1)) as v(k, n), range(400000) as r(i) where i < n group by k order by k`;
      const { files } = await workspace.run({ sql, maxFileBytes: 3_000_000, ...(gzipLevel && { gzipLevel }) });
      const texts = files.map(({ bytes }) => (gzipLevel === undefined ? bytes : gunzipSync(bytes)).toString());
      const hashes = Array.from({ length: 400_000 }, (_, i) => createHash('md5').update(String(i)).digest('hex'));
      const lines = [90_000, 400_000, 1].map((count) => `${hashes.slice(0, count).join('')}\n`);
      assert.equal(texts.map((text) => text.replace(/^t\n/, '')).join(''), lines.join(''));
    });
  }

  it('in JSONL have names once, and no line for no row', async () => {
    assert.equal(await workspace.text('select 1 as a limit 0', 'jsonl'), '');
    assert.equal(await workspace.text(`select 1 as "a ""b""\n'c'", 2 as A`, 'jsonl'), `{"a \\"b\\"\\n'c'":1,"A":2}\n`);
    await assert.rejects(workspace.text('select 1 as a, 2 as b, 3 as a, 4 as b, 5 as c', 'jsonl'), {
      code: 'duplicate-column',
      message: /“a”, “b” more than once/,
    });
  });

  it('tell how far they are', async () => {
    const seen: number[] = [];
    const job = { sql: `select i, md5(i::varchar) from range(400000) as r(i)` };
    const running = await workspace.start(job, { onProgress: ({ rows }) => seen.push(rows) });
    try {
      for await (const frame of running.frames) assert.ok(frame.kind !== 'data' || frame.bytes.length > 0);
      await running.summary;
      assert.equal(seen.at(-1), 400_000);
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => a - b),
      );
    } finally {
      await running.dispose();
    }
  });

  const failures: [title: string, sql: string, code: string, message: RegExp, position?: QueryPosition][] = [
    ['no text', '', 'query-failed', /no query/],
    ['white space', ' \r\n\t', 'query-failed', /no query/],
    ['comments only', '-- a\n/* b */;', 'query-failed', /no query/],
    ['a syntax error', 'select 1\nfrom\n where', 'query-failed', /syntax error/, { line: 3, column: 2 }],
    ['an unknown column', 'select 1,\n  missing', 'query-failed', /missing/, { line: 2, column: 3 }],
    ['non-ASCII before it', `select 'é日😀', missing`, 'query-failed', /missing/, { line: 1, column: 16 }],
    ['a name that is non-ASCII', `select "é" from range(1)`, 'query-failed', /é/, { line: 1, column: 8 }],
    ['in the second statement', `select 'ü;';\n  select missing`, 'query-failed', /missing/, { line: 2, column: 10 }],
    ['in the first of two', 'create table t as\nselect x;\nselect 1', 'query-failed', /x/, { line: 2, column: 8 }],
    ['CRLF', CRLF, 'query-failed', /missing/, { line: 4, column: 3 }],
    ['an unknown table', 'select *\nfrom nobody', 'query-failed', /nobody/, { line: 2, column: 6 }],
    ['a missing file', `select *\nfrom 'no-such.csv'`, 'source-missing', /no-such\.csv/],
    ['a missing Parquet file', `from read_parquet('no-such.parquet')`, 'source-missing', /no-such/],
    ['no rows to give', 'select 1;\n create table t(a int)', 'query-failed', /no rows/, { line: 2, column: 2 }],
    ['an unterminated string', `select 'abc`, 'query-failed', /unterminated/],
    ['a failure in mid-query', `select (2147483000 + i)::int from range(900) as r(i)`, 'query-failed', /range|INT32/],
    ['an error that the query raises', `select error('boom')`, 'query-failed', /boom/],
  ];
  for (const [title, sql, code, message, position] of failures) {
    it(`say what is wrong: ${title}`, async () => {
      const error = await workspace.run({ sql }).then(
        () => assert.fail('The query gave rows'),
        (reason: unknown) => reason as Error & { code: string; problem: { position?: QueryPosition } },
      );
      assert.match(error.message, message);
      assert.match(error.message, /^[^\n]*[.!?]$/);
      assert.equal(error.code, code);
      if (position !== undefined) assert.deepEqual(error.problem.position, position);
    });
  }
});
