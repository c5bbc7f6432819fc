import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { FileOptions } from '../../../src/exporter/protocol.ts';
import { type ExportedFile, Workspace } from './exporting.ts';
import { filesOfRows } from './rowExport.ts';
import { KINDS, queryOf, tables } from './rowTables.ts';

const csv = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', '-', '.', 'é', '😀', 'a', '1', ' '),
    nullText: fc.constantFrom('', 'NULL', '\\N', 'true', '0', '(x)*', 'a.b'),
    quoteAll: fc.boolean(),
    crlf: fc.boolean(),
    bom: fc.boolean(),
    header: fc.boolean(),
    escapeFormulas: fc.boolean(),
  })
  .filter(({ delimiter, nullText }) => !nullText.includes(delimiter));
const split = fc.record(
  { maxFileRows: fc.integer({ min: 1, max: 30 }), gzipLevel: fc.constantFrom(1, 4) },
  { requiredKeys: [] },
);
const names = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }), {
  minLength: KINDS.length,
  maxLength: KINDS.length,
});

function plain(files: readonly ExportedFile[], { gzipLevel }: Partial<FileOptions>): string[] {
  return files.map(({ bytes }) => (gzipLevel === undefined ? bytes : gunzipSync(bytes)).toString('latin1'));
}

describe('rows and queries', function () {
  this.timeout(120_000);
  const workspace = new Workspace();
  afterEach(() => assert.deepEqual(workspace.scratch(), []));
  after(() => workspace.remove());

  const formats: [string, fc.Arbitrary<Partial<FileOptions>>][] = [
    ['CSV', fc.tuple(csv, split).map(([options, files]) => ({ format: 'csv', csv: options, ...files }))],
    [
      'JSONL',
      fc
        .tuple(fc.boolean(), split)
        .map(([bigNumbersAsStrings, files]) => ({ format: 'jsonl', jsonl: { bigNumbersAsStrings }, ...files })),
    ],
  ];
  for (const [title, options] of formats) {
    it(`give the same bytes for the same values, in ${title}`, () =>
      fc.assert(
        fc.asyncProperty(tables(), names, options, async (rows, columnNames, files) => {
          const columns = KINDS.map(({ type }, i) => ({
            name: columnNames[i]!,
            ...(type === undefined ? {} : { type }),
          }));
          const passed = rows.map((row) => row.map(({ js }) => js));
          const ofRows = await filesOfRows(workspace, columns, { rows: passed }, files);
          const ofQuery = await workspace.run({ sql: queryOf(rows, columnNames), ...files });
          assert.deepEqual(plain(ofRows, files), plain(ofQuery.files, files));
          assert.deepEqual(
            ofRows.map(({ stats }) => stats.rows),
            ofQuery.files.map(({ stats }) => stats.rows),
          );
        }),
        { numRuns: 6, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
      ));
  }
});
