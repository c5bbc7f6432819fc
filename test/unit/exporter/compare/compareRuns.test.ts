import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { askExporter } from '../../../../src/core/engine/exporterProcess.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../../src/core/sync/textOptions.ts';
import { compareRuns } from '../../../../src/exporter/compare/compareRuns.ts';
import {
  type CompareOrder,
  compareRequest,
  type RowComparison,
  type SourceFile,
} from '../../../../src/exporter/protocol.ts';
import { Workspace } from '../exporting.ts';

describe('comparing runs', () => {
  const workspace = new Workspace();
  after(() => workspace.remove());

  let count = 0;
  /** Writes a file; packed where its name ends with `.gz`. */
  const file = (name: string, text: string): SourceFile => {
    const place = path.join(workspace.folder, `${count++}-${name}`);
    writeFileSync(place, name.endsWith('.gz') ? gzipSync(text) : text);
    return { path: place, name };
  };
  const compare = (
    before: SourceFile | SourceFile[],
    now: SourceFile | SourceFile[],
    more: Partial<CompareOrder> = {},
  ): Promise<RowComparison> => {
    const engine = {
      ...{ memoryLimit: 128 << 20, threads: 1, scratch: workspace.folder, spool: false },
      workingDirectory: workspace.folder,
      readable: 'anything' as const,
    };
    const order = { before: { files: [before].flat() }, after: { files: [now].flat() }, samples: 5, engine, ...more };
    return compareRuns(order, () => undefined);
  };
  const counts = ({ added, changed, removed, unchanged }: RowComparison): number[] => [
    added,
    changed,
    removed,
    unchanged,
  ];

  it('counts rows by their key, and shows them as they were and as they are', async () => {
    const was = file('a.csv.gz', 'id,name\n1,Ann\n2,Bob\n3,\n4,"x,y"\n');
    const now = [file('a.csv', 'id,name\n1,Ann\n4,"x,z"\n'), file('b.csv', 'id,name\n3,""\n5,Eve\n')];
    const result = await compare(was, now, { key: ['id'] });
    assert.deepEqual(counts(result), [1, 2, 1, 1]);
    assert.deepEqual(result.samples, {
      added: [{ after: { id: '5', name: 'Eve' } }],
      changed: [
        { before: { id: '3', name: null }, after: { id: '3', name: '' } },
        { before: { id: '4', name: 'x,y' }, after: { id: '4', name: 'x,z' } },
      ],
      removed: [{ before: { id: '2', name: 'Bob' } }],
    });
    assert.deepEqual([result.key, result.repeatedKeys], [['id'], 0]);
  });

  it('counts whole rows where there is no key, as often as they are there', async () => {
    const result = await compare(file('a.csv', 'n\n1\n1\n1\n2\n'), file('b.csv', 'n\n1\n3\n2\n2\n'));
    assert.deepEqual(counts(result), [2, 0, 2, 2]);
    assert.equal(result.key, undefined);
  });

  it('says which columns one of the runs has only, and compares those of both', async () => {
    const was = file('a.jsonl.gz', '{"id":1,"a":1,"old":true}\n{"id":2,"a":2,"old":true}\n');
    const now = file('b.csv', 'a,new,id\n1,x,1\n3,y,2\n');
    const result = await compare(was, now, { key: ['id'] });
    assert.deepEqual(result.columns, { both: ['a', 'id'], onlyBefore: ['old'], onlyAfter: ['new'] });
    assert.deepEqual(counts(result), [0, 1, 0, 1]);
    const gone = await compare(was, file('c.csv', 'a\n1\n'), { key: ['id'] });
    assert.deepEqual([gone.key, counts(gone)], [undefined, [0, 0, 1, 1]]);
  });

  it('tells values of JSON apart by their type, and takes null for another thing than nothing', async () => {
    const was = file('a.jsonl', '{"id":1,"v":1}\n{"id":2,"v":{"b": [1, 2]}}\n{"id":3,"v":null}\n');
    const now = file('b.jsonl', '{"id":1,"v":"1"}\n{"id":2,"v":{"b":[1,2]}}\n{"id":3}\n');
    const result = await compare(was, now, { key: ['id'] });
    assert.deepEqual(counts(result), [0, 2, 0, 1]);
    assert.deepEqual(result.samples.changed[0], { before: { id: '1', v: '1' }, after: { id: '1', v: '"1"' } });
  });

  it('takes keys for several rows as well, and tells of them', async () => {
    const result = await compare(file('a.csv', 'id,v\n1,a\n1,b\n2,c\n'), file('b.csv', 'id,v\n1,b\n1,x\n1,y\n2,c\n'), {
      key: ['id'],
    });
    assert.deepEqual([counts(result), result.repeatedKeys], [[1, 1, 0, 2], 1]);
  });

  it('reads CSV without a header, and with other delimiters, by the columns of the manifest', async () => {
    const columns = ['id', 'name'];
    const before = { files: [file('a.csv', '1,Ann\n2,Bob\n')], columns };
    const after = { files: [file('b.csv', 'id^name\n1^Ann\n2^Rob\n')], columns };
    const result = await compare([], [], { before, after, key: ['id'], delimiter: '^' });
    assert.deepEqual(counts(result), [0, 1, 0, 1]);
  });

  it('reads CSV as the manifests say that it was written', async () => {
    const columns = ['id', 'name'];
    const csv = DEFAULT_TEXT_OPTIONS.csv;
    const before = {
      files: [file('a.csv', 'id;name\nid;name\n1;-\n2;"-"\n')],
      ...{ columns, csv: { ...csv, delimiter: ';', nullText: '-', header: false } },
    };
    const after = { files: [file('b.csv', 'id|name\r\nid|name\r\n1|\r\n2|-\r\n')], columns };
    const written = { ...after, csv: { ...csv, delimiter: '|', crlf: true } };
    const result = await compare([], [], { before, after: written, key: ['id'], delimiter: '^' });
    assert.deepEqual(counts(result), [0, 0, 1, 3]);
  });

  it('takes a line with nothing on it for the NULL of a file of one column', async () => {
    const written = { columns: ['id'], csv: { ...DEFAULT_TEXT_OPTIONS.csv, header: false } };
    const before = { files: [file('a.csv', '\n1\n\n')], ...written };
    const after = { files: [file('b.csv', '1\n')], ...written };
    assert.deepEqual(counts(await compare([], [], { before, after })), [0, 0, 2, 1]);
  });

  it('compares runs of which one is empty, or has a header only', async () => {
    const some = file('a.csv', 'id\n1\n2\n');
    assert.deepEqual(counts(await compare([], some, { key: ['id'] })), [2, 0, 0, 0]);
    assert.deepEqual(counts(await compare(some, file('b.csv', 'id\n'), { key: ['id'] })), [0, 0, 2, 0]);
    assert.deepEqual(counts(await compare(file('a.csv', ''), file('b.csv', ''))), [0, 0, 0, 0]);
  });

  it('shows as many samples as are wanted, from the first on, and cuts long values', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `${i},${'x'.repeat(i === 0 ? 5000 : 1)}`);
    const { samples, ...result } = await compare([], file('a.csv', `id,v\n${rows.join('\n')}\n`), { samples: 3 });
    assert.equal(result.added, 500);
    assert.deepEqual(
      samples.added.map(({ after }) => [after!.id, after!.v!.length]),
      [
        ['0', 1001],
        ['1', 1],
        ['2', 1],
      ],
    );
  });

  it('names the file that cannot be read', async () => {
    const ragged = file('ragged.csv', 'id,v\n1,a,b\n');
    await assert.rejects(compare(ragged, file('a.csv', 'id\n1\n')), { code: 'query-failed', message: /ragged\.csv/ });
    const gone = { path: path.join(workspace.folder, 'gone'), name: 'gone.csv' };
    await assert.rejects(compare(gone, gone), { message: /gone\.csv/ });
  });

  it('runs in a process of its own, within its memory, and leaves nothing', async () => {
    const rows = (from: number): string =>
      Array.from({ length: 50_000 }, (_, i) => `${from + i},${'x'.repeat(20)}`).join('\n');
    const order = {
      before: { files: [file('a.csv.gz', `id,v\n${rows(0)}\n`)] },
      after: { files: [file('b.csv.gz', `id,v\n${rows(1000)}\n`)] },
      ...{ key: ['id'], samples: 2 },
    };
    const options = workspace.options(64 << 20);
    const ask = (signal: AbortSignal): Promise<RowComparison> =>
      askExporter((to, engine) => to.sendRequest(compareRequest, { ...order, engine }), options, signal);
    const result = await ask(new AbortController().signal);
    assert.deepEqual(counts(result), [1000, 0, 1000, 49_000]);
    await assert.rejects(ask(AbortSignal.abort()), { code: 'cancelled' });
    assert.deepEqual(workspace.scratch(), []);
  });

  it('counts as a model of it does', async function () {
    this.timeout(60_000);
    const row = fc.record({
      id: fc.integer({ min: 0, max: 5 }),
      v: fc.constantFrom('', 'a', 'b', '1"2', 'x,\ny', null),
    });
    const side = fc.array(row, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(side, side, fc.boolean(), async (was, now, byKey) => {
        const csv = (rows: typeof was): string =>
          `id,v\n${rows.map(({ id, v }) => `${id},${v === null ? '' : `"${v.replaceAll('"', '""')}"`}\n`).join('')}`;
        const result = await compare(file('a.csv', csv(was)), file('b.csv', csv(now)), byKey ? { key: ['id'] } : {});
        assert.deepEqual(counts(result), model(was, now, byKey));
      }),
      { numRuns: 50 },
    );
  });
});

interface Row {
  id: number;
  v: string | null;
}

function model(was: Row[], now: Row[], byKey: boolean): number[] {
  const gone = [...was];
  const come: Row[] = [];
  let unchanged = 0;
  for (const row of now) {
    const at = gone.findIndex(({ id, v }) => id === row.id && v === row.v);
    if (at < 0) come.push(row);
    else gone.splice(at, 1);
    if (at >= 0) unchanged++;
  }
  let changed = 0;
  for (const row of byKey ? [...come] : []) {
    const at = gone.findIndex(({ id }) => id === row.id);
    if (at < 0) continue;
    gone.splice(at, 1);
    come.splice(come.indexOf(row), 1);
    changed++;
  }
  return [come.length, changed, gone.length, unchanged];
}
