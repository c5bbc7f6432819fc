import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DuckDBInstance } from '@duckdb/node-api';
import type { MemberState } from '../../../../src/exporter/protocol.ts';
import { Workspace } from '../exporting.ts';
import { filesOfRows } from '../rowExport.ts';
import { type Cell, KINDS, queryOf, tables } from '../rowTables.ts';
import { runMembers } from './memberRuns.ts';

const names = KINDS.map((_, i) => `c${KINDS.length - i}`);
const columns = KINDS.map(({ type }, i) => ({ name: names[i]!, ...(type === undefined ? {} : { type }) }));
/** Kinds that make keys: text, an integer, a decimal number, a timestamp, JSON in CSV. */
const keys = fc.uniqueArray(fc.constantFrom(0, 1, 2, 4, 5, 8, 9, 10, KINDS.length - 1), { minLength: 1, maxLength: 3 });
const files = fc.record(
  {
    format: fc.constantFrom('csv', 'jsonl'),
    maxFileRows: fc.integer({ min: 1, max: 20 }),
    jsonl: fc.record({ bigNumbersAsStrings: fc.boolean() }),
    csv: fc.record({
      delimiter: fc.constantFrom(',', ';', 'é', '1'),
      nullText: fc.constantFrom('', 'NULL'),
      quoteAll: fc.boolean(),
      crlf: fc.boolean(),
      bom: fc.boolean(),
      header: fc.boolean(),
      escapeFormulas: fc.boolean(),
    }),
  },
  { requiredKeys: ['format', 'csv', 'jsonl'] },
) as fc.Arbitrary<{ format: 'csv' | 'jsonl'; maxFileRows?: number }>;

/** A value's identity, told by what a query would make of it. */
const identity = (cells: readonly Cell[]): string => JSON.stringify(cells.map(({ sql }) => sql));

/** Rows of a table whose keys are there, each once. */
function withKeys(rows: readonly Cell[][], key: readonly number[], texts: ReadonlyMap<string, string>): Cell[][] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const cells = key.map((i) => row[i]!);
    const text = texts.get(identity(cells))!;
    return cells.every(({ sql }) => sql !== 'null') && seen.size < seen.add(text).size;
  });
}

describe('members of random tables', function () {
  this.timeout(600_000);
  const workspace = new Workspace();
  afterEach(() => assert.deepEqual(workspace.scratch(), []));
  after(() => workspace.remove());

  /** The text that a file has for some cells of each row: by it a model tells what is the same. */
  async function textsOf(rows: readonly Cell[][], indexes: readonly number[]): Promise<string[]> {
    const part = rows.map((row) => indexes.map((i) => row[i]!));
    const kinds = indexes.map((i) => KINDS[i]!);
    const sql = queryOf(
      part,
      indexes.map((i) => names[i]!),
      kinds,
    );
    return (await workspace.text(sql, 'jsonl')).split('\n').slice(0, -1);
  }

  it('are those that a model in JavaScript gives, from queries and rows alike', () =>
    fc.assert(
      fc.asyncProperty(
        tables(KINDS, 25),
        tables(KINDS, 25),
        keys,
        fc.array(fc.tuple(fc.nat(30), fc.nat(KINDS.length - 1)), { maxLength: 12 }),
        fc.constantFrom('all', 'new', 'newAndChanged'),
        files,
        async (first, second, key, edits, write, options) => {
          const primaryKey = key.map((i) => names[i]!);
          // The second table keeps some rows of the first, of which some are edited.
          const kept = first.filter((_, i) => i % 3 !== 0).map((row) => [...row]);
          for (const [at, column] of edits) {
            const row = kept[at % Math.max(kept.length, 1)];
            const other = second[at % second.length];
            if (row !== undefined && other !== undefined) row[column] = other[column]!;
          }
          const all = [...first, ...second, ...kept];
          const keyTexts = await textsOf(all, key);
          const texts = new Map(all.map((row, i) => [identity(key.map((k) => row[k]!)), keyTexts[i]!]));
          const before = withKeys(first, key, texts);
          const now = withKeys(
            [...second, ...kept].toSorted((a, b) => (identity(a) < identity(b) ? -1 : 1)),
            key,
            texts,
          );
          if (before.length === 0 || now.length === 0) return;

          const keyOf = (row: Cell[]): string => texts.get(identity(key.map((i) => row[i]!)))!;
          const indexes = [...KINDS.keys()];
          const rowTexts = async (rows: Cell[][]) =>
            new Map((await textsOf(rows, indexes)).map((text, i) => [keyOf(rows[i]!), text]));
          const [earlier, current] = [await rowTexts(before), await rowTexts(now)];
          const isNew = (row: Cell[]): boolean => !earlier.has(keyOf(row));
          const differs = (row: Cell[]): boolean => !isNew(row) && earlier.get(keyOf(row)) !== current.get(keyOf(row));
          const expected = now.filter(
            (row) => write === 'all' || isNew(row) || (write === 'newAndChanged' && differs(row)),
          );
          const changes = {
            added: now.filter(isNew).length,
            changed: now.filter(differs).length,
            removed: before.filter((row) => !current.has(keyOf(row))).length,
          };

          const js = (rows: Cell[][]) => rows.map((row) => row.map((cell) => cell.js));
          const plain = await filesOfRows(workspace, columns, { rows: js(expected) }, options);
          const run = async (sourceOf: (rows: Cell[][]) => Parameters<typeof runMembers>[1]) => {
            const { state } = await runMembers(workspace, sourceOf(before), { primaryKey });
            return [
              state,
              await runMembers(workspace, sourceOf(now), { primaryKey, write, earlier: state }, options),
            ] as const;
          };
          const ofQuery = await run((rows) => ({ sql: queryOf(rows, names) }));
          const ofRows = await run((rows) => ({ columns, rows: js(rows) }));
          for (const [, { files: written, summary }] of [ofQuery, ofRows]) {
            assert.deepEqual(written, plain);
            assert.equal(summary.rows, expected.length);
            assert.equal(summary.members?.read, now.length);
            assert.deepEqual(summary.members.changes, write === 'all' ? undefined : changes);
          }
          assert.deepEqual(await rowsOf(ofRows[0]), await rowsOf(ofQuery[0]));
          assert.deepEqual(await rowsOf(ofRows[1].state), await rowsOf(ofQuery[1].state));
          assert.equal((await rowsOf(ofRows[1].state)).length, now.length);
        },
      ),
      { numRuns: 4, endOnFailure: true },
    ));
});

async function rowsOf({ file }: MemberState): Promise<unknown[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const rows = await connection.runAndReadAll(`SELECT key, hash::VARCHAR FROM read_parquet('${file}')`);
  connection.closeSync();
  return rows.getRows();
}
