import assert from 'node:assert/strict';
import { previewTable } from '../../../../src/core/sync/previewTable.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../../src/core/sync/textOptions.ts';

const COLUMNS = [
  { name: 'id', type: 'BIGINT' },
  { name: 'tags', type: 'VARCHAR[]' },
];
const KNOWN = [
  { name: 'id', kind: 'number', type: 'BIGINT' },
  { name: 'tags', kind: 'nested', type: 'VARCHAR[]' },
];

describe('the table of a preview', () => {
  const csv = { format: 'csv', text: DEFAULT_TEXT_OPTIONS } as const;
  const jsonl = { format: 'jsonl', text: DEFAULT_TEXT_OPTIONS } as const;
  const withCsv = (options: object) => ({
    ...csv,
    text: { ...DEFAULT_TEXT_OPTIONS, csv: { ...DEFAULT_TEXT_OPTIONS.csv, ...options } },
  });

  it('has the types of the query, and values as they are written', async () => {
    const text = 'id,tags\n9007199254740993,"[""a""]"\n,""\n';
    const table = await previewTable({ text, whole: true }, csv, COLUMNS);
    assert.deepEqual(table, {
      columns: KNOWN,
      rows: [
        ['9007199254740993', '["a"]'],
        [null, ''],
      ],
    });
  });

  it('leaves out a record that is cut', async () => {
    for (const cut of ['id,tags\n1,a\n2,"b', 'id,tags\n1,a\n2,b']) {
      assert.deepEqual((await previewTable({ text: cut, whole: false }, csv, COLUMNS)).rows, [['1', 'a']]);
    }
    const lines = '{"id":1,"tags":["a"]}\n{"id":2,"ta';
    assert.deepEqual((await previewTable({ text: lines, whole: false }, jsonl, COLUMNS)).rows, [['1', '["a"]']]);
  });

  it('follows the options of the run', async () => {
    const cases: [object, string][] = [
      [{ header: false }, '1,a\n'],
      [{ delimiter: ';', crlf: true }, 'id;tags\r\n1;a\r\n'],
      [{ nullText: 'NULL', bom: true }, '\uFEFFid,tags\n1,a\nNULL,"NULL"\n'],
    ];
    for (const [options, text] of cases) {
      const table = await previewTable({ text, whole: true }, withCsv(options), COLUMNS);
      assert.deepEqual([table.columns, table.rows[0]], [KNOWN, ['1', 'a']], text);
      if (text.includes('NULL')) assert.deepEqual(table.rows[1], [null, 'NULL']);
    }
  });

  it('has columns without rows', async () => {
    for (const [text, how] of [
      ['id,tags\n', csv],
      ['', withCsv({ header: false })],
      ['', jsonl],
    ] as const) {
      assert.deepEqual(await previewTable({ text, whole: true }, how, COLUMNS), { columns: KNOWN, rows: [] });
    }
  });

  it('has what can be known where types are not', async () => {
    const text = 'id,name\n1,a\n2,b\n';
    const { columns, rows } = await previewTable({ text, whole: true }, csv, undefined);
    assert.deepEqual(columns, [
      { name: 'id', kind: 'number' },
      { name: 'name', kind: 'text' },
    ]);
    assert.equal(rows.length, 2);
  });

  it('has a thousand rows at most', async () => {
    const text = `id,tags\n${'1,a\n'.repeat(3000)}`;
    assert.equal((await previewTable({ text, whole: true }, csv, COLUMNS)).rows.length, 1000);
  });
});
