import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RowColumn } from '../../../src/core/rows/rowColumns.ts';
import type { FileOptions } from '../../../src/exporter/protocol.ts';
import { Workspace } from './exporting.ts';
import { textOfRows } from './rowExport.ts';

const GOLDEN = path.join(import.meta.dirname, '../../fixtures/golden');

/** A golden file: how it is written, and its rows, by query and as a caller passes them. */
interface Golden {
  options: Partial<FileOptions>;
  sql: string;
  columns: RowColumn[];
  rows: unknown[][];
}

/** The golden files say what is written; to change it, change them by hand. */
describe('golden files', () => {
  const workspace = new Workspace();
  after(() => workspace.remove());

  for (const name of ['orders.csv', 'orders.jsonl']) {
    const { options, sql, columns, rows } = JSON.parse(
      readFileSync(path.join(GOLDEN, `${name}.json`), 'utf8'),
    ) as Golden;
    const expected = readFileSync(path.join(GOLDEN, name)).toString('latin1');

    it(`${name} is what a query writes`, async () => {
      const { files } = await workspace.run({ sql, ...options });
      assert.equal(Buffer.concat(files.map(({ bytes }) => bytes)).toString('latin1'), expected);
    });

    it(`${name} is what rows are written as`, async () => {
      const text = await textOfRows(workspace, columns, { rows }, options);
      assert.equal(Buffer.from(text).toString('latin1'), expected);
    });
  }
});
