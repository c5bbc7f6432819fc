import assert from 'node:assert/strict';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { appendFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { Workspace } from './exporting.ts';
import { exportNamed, write } from './exportingFiles.ts';

/** More than the engine looks at once. */
const LONG = 'x'.repeat(33_000_000);
const PACKED = gzipSync(Array.from({ length: 20_000 }, (_, i) => `{"a":${i},"b":${i * 7}}\n`).join(''));

/** A gzipped file whose last bytes are missing: all of them are complete records as far as they go. */
function cutOff(bytes = 1000): Buffer {
  return PACKED.subarray(0, -bytes);
}

/** A gzipped file of which the check sum says that it is not what was packed. */
function damaged(): Buffer {
  const bytes = Buffer.from(PACKED);
  bytes.writeUInt32LE(7, bytes.length - 8);
  return bytes;
}

describe('converting files', () => {
  const workspace = new Workspace();
  afterEach(() => assert.deepEqual(workspace.scratch(), []));
  after(() => workspace.remove());

  /** What a file becomes. */
  const converted = async (name: string, content: string | Buffer, format: 'csv' | 'jsonl'): Promise<string> => {
    write(workspace.folder, { [name]: content });
    const { files, summary } = await exportNamed(workspace, [name], { format });
    assert.equal(files.length, 1);
    assert.equal(files[0]!.stats.rows, summary.rows);
    return files[0]!.bytes.toString();
  };

  const csv = 'id,name,"said ""so"""\n007,Ann,\n1.50,"",#x\n2024-1-2,"two\nlines",NULL\n';
  const sources: [title: string, name: string, content: string | Buffer, csv: string, jsonl?: string][] = [
    ['text stays as it is', 'a.csv', csv, csv],
    ['gzipped', 'a.csv.gz', gzipSync(csv), csv],
    ['tabs', 'a.tsv', 'a,b\tc\n1;2\t3\n', '"a,b",c\n1;2,3\n'],
    ['semicolons', 'a.csv', 'a;b\n1,5;2\n', 'a,b\n"1,5",2\n'],
    [
      'CRLF, with line breaks of another kind in quotes',
      'a.csv',
      '"a\nb",c\r\n1,"x\r\ny"\r\n',
      '"a\nb",c\n1,"x\r\ny"\n',
    ],
    ['a byte order mark', 'a.csv', '\ufeff"id",x\n1,2\n', 'id,x\n1,2\n'],
    ['blank lines around the header', 'a.csv', '\r\n\r\na,b\r\n\r\n1,2\r\n', 'a,b\n1,2\n'],
    ['no line break at the end', 'a.csv', 'a,b\n1,2', 'a,b\n1,2\n'],
    ['a header only', 'a.csv', 'a,b\n', 'a,b\n', ''],
    ['nothing at all', 'a.csv', '', '', ''],
    ['nothing but a byte order mark and a line', 'a.csv', '\ufeff\r\n', ''],
    [
      'quotes within values, and spaces around others',
      'a.csv',
      'size 6", "b,c" \n5" pipe, "2" \n',
      '"size 6""","b,c"\n"5"" pipe",2\n',
    ],
    ['one column', 'a.csv', 'only\na\nb;c\n', 'only\na\nb;c\n', '{"only":"a"}\n{"only":"b;c"}\n'],
    ['columns of one name', 'a.csv', 'a,a,\n1,2,3\n', 'a,a,""\n1,2,3\n'],
    ['a name that the engine would take for a pattern', 'year=2024/a[1]*?.csv', 'a\n1\n', 'a\n1\n', '{"a":"1"}\n'],
    ['a quote in its path', "it's/a.csv", 'a\n1\n', 'a\n1\n'],
    [
      'JSON Lines with late keys',
      'a.jsonl',
      '{"a":1,"A":"x\\"y","b":null}\n{"a":123456789012345678901234567890,"c d":{"k":[1, 2]}}\n',
      'a,A,b,c d\n1,"x""y",,\n123456789012345678901234567890,,,"{""k"":[1,2]}"\n',
      '{"a":1,"A":"x\\"y","b":null}\n{"a":123456789012345678901234567890,"c d":{"k":[1, 2]}}\n',
    ],
    [
      'a JSON array over several lines',
      'a.json',
      '[\n {"a": 1.10,\n "b/~": [1,\n2]},\n {"": true}\n]\n',
      'a,b/~,""\n1.1,"[1,2]",\n,,true\n',
      '{"a": 1.10,  "b/~": [1, 2]}\n{"": true}\n',
    ],
    ['gzipped NDJSON', 'a.ndjson.gz', gzipSync('{"a":1}\n'), 'a\n1\n', '{"a":1}\n'],
    [
      'JSON of a kind that not every reader takes',
      'a.json',
      '[{"a":NaN,"b":[-Infinity,"NaN, \\"inf,]",]},{"c":inf}]',
      'a,b,c\nNaN,"[""-Infinity"",""NaN, \\""inf,]""]",\n,,Infinity\n',
      '{"a":"NaN","b":["-Infinity","NaN, \\"inf,]"]}\n{"c":"Infinity"}\n',
    ],
    ['JSON without records', 'a.json', '[]', '', ''],
    ['dates in JSON', 'a.json', '{"t":"2024-01-01T00:00:00Z"}', 't\n2024-01-01T00:00:00Z\n'],
  ];
  for (const [title, name, content, expected, lines] of sources) {
    it(`gives what is there: ${title}`, async () => {
      assert.equal(await converted(name, content, 'csv'), expected);
      if (lines !== undefined) assert.equal(await converted(name, content, 'jsonl'), lines);
    });
  }

  it('gives what is there: Parquet, with its types', async () => {
    const file = path.join(workspace.folder, 'p.parquet');
    const columns = `9007199254740993::bigint AS i, 1.50::decimal(9,2) AS d, [1, NULL] AS l, 'é' AS t, NULL AS n`;
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(`COPY (SELECT ${columns}) TO '${file}' (FORMAT parquet)`);
    connection.closeSync();
    const { files, summary } = await exportNamed(workspace, ['p.parquet'], { format: 'csv', gzipLevel: 4 });
    assert.equal(files[0]!.name, 'p.csv.gz');
    assert.equal(gunzipSync(files[0]!.bytes).toString(), 'i,d,l,t,n\n9007199254740993,1.50,"[1,null]",é,\n');
    assert.deepEqual(summary.columns.map(({ type }) => type).slice(0, 2), ['BIGINT', 'DECIMAL(9,2)']);
    const jsonl = await exportNamed(workspace, ['p.parquet'], { format: 'jsonl' });
    assert.equal(jsonl.files[0]!.bytes.toString(), '{"i":9007199254740993,"d":1.50,"l":[1,null],"t":"é","n":null}\n');
  });

  it('names files after what they were, and tells those apart that would meet', async () => {
    write(workspace.folder, {
      'd/u.csv': 'a\n1\n',
      'd/u.json': '{"a":1}',
      'v.w.ndjson': '{"a":1}',
      'e.csv.gz': gzipSync('a\n'),
    });
    const names = ['d/u.csv', 'd/u.json', 'e.csv.gz', 'v.w.ndjson'];
    const { files, summary } = await exportNamed(workspace, names, { format: 'jsonl', gzipLevel: 1 });
    assert.deepEqual(
      files.map(({ name }) => name),
      ['d/u.csv.jsonl.gz', 'd/u.json.jsonl.gz', 'e.jsonl.gz', 'v.w.jsonl.gz'],
    );
    assert.deepEqual(summary, { rows: 3, columns: [] });
    assert.ok(files.every(({ contentType }) => contentType === undefined));
  });

  it('goes on in further files, whose names are numbered', async () => {
    write(workspace.folder, { 'd/u.csv': 'a\n1\n2\n3\n', 'd/v.csv': 'b\n1\n' });
    const { files } = await exportNamed(workspace, ['d/u.csv', 'd/v.csv'], { format: 'csv', maxFileRows: 2 });
    assert.deepEqual(
      files.map(({ name, bytes }) => [name, bytes.toString()]),
      [
        ['d/u.csv', 'a\n1\n2\n'],
        ['d/u-00001.csv', 'a\n3\n'],
        ['d/v.csv', 'b\n1\n'],
      ],
    );
  });

  it('converts one after the other without named pipes, too', async () => {
    write(workspace.folder, { 'd/u.csv': 'a\n1\n', 'd/v.csv': 'b\n1\n2\n' });
    const { files } = await exportNamed(workspace, ['d/u.csv', 'd/v.csv'], { format: 'csv' }, undefined, true);
    assert.deepEqual(
      files.map(({ bytes }) => bytes.toString()),
      ['a\n1\n', 'b\n1\n2\n'],
    );
  });

  it('goes through many rows, and ends at the last', async () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => `${i},"x\n${i}"`);
    assert.equal(await converted('many.csv', `i,t\n${rows.join('\n')}`, 'csv'), `i,t\n${rows.join('\n')}\n`);
  });

  const failures: [title: string, name: string, content: string | Buffer, message: RegExp][] = [
    ['of an unknown kind', 'a.txt', 'a\n', /“a\.txt” cannot be converted\. It is none of CSV/],
    ['packed in another way', 'a.csv.zip', Buffer.from('PK\x03\x04xxxx'), /“a\.csv\.zip” cannot be converted/],
    [
      'with too few values',
      'a.csv',
      'a,b\n1\n',
      /“a\.csv” cannot be converted\. .*Line: 2.*Expected Number of Columns: 2 Found: 1/,
    ],
    ['with too many values', 'a.csv', 'a,b\n1,2,3\n', /Expected Number of Columns: 2 Found: 3/],
    ['with an open quote', 'a.csv', 'a,b\n1,"x\n', /unterminated quote/],
    ['with mixed line ends', 'a.csv', 'a,b\n1,2\r\n3,4\n', /cannot be converted/],
    ['with mixed line ends, CRLF first', 'a.csv', 'a,b\r\n1,2\n3,4\r\n', /cannot be converted/],
    ['in Latin-1', 'a.csv', Buffer.from('a,b\n1,\xe9\n', 'latin1'), /not utf-8/],
    ['with half a record', 'a.jsonl', '{"a":1}\n{"a":', /Malformed JSON/],
    ['gzipped and cut off', 'a.csv.gz', cutOff(), /“a\.csv\.gz” cannot be converted\. .*unexpected end of file/],
    ['gzipped and cut off before its sum', 'a.jsonl.gz', cutOff(4), /unexpected end of file/],
    ['gzipped and damaged', 'a.csv.gz', damaged(), /incorrect data check/],
    [
      'with a quote in its header that is not closed',
      'a.csv',
      'a,"b\n1,2\n3,4\n',
      /header has a quote that is not closed/,
    ],
    ['with text after a quote in its header', 'a.csv', '"a"x,b\n1,2\n3,4\n', /header has text after a closing quote/],
    ['with a header in Latin-1', 'a.csv', Buffer.from('n\xe4me\n1\n', 'latin1'), /header is not UTF-8/],
    [
      'with a last line that the engine would leave out',
      'a.csv',
      `a,b\n1,2\n${LONG},3\n`,
      /last line has more than 2,000,000/,
    ],
    [
      'with such a line, gzipped',
      'a.csv.gz',
      gzipSync(`a,b\n1,2\n${LONG},3`, { level: 1 }),
      /last line has more than 2,000,000/,
    ],
    [
      'with a long line, in few words',
      'a.csv',
      `a\n${LONG.slice(-3_000_000)}\n1\n`,
      /^.{0,700}Maximum line size.{0,200}$/,
    ],
    ['JSON with a byte order mark', 'a.json', '\ufeff[{"a":1}]', /byte order mark/],
    ['with an endless header', 'a.csv', 'a'.repeat(2 << 20), /Its header does not end within its first MiB/],
    [
      'with an endless header, gzipped',
      'a.csv.gz',
      gzipSync('a'.repeat(40 << 20)),
      /does not end within its first MiB/,
    ],
    ['that is no Parquet', 'a.parquet', 'no Parquet at all', /magic bytes/],
  ];
  for (const [title, name, content, message] of failures) {
    it(`names the file that it cannot read: ${title}`, async () => {
      write(workspace.folder, { 'ok.csv': 'a\n', [name]: content });
      const run = exportNamed(workspace, ['ok.csv', name], { format: 'csv' });
      const error = await run.then(
        () => assert.fail('It was converted'),
        (reason: unknown) => reason as Error,
      );
      assert.match(error.message, message);
      assert.match(error.message, /^[^\n]*[.!?]$/);
      assert.equal((error as Error & { code: string }).code, 'query-failed');
    });
  }

  it('refuses what the other format cannot hold', async () => {
    await assert.rejects(converted('a.csv', 'a,b,a\n1,2,3\n', 'jsonl'), {
      code: 'duplicate-column',
      message: /“a\.csv” has “a”/,
    });
    for (const content of ['{"a":1}\n[1]\n', '{"a":1,"a":2}\n']) {
      const message = /record that is not an object, or that has a key twice/;
      await assert.rejects(converted('a.jsonl', content, 'csv'), { code: 'query-failed', message });
    }
  });

  it('fails when the file changes meanwhile', async () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => `${i},${'x'.repeat(50)}`);
    write(workspace.folder, { 'big.csv': `i,t\n${rows.join('\n')}\n` });
    const change = (): void => appendFileSync(path.join(workspace.folder, 'big.csv'), '1,2\n');
    const run = exportNamed(workspace, ['big.csv'], { format: 'csv' }, change);
    await assert.rejects(run, { code: 'query-failed', message: /“big\.csv” was changed while it was read/ });
  });
});
