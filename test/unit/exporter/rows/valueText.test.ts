import assert from 'node:assert/strict';
import type { ColumnType } from '../../../../src/core/rows/rowColumns.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../../src/core/sync/textOptions.ts';
import { RowLines } from '../../../../src/exporter/rows/rowLines.ts';

/** A value and its text in JSONL. */
type Taken = [value: unknown, json: string];

const day = (iso: string): Date => new Date(iso);

const taken: Partial<Record<ColumnType | 'any', Taken[]>> = {
  any: [
    ['', '""'],
    [1, '1'],
    [-0, '-0.0'],
    [0.1, '0.1'],
    [2 ** 53, '9007199254740992.0'],
    [1e16, '1e+16'],
    [Number.NaN, '"NaN"'],
    [-Infinity, '"-Infinity"'],
    [2n ** 64n, '18446744073709551616'],
    [true, 'true'],
    [day('2026-11-22T21:03:01.500Z'), '"2026-11-22T21:03:01.5Z"'],
    [Uint8Array.of(0xaa, 0, 0xff), '"qgD/"'],
    [[1, null, undefined, [0.5, 'a"b']], '[1,null,null,[0.5,"a\\"b"]]'],
    [
      { a: 1n, b: undefined, c: null, 'd"': day('2026-11-22T00:00:00Z') },
      '{"a":1,"c":null,"d\\"":"2026-11-22T00:00:00Z"}',
    ],
    [undefined, 'null'],
    [null, 'null'],
  ],
  integer: [
    ['-007', '-7'],
    ['+0', '0'],
    ['-0', '0'],
    [-0, '0'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['9'.repeat(60), '9'.repeat(60)],
  ],
  decimal: [
    ['1.10', '1.10'],
    ['+.50', '0.50'],
    ['-.05', '-0.05'],
    ['-00.00', '0.00'],
    ['007', '7'],
    [1e-7, '0.0000001'],
    [-123.456, '-123.456'],
    [12n, '12'],
    [`0.${'1234567890'.repeat(9)}`, `0.${'1234567890'.repeat(9)}`],
  ],
  double: [
    [1, '1.0'],
    ['1', '1.0'],
    ['1E5', '100000.0'],
    ['-0', '-0.0'],
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [1e15, '1000000000000000.0'],
    [2 ** 81, '2.4178516392292583e+24'],
    ['nan', '"NaN"'],
    ['-inf', '"-Infinity"'],
    [4n, '4.0'],
  ],
  boolean: [
    [false, 'false'],
    ['true', 'true'],
  ],
  date: [
    ['2026-11-22', '"2026-11-22"'],
    ['+012026-01-02', '"12026-01-02"'],
    ['-000043-03-15', '"-0043-03-15"'],
    ['infinity', '"infinity"'],
    [day('2024-02-29T00:00:00Z'), '"2024-02-29"'],
  ],
  time: [
    ['21:03', '"21:03:00"'],
    ['21:03:01.500000000', '"21:03:01.5"'],
    ['24:00:00', '"24:00:00"'],
  ],
  timestamp: [
    ['2026-11-22', '"2026-11-22T00:00:00"'],
    ['2026-11-22 21:03', '"2026-11-22T21:03:00"'],
    ['2026-11-22T21:03:01.123456789', '"2026-11-22T21:03:01.123456789"'],
    [day('2026-11-22T21:03:01.010Z'), '"2026-11-22T21:03:01.01"'],
  ],
  timestamptz: [
    ['2026-11-22T21:03:01Z', '"2026-11-22T21:03:01Z"'],
    ['2026-11-22 21:03:01.123456789+02', '"2026-11-22T19:03:01.123456789Z"'],
    ['2026-01-01T01:00:00 -0530', '"2026-01-01T06:30:00Z"'],
    ['0000-01-01T00:00:00+01:00', '"-0001-12-31T23:00:00Z"'],
  ],
  blob: [
    [new Uint8Array(), '""'],
    ['qgD/', '"qgD/"'],
  ],
  json: [
    ['{"a": 1.10}', '{"a": 1.10}'],
    ['[1,\r\n2]', '[1,  2]'],
    ['"text"', '"text"'],
    [{ a: [true] }, '{"a":[true]}'],
    [5, '5'],
  ],
};

const refused: [type: ColumnType | 'any', value: unknown, why: RegExp][] = [
  ['any', '\ud800', /stands alone/],
  ['any', { a: ['\udc00x'] }, /stands alone/],
  ['any', new Date(Number.NaN), /An invalid Date/],
  ['text', 5, /The number 5 is not text/],
  ['text', ['a'], /An array is not text/],
  ['integer', 2 ** 53, /may have lost digits.*bigint or text/],
  ['integer', 1.5, /1\.5 is not an integer/],
  ['integer', '1.0', /“1\.0” is not an integer/],
  ['integer', ' 1', /“ 1” is not an integer/],
  ['integer', '', /“” is not an integer/],
  ['integer', true, /The boolean true is not an integer/],
  ['decimal', '1e5', /not a decimal/],
  ['decimal', '1.', /not a decimal/],
  ['decimal', Number.NaN, /not a decimal/],
  ['decimal', 2 ** 60, /may have lost digits/],
  ['double', '1e999', /too large/],
  ['double', 2n ** 60n + 1n, /more digits/],
  ['double', 'five', /“five” is not a number/],
  ['boolean', 1, /not true or false/],
  ['boolean', 'yes', /not true or false/],
  ['date', '2026-02-29', /not a date/],
  ['date', '2026-13-01', /not a date/],
  ['date', '2026-11-22T00:00:00Z', /not a date/],
  ['date', day('2026-11-22T23:00:00Z'), /midnight in UTC/],
  ['time', '25:00:00', /not a time/],
  ['time', '24:00:01', /not a time/],
  ['time', '21:03:01.1234567891', /not a time/],
  ['timestamp', '2026-11-22T21:03:01Z', /without a time zone/],
  ['timestamp', '22.11.2026', /without a time zone/],
  ['timestamptz', '2026-11-22T21:03:01', /with a time zone/],
  ['timestamptz', '2026-11-22T21:03:01+25:00', /with a time zone/],
  ['timestamptz', 1764547200000, /with a time zone/],
  ['blob', 'no base64', /Uint8Array or base64/],
  ['blob', [1, 2], /Uint8Array or base64/],
  ['json', '{a: 1}', /not valid JSON/],
  ['json', 'text', /not valid JSON.*needs quotes/],
];

function jsonl(type: string, value: unknown): string {
  const column = { name: 'v', ...(type === 'any' ? {} : { type: type as ColumnType }) };
  return new RowLines([column], { ...DEFAULT_TEXT_OPTIONS, format: 'jsonl', maxFileBytes: 1 }).add([[value]]);
}

describe('values of rows', () => {
  for (const [type, cases] of Object.entries(taken)) {
    it(`are written: ${type}`, () => {
      for (const [value, json] of cases) assert.equal(jsonl(type, value), `{"v":${json}}\n`);
    });
  }

  it('are refused where they do not fit, with column and row', () => {
    for (const [type, value, why] of refused) {
      assert.throws(
        () => jsonl(type, value),
        (error: Error & { code?: string }) => {
          assert.match(error.message, why);
          assert.match(error.message, /^Row 1, column “v”.*Nothing was written\.$/s);
          return error.code === 'invalid-argument';
        },
        `${type}: ${String(value)}`,
      );
    }
  });
});
