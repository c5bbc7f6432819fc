import assert from 'node:assert/strict';
import { rowsText } from '../../../../src/core/table/rowsText.ts';
import { type Cell, kindOfType, rowsAtHand, type TableColumn } from '../../../../src/core/table/tableSource.ts';
import { copiedText, findCells } from '../../../../src/core/table/tableText.ts';

const COLUMNS: TableColumn[] = ['a', 'b'].map((name) => ({ name, kind: 'text' }));

describe('the text of a table', () => {
  it('is found whatever its case, in reading order, and no more of it than can be stepped through', async () => {
    const rows: Cell[][] = [
      ['Éa', null],
      ['', 'xéax'],
      [false, 'b'],
    ];
    assert.deepEqual(await findCells(rowsAtHand(COLUMNS, rows), 'ÉA'), {
      places: [
        { row: 0, column: 0 },
        { row: 1, column: 1 },
      ],
      capped: false,
    });
    const many = rowsAtHand(
      COLUMNS,
      Array.from({ length: 1200 }, (): Cell[] => ['x']),
    );
    const { places, capped } = await findCells(many, 'x');
    assert.deepEqual([places.length, capped, places.at(-1)], [1000, true, { row: 999, column: 0 }]);
    assert.deepEqual(await findCells(many, ''), { places: [], capped: false });
  });

  it('is copied as a cell, as a row with tabs, and as a column with lines', async () => {
    const rows: Cell[][] = [
      ['a\tb', 'say "x"'],
      [null, '2\n3'],
      ['', false],
    ];
    const source = rowsAtHand(COLUMNS, rows);
    const copied = (what: 'cell' | 'row' | 'column', row: number, column: number): Promise<string | undefined> =>
      copiedText(source, what, { row, column });
    assert.equal(await copied('cell', 0, 1), 'say "x"');
    assert.equal(await copied('cell', 1, 0), '');
    assert.equal(await copied('row', 0, 0), '"a\tb"\t"say ""x"""');
    assert.equal(await copied('column', 0, 1), '"say ""x"""\n"2\n3"\n');
  });

  it('says how many rows there are, where that is known', () => {
    const state = { columns: COLUMNS, messages: [], more: true };
    assert.equal(rowsText({ ...state, rows: 1000, total: 1_234_567 }), 'First 1,000 of 1,234,567 rows');
    assert.equal(rowsText({ ...state, rows: 1000, note: '1 MB of 2 GB read' }), 'First 1,000 rows · 1 MB of 2 GB read');
    assert.equal(rowsText({ ...state, rows: 1, more: false }), '1 row');
    assert.equal(rowsText({ ...state, rows: 7, more: false, partial: true }), 'First 7 rows');
    assert.equal(rowsText({ ...state, rows: 0, more: false }), '0 rows');
    assert.equal(rowsText({ ...state, rows: 7, total: 7 }), '7 rows');
  });

  it('has columns by the names of their types', () => {
    const kinds = [
      'BIGINT',
      'DECIMAL(18,3)',
      'HUGEINT',
      'VARCHAR',
      'BOOLEAN',
      'TIMESTAMP WITH TIME ZONE',
      'INTERVAL',
    ].map(kindOfType);
    assert.deepEqual(kinds, ['number', 'number', 'number', 'text', 'boolean', 'time', 'time']);
    const more = ['INTEGER[]', 'STRUCT(a INTEGER)', 'MAP(VARCHAR, INTEGER)', 'JSON', 'BLOB', 'UUID', "ENUM('a')"].map(
      kindOfType,
    );
    assert.deepEqual(more, ['nested', 'nested', 'nested', 'nested', 'binary', 'text', 'text']);
  });
});
