import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { ColumnType, RowColumn } from '../../../src/core/rows/rowColumns.ts';
import type { FileOptions } from '../../../src/exporter/protocol.ts';
import { Workspace } from './exporting.ts';
import { filesOfRows } from './rowExport.ts';

/** Reads a gzipped file by nothing but Python's own modules, and prints its rows with every value as text, or null. */
const PYTHON = `
import csv, gzip, json, sys
file, kind = sys.argv[1:]
with gzip.open(file, 'rt', encoding='utf-8', newline='') as lines:
    if kind == 'csv':
        rows = list(csv.reader(lines, strict=True))
    else:
        pairs = [json.loads(line, object_pairs_hook=list, parse_int=str, parse_float=str) for line in lines.read().split('\\n')[:-1]]
        rows = [[key for key, _ in row] for row in pairs[:1]] + [[value for _, value in row] for row in pairs]
sys.stdout.write(json.dumps(rows))`;

/** Columns whose values are passed as the very text that a reader is to find; the engine reads them as the type given. */
const COLUMNS: (RowColumn & { type: ColumnType; sqlType: string })[] = [
  { name: 'integer', type: 'integer', sqlType: 'hugeint' },
  { name: 'decimal, exact', type: 'decimal', sqlType: 'decimal(38,4)' },
  { name: 'double', type: 'double', sqlType: 'double' },
  { name: 'date', type: 'date', sqlType: 'date' },
  { name: 'time', type: 'time', sqlType: 'time' },
  { name: 'timestamp', type: 'timestamp', sqlType: 'timestamp' },
  { name: 'zone', type: 'timestamptz', sqlType: 'timestamptz' },
  { name: 'say "text"', type: 'text', sqlType: 'varchar' },
];

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  // Python's reader has no text with a zero byte.
  fc.string({
    unit: fc.constantFrom('"', ',', '\n', '\r', '\t', '\\', "'", ' ', 'é', '😀', '\x1f', 'a'),
    maxLength: 9,
  }),
  fc.constantFrom('', 'NULL', 'null', '\\N'),
);
const digits = (n: number, width: number): string => String(n).padStart(width, '0');
const date = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((day) => day.toISOString().slice(0, 10));
const time = fc
  .tuple(
    fc.nat(23),
    fc.nat(59),
    fc.nat(59),
    fc.oneof(
      fc.constant(''),
      fc.integer({ min: 1, max: 9 }).map((n) => `.00${n}`),
    ),
  )
  .map(([h, m, s, fraction]) => `${digits(h, 2)}:${digits(m, 2)}:${digits(s, 2)}${fraction}`);
const moment = fc.tuple(date, time).map((both) => both.join('T'));
const row = fc.tuple(
  ...[
    fc.bigInt({ min: -(2n ** 126n), max: 2n ** 126n }).map(String),
    fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 33n }), fc.nat(9999)).map(([n, d]) => `${n}.${digits(d, 4)}`),
    fc.integer().map((n) => String(n / 1024 + 0.5 ** 12)),
    date,
    time,
    moment,
    moment.map((at) => `${at}Z`),
    text,
  ].map((value) => fc.oneof({ arbitrary: value, weight: 6 }, { arbitrary: fc.constant(null), weight: 1 })),
);
const tables = fc.array(row, { minLength: 1, maxLength: 60 });

describe('files of rows', function () {
  this.timeout(60_000);
  const workspace = new Workspace();
  after(() => workspace.remove());

  const columns = COLUMNS.map(({ name, type }) => ({ name, type }));
  const names = COLUMNS.map(({ name }) => name);

  for (const format of ['csv', 'jsonl'] as const) {
    const file = path.join(workspace.folder, `rows.${format}.gz`);
    const write = async (rows: (string | null)[][], how: Partial<FileOptions> = {}): Promise<void> => {
      const options = { format, gzipLevel: 4, ...how };
      const [{ bytes } = assert.fail()] = await filesOfRows(workspace, columns, { rows }, options);
      writeFileSync(file, bytes);
    };

    it(`are read back by Python, in ${format}`, function () {
      if (spawnSync('python3', ['-c', '']).status !== 0) this.skip();
      const property = fc.asyncProperty(tables, async (rows) => {
        await write(rows);
        const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON, file, format], { maxBuffer: 1 << 26 });
        assert.equal(stderr.toString(), '');
        // Its reader of CSV gives '' for NULL.
        const nothing = format === 'csv' ? '' : null;
        const expected = [names, ...rows.map((values) => values.map((value) => value ?? nothing))];
        assert.deepEqual(JSON.parse(stdout.toString()), expected);
      });
      return fc.assert(property, { numRuns: 4, endOnFailure: true });
    });

    it(`are read back by DuckDB, with their types, in ${format}`, () => {
      const types = `{${COLUMNS.map(({ name, sqlType }) => `'${name}': '${sqlType}'`).join(', ')}}`;
      const reader =
        format === 'csv'
          ? `read_csv('${file}', columns = ${types}, delim = ',', quote = '"', escape = '"', header = true, ` +
            `nullstr = '', allow_quoted_nulls = false, auto_detect = false, strict_mode = true, new_line = '\\n')`
          : `read_json('${file}', columns = ${types}, format = 'newline_delimited')`;
      const property = fc.asyncProperty(tables, async (rows) => {
        // It reads long numbers of JSON as doubles: what the option is for.
        await write(rows, { jsonl: { bigNumbersAsStrings: true } });
        const [again] = (await workspace.run({ sql: `from ${reader}`, format })).files;
        const [first] = await filesOfRows(workspace, columns, { rows }, { format });
        assert.equal(again?.bytes.toString(), first?.bytes.toString());
      });
      return fc.assert(property, { numRuns: 3, endOnFailure: true });
    });
  }
});
