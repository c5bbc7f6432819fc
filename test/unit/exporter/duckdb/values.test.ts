import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Workspace } from '../exporting.ts';

/** An expression, its field in CSV, and its value in JSONL; where that is not given, it is the same text. */
type Value = [sql: string, csv: string, jsonl?: string];

const values: Record<string, Value[]> = {
  'booleans and NULL': [
    ['true', 'true'],
    ['false', 'false'],
    ['null', '', 'null'],
    ['null::boolean', '', 'null'],
  ],
  'integers, to the last digit': [
    ['(-128)::tinyint', '-128'],
    ['(-32768)::smallint', '-32768'],
    ['(-2147483648)::integer', '-2147483648'],
    ['(-9223372036854775808)::bigint', '-9223372036854775808'],
    ['9223372036854775807', '9223372036854775807'],
    ['255::utinyint', '255'],
    ['65535::usmallint', '65535'],
    ['4294967295::uinteger', '4294967295'],
    ['18446744073709551615::ubigint', '18446744073709551615'],
    ['(-170141183460469231731687303715884105728)::hugeint', '-170141183460469231731687303715884105728'],
    ['170141183460469231731687303715884105727', '170141183460469231731687303715884105727'],
    ['340282366920938463463374607431768211455::uhugeint', '340282366920938463463374607431768211455'],
    [`'-${'1234567890'.repeat(9)}'::bignum`, `-${'1234567890'.repeat(9)}`],
    ['null::hugeint', '', 'null'],
  ],
  'decimals, with all their zeros': [
    ['0.10::decimal(4,2)', '0.10'],
    ['(-0.05)::decimal(2,2)', '-0.05'],
    ['0.5::decimal(38,38)', `0.5${'0'.repeat(37)}`],
    ['0::decimal(1,1)', '0.0'],
    ['7::decimal(3,0)', '7'],
    ['12345678901234567890123456789.123456789::decimal(38,9)', '12345678901234567890123456789.123456789'],
    ['null::decimal(2,2)', '', 'null'],
  ],
  'floats and doubles': [
    ['0.1::float', '0.1'],
    ['3.4028235e38::float', '3.4028235e+38'],
    ['1e-45::float', '1e-45'],
    [`'-0.0'::float`, '-0.0'],
    ['0.1::double + 0.2::double', '0.30000000000000004'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['5e-324', '5e-324'],
    [`'-0.0'::double`, '-0.0'],
    ['pow(2.0, 81)', '2.4178516392292583e+24'],
    ['-pow(2.0, 91)', '-2.4758800785707605e+27'],
    ['pow(2.0, 807)', '8.535058474086213e+242'],
    [`'nan'::float`, 'NaN', '"NaN"'],
    [`'inf'::double`, 'Infinity', '"Infinity"'],
    [`'-inf'::double`, '-Infinity', '"-Infinity"'],
    ['null::double', '', 'null'],
  ],
  text: [
    [`'plain'`, 'plain', '"plain"'],
    [`''`, '""'],
    ['null::varchar', '', 'null'],
    [`'a,b'`, '"a,b"'],
    [`'say "hi"'`, '"say ""hi"""', '"say \\"hi\\""'],
    [`E'two\\nlines'`, '"two\nlines"', '"two\\nlines"'],
    [`E'cr\\rx'`, '"cr\rx"', '"cr\\rx"'],
    [`E'tab\\tx'`, 'tab\tx', '"tab\\tx"'],
    [`' a b '`, ' a b ', '" a b "'],
    [`'é日本😀'`, 'é日本😀', '"é日本😀"'],
    [`E'back\\\\slash'`, 'back\\slash', '"back\\\\slash"'],
    [`chr(0) || 'x'`, '\0x', '"\\u0000x"'],
    ['chr(31) || chr(8)', '\u001f\b', '"\\u001F\\b"'],
    [`'null'`, 'null', '"null"'],
    [`'NULL'`, 'NULL', '"NULL"'],
  ],
  dates: [
    [`date '2026-11-22'`, '2026-11-22', '"2026-11-22"'],
    [`date '0001-01-01'`, '0001-01-01', '"0001-01-01"'],
    [`date '0001-12-31 (BC)'`, '0000-12-31', '"0000-12-31"'],
    [`date '0044-03-15 (BC)'`, '-0043-03-15', '"-0043-03-15"'],
    [`date '300000-02-03 (BC)'`, '-299999-02-03', '"-299999-02-03"'],
    [`'infinity'::date`, 'infinity', '"infinity"'],
    [`'-infinity'::date`, '-infinity', '"-infinity"'],
    ['null::date', '', 'null'],
  ],
  times: [
    [`time '21:03:01.5'`, '21:03:01.5', '"21:03:01.5"'],
    [`time '23:59:59.999999'`, '23:59:59.999999', '"23:59:59.999999"'],
    [`time '00:00:00'`, '00:00:00', '"00:00:00"'],
    [`'21:03:01.123456789'::time_ns`, '21:03:01.123456789', '"21:03:01.123456789"'],
    [`timetz '21:03:01.5+02'`, '19:03:01.5Z', '"19:03:01.5Z"'],
    [`timetz '01:00:00+02'`, '23:00:00Z', '"23:00:00Z"'],
    [`timetz '12:00:00-05:30'`, '17:30:00Z', '"17:30:00Z"'],
    ['null::timetz', '', 'null'],
  ],
  'timestamps of all precisions': [
    [`timestamp '2026-11-22 21:03:01.5'`, '2026-11-22T21:03:01.5', '"2026-11-22T21:03:01.5"'],
    [`timestamp '2026-11-22'`, '2026-11-22T00:00:00', '"2026-11-22T00:00:00"'],
    [`'2026-11-22 21:03:01'::timestamp_s`, '2026-11-22T21:03:01', '"2026-11-22T21:03:01"'],
    [`'2026-11-22 21:03:01.123'::timestamp_ms`, '2026-11-22T21:03:01.123', '"2026-11-22T21:03:01.123"'],
    [`'2026-11-22 21:03:01.123456'::timestamp`, '2026-11-22T21:03:01.123456', '"2026-11-22T21:03:01.123456"'],
    [
      `'2026-11-22 21:03:01.123456789'::timestamp_ns`,
      '2026-11-22T21:03:01.123456789',
      '"2026-11-22T21:03:01.123456789"',
    ],
    [`timestamp '0044-03-15 (BC) 12:00:00.25'`, '-0043-03-15T12:00:00.25', '"-0043-03-15T12:00:00.25"'],
    [`'0044-03-15 (BC) 12:00:00'::timestamp_s`, '-0043-03-15T12:00:00', '"-0043-03-15T12:00:00"'],
    [`'0044-03-15 (BC) 12:00:00.5'::timestamp_ms`, '-0043-03-15T12:00:00.5', '"-0043-03-15T12:00:00.5"'],
    [`'infinity'::timestamp`, 'infinity', '"infinity"'],
    [`'-infinity'::timestamp_s`, '-infinity', '"-infinity"'],
    [`'infinity'::timestamp_ms`, 'infinity', '"infinity"'],
    [`'infinity'::timestamp::timestamp_ns`, 'infinity', '"infinity"'],
    [`timestamptz '2026-11-22 21:03:01.5+02'`, '2026-11-22T19:03:01.5Z', '"2026-11-22T19:03:01.5Z"'],
    [`timestamptz '2026-11-22 21:03:01-05:30'`, '2026-11-23T02:33:01Z', '"2026-11-23T02:33:01Z"'],
    [`timestamptz '0044-03-15 (BC) 12:00:00+00'`, '-0043-03-15T12:00:00Z', '"-0043-03-15T12:00:00Z"'],
    [
      `timestamptz '294247-01-09 04:00:54.775806+00'`,
      '294247-01-09T04:00:54.775806Z',
      '"294247-01-09T04:00:54.775806Z"',
    ],
    [
      `timestamptz '294247-01-10 04:00:54.775806+00'`,
      '294247-01-10T04:00:54.775806Z',
      '"294247-01-10T04:00:54.775806Z"',
    ],
    [`'infinity'::timestamptz`, 'infinity', '"infinity"'],
    ['null::timestamptz', '', 'null'],
  ],
  'blobs, ids, enums, intervals, bits': [
    [`'\\xAA\\x00\\xFFabc'::blob`, 'qgD/YWJj', '"qgD/YWJj"'],
    [`''::blob`, '""'],
    ['null::blob', '', 'null'],
    [
      `'8F1D2B5E-0c8e-4f6f-9a35-0f2e7a1c9b11'::uuid`,
      '8f1d2b5e-0c8e-4f6f-9a35-0f2e7a1c9b11',
      '"8f1d2b5e-0c8e-4f6f-9a35-0f2e7a1c9b11"',
    ],
    [`'a,b'::enum('a,b', 'c')`, '"a,b"'],
    [
      `interval '1 year 2 months 3 days 04:05:06.7'`,
      '1 year 2 months 3 days 04:05:06.7',
      '"1 year 2 months 3 days 04:05:06.7"',
    ],
    [`'010110'::bit`, '010110', '"010110"'],
  ],
};

/** Values that are JSON in both formats. */
const nested: [sql: string, json: string][] = [
  ['[1, null, 3]', '[1,null,3]'],
  ['[]::int[]', '[]'],
  ['[[1], [], null]', '[[1],[],null]'],
  [`['a"b', null, '', E'x\\ny']`, '["a\\"b",null,"","x\\ny"]'],
  [`[timestamp '2026-11-22 21:03:01', null]`, '["2026-11-22T21:03:01",null]'],
  [`[0.1, 'nan'::double, '-inf'::double, null]::double[]`, '[0.1,"NaN","-Infinity",null]'],
  ['[0.10, -0.05]::decimal(2,2)[]', '[0.10,-0.05]'],
  ['[1, 2, 3]::int[3]', '[1,2,3]'],
  [`['\\xAA'::blob]`, '["qg=="]'],
  [`{'a': 1, 'b': 'x', 'c': null}`, '{"a":1,"b":"x","c":null}'],
  [`{'it''s "q"': 1}`, '{"it\'s \\"q\\"":1}'],
  [`row(1, 'x')`, '[1,"x"]'],
  [`{'n': {'d': date '0044-03-15 (BC)', 'l': [true]}}`, '{"n":{"d":"-0043-03-15","l":[true]}}'],
  [`[{'a': 1}, null, {'a': null}]`, '[{"a":1},null,{"a":null}]'],
  [`map {'k': 1, 'q"': null}`, '{"k":1,"q\\"":null}'],
  [`map {1: 'a', 2: 'b'}`, '{"1":"a","2":"b"}'],
  [`map {timestamp '2026-11-22 21:03:01': [1]}`, '{"2026-11-22T21:03:01":[1]}'],
  [`map {'a': map {'b': {'c': [1]}}}`, '{"a":{"b":{"c":[1]}}}'],
  ['map {}', '{}'],
  ['union_value(num := 2)::union(num int, str varchar)', '2'],
  [`union_value(str := 'x')::union(num int, str varchar)`, '"x"'],
  [`'{"a": 1.0, "b": [12345678901234567890]}'::json`, '{"a": 1.0, "b": [12345678901234567890]}'],
  [`['{"a": 1}'::json, 'null'::json]`, '[{"a": 1},null]'],
  [`'"x"'::json`, '"x"'],
  [`to_json({'nan': 'nan'::double, 'l': ['-inf'::float]})`, '{"nan":"NaN","l":["-Infinity"]}'],
  [`'{"inf": [INF, "a,]\\"", 1 , ],}'::json`, '{"inf": ["Infinity", "a,]\\"", 1  ]}'],
  [`'nan'::json`, '"NaN"'],
];
const quote = (json: string): string => (/[",\n\r]/.test(json) ? `"${json.replaceAll('"', '""')}"` : json);
values['nested values and JSON'] = [
  ...nested.map(([sql, json]): Value => [sql, quote(json), json]),
  ...['int[]', 'struct(a int)', 'map(int, int)', 'union(a int)', 'json', 'int[2]'].map((type): Value => [
    `null::${type}`,
    '',
    'null',
  ]),
  [`E'{\\n"a":\\n1}'::json`, '"{\n""a"":\n1}"', '{ "a": 1}'],
];

describe('values', () => {
  const workspace = new Workspace();
  after(() => workspace.remove());

  // One query for all, as starting an exporter takes much longer than a value.
  const all = Object.values(values).flat();
  const names = all.map((_, i) => `k${i}`);
  const sql = `select ${all.map(([expression], i) => `${expression} as k${i}`).join(',\n')}`;
  let fields: string[];
  let members: string[];

  before(async () => {
    const [header, row] = splitOnce(await workspace.text(sql), '\n');
    assert.equal(header, names.join(','));
    fields = [...row.matchAll(/("(?:[^"]|"")*"|[^",]*)[,\n]/g)].map(([, field = '']) => field);
    assert.equal(`${fields.join(',')}\n`, row);
    const line = await workspace.text(sql, 'jsonl');
    JSON.parse(line);
    members = line.slice('{"k0":'.length, -'}\n'.length).split(/,"k\d+":/);
    assert.equal(line, `{${members.map((member, i) => `"k${i}":${member}`).join(',')}}\n`);
  });

  for (const [title, cases] of Object.entries(values)) {
    const from = all.indexOf(cases[0]!);
    const to = from + cases.length;

    it(`in CSV: ${title}`, () =>
      assert.deepEqual(
        fields.slice(from, to),
        cases.map(([, csv]) => csv),
      ));

    it(`in JSONL: ${title}`, () => {
      assert.deepEqual(
        members.slice(from, to),
        cases.map(([, csv, jsonl = csv]) => jsonl),
      );
    });
  }

  it('big numbers are strings where that is wanted, also within others', async () => {
    const numbers = `1::bigint as i, {'n': [170141183460469231731687303715884105727, null], 'd': -0.50::decimal(2,2)} as s,
      map {'k': 2::ubigint} as m, union_value(b := '3'::bignum)::union(b bignum, i int) as u, [4, 1.5]::double[] as l,
      '{"a": 12345678901234567890}'::json as j`;
    const job = { sql: `select ${numbers}`, format: 'jsonl', jsonl: { bigNumbersAsStrings: true } } as const;
    const [file] = (await workspace.run(job)).files;
    const expected =
      '{"i":"1","s":{"n":["170141183460469231731687303715884105727",null],"d":"-0.50"},"m":{"k":"2"},"u":"3",' +
      '"l":[4.0,1.5],"j":{"a": 12345678901234567890}}\n';
    assert.equal(file?.bytes.toString(), expected);
  });

  it('doubles and floats read back to the same value', async () => {
    const doubles = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 300);
    const floats = fc.sample(fc.float({ noNaN: true, noDefaultInfinity: true }), 300);
    const list = doubles.map((double, i) => `('${double}'::double, '${floats[i]!}'::float)`).join(',');
    const rows = (await workspace.text(`from (values ${list}) as v(d, f)`)).trimEnd().split('\n').slice(1);
    for (const [i, row] of rows.entries()) {
      const [double, float] = row.split(',').map(Number);
      assert.ok(double === doubles[i], `${row}: ${doubles[i]!}`);
      assert.ok(Math.fround(float!) === floats[i], `${row}: ${floats[i]!}`);
    }
  });

  it('doubles and floats with a fraction are written with no more digits than it takes', async () => {
    const wide = (i: number): number => 10 ** (i % 12) * (1 + Math.random());
    const doubles = Array.from({ length: 500 }, (_, i) => wide(i));
    // Of halves, quarters and so on many lie just between two shorter texts.
    const floats = Array.from({ length: 2000 }, (_, i) => Math.fround(wide(i % 7)));
    const digits = (text: string): number => text.replace(/e.*|\./gi, '').replace(/^0+|0+$/g, '').length;
    const shortest = (float: number): number => {
      for (let precision = 1; ; precision++)
        if (Math.fround(Number(float.toPrecision(precision))) === float) return precision;
    };
    const [d, f] = [JSON.stringify(doubles), JSON.stringify(floats)];
    const text = await workspace.text(`select unnest('${d}'::double[]) as d, unnest('${f}'::double[]::float[]) as f`);
    const rows = text.trimEnd().split('\n').slice(1);
    for (const [i, row] of rows.entries()) {
      const [double = '', float = ''] = row.split(',');
      if (double !== '') assert.ok(digits(double) <= digits(String(doubles[i])), `${double}: ${doubles[i]!}`);
      assert.equal(Math.fround(Number(float)), floats[i]);
      if (floats[i]! % 1 !== 0) assert.ok(digits(float) <= shortest(floats[i]!), `${float}: ${floats[i]!}`);
    }
  });

  it('any text comes through, in both formats', async () => {
    const texts = fc.sample(fc.string({ unit: 'grapheme', maxLength: 30 }), 300);
    const odd = fc.sample(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '\\', 'a', "'", '{', ' ') }), 300);
    const content = [...texts, ...odd].map((text) => text.normalize());
    const query = `from (values ${content.map((text) => `('${text.replaceAll("'", "''")}')`).join(',')}) as v(t)`;
    const csv = await workspace.text(query);
    const cells = [...csv.slice('t\n'.length).matchAll(/("(?:[^"]|"")*"|[^"\n]*)\n/g)].map(([, field = '']) =>
      field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field,
    );
    assert.deepEqual(cells, content);
    const lines = (await workspace.text(query, 'jsonl')).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { t: string }).t),
      content,
    );
  });
});

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
