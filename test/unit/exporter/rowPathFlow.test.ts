import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from '../../../src/core/engine/frameReader.ts';
import type { RowColumn } from '../../../src/core/rows/rowColumns.ts';
import { exporters, finish, until, Workspace } from './exporting.ts';
import { filesOfRows, startRows, textOfRows } from './rowExport.ts';

const COLUMNS: RowColumn[] = [{ name: 'id', type: 'integer' }, { name: 'text' }];
const TEXT = 'x'.repeat(1000);

/** A caller's cursor that says what became of it. */
class Cursor {
  pulled = 0;
  closed = 0;
  readonly #count: number;
  readonly #at: (row: number) => Promise<void>;

  constructor(count: number, at: (row: number) => Promise<void> = () => Promise.resolve()) {
    this.#count = count;
    this.#at = at;
  }

  async *rows(): AsyncGenerator<unknown[]> {
    // Filled anew for each row, as some drivers do.
    const row: unknown[] = [];
    try {
      while (this.pulled < this.#count) {
        await this.#at(this.pulled + 1);
        row[0] = ++this.pulled;
        row[1] = TEXT;
        yield row;
      }
    } finally {
      this.closed++;
    }
  }
}

describe('rows on their way to the exporter', () => {
  const workspace = new Workspace();
  afterEach(() => assert.deepEqual([exporters(), workspace.scratch()], [[], []]));
  after(() => workspace.remove());

  it('are pulled no faster than they are taken', async () => {
    const cursor = new Cursor(Infinity);
    const running = await startRows(workspace, COLUMNS, { rows: cursor.rows() });
    running.summary.catch(() => undefined);
    const frames: AsyncIterator<Frame, unknown> = running.frames[Symbol.asyncIterator]();
    let taken = 0;
    const take = async (bytes: number): Promise<void> => {
      for (const end = taken + bytes; taken < end;) {
        const next = await frames.next();
        if (next.done !== true && next.value.kind === 'data') taken += next.value.bytes.length;
      }
    };
    await take(1);
    await settled(cursor);
    const ahead = cursor.pulled;
    // A few batches and blocks of 1 MiB are on their way, and what the system keeps in the pipes.
    assert.ok(ahead < 8000, `${ahead} rows were pulled`);
    await take(20_000_000);
    await settled(cursor);
    assert.ok(cursor.pulled >= 20_000 && cursor.pulled < 20_000 + ahead + 2000, `${cursor.pulled} rows were pulled`);
    await running.dispose();
    await until(() => cursor.closed === 1);
  });

  it('come in order and whole, single or in batches of any size', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => [i, i % 2 ? null : 'é'.repeat(i % 50)]);
    const batches = function* () {
      for (let at = 0, size = 0; at < rows.length; at += size) yield rows.slice(at, at + (size = (size * 7 + 1) % 977));
    };
    const expected = await textOfRows(workspace, COLUMNS, { rows });
    assert.equal(expected.split('\n').length, 3002);
    assert.equal(await textOfRows(workspace, COLUMNS, { batches: batches() }), expected);
    assert.equal(await textOfRows(workspace, COLUMNS, { batches: [[], rows, []] }), expected);
  });

  it('may be larger than a batch, and none at all', async () => {
    const large = [1, 'y'.repeat(5 << 20)];
    const [file] = await filesOfRows(workspace, COLUMNS, { rows: [large, large] });
    assert.equal(file?.bytes.length, 'id,text\n'.length + 2 * (2 + (5 << 20) + 1));
    assert.equal(await textOfRows(workspace, COLUMNS, { rows: [] }), 'id,text\n');
    assert.equal(await textOfRows(workspace, COLUMNS, { batches: [] }, { format: 'jsonl' }), '');
  });

  it('fail with what their iterator throws, by our code where it has one', async () => {
    const cursor = new Cursor(5000, (row) => (row === 4000 ? Promise.reject(new Error('lost')) : Promise.resolve()));
    await assert.rejects(textOfRows(workspace, COLUMNS, { rows: cursor.rows() }), {
      code: 'query-failed',
      message: 'The rows could not be read: lost',
    });
    assert.equal(cursor.closed, 1);
    const { ProblemError } = await import('../../../src/core/problem.ts');
    const ours = new ProblemError({ code: 'connection-failed', message: 'No answer.' });
    const failing = new Cursor(9, () => Promise.reject(ours));
    await assert.rejects(textOfRows(workspace, COLUMNS, { rows: failing.rows() }), { code: 'connection-failed' });
  });

  it('end their iterator when a value does not fit', async () => {
    const cursor = new Cursor(Infinity);
    const columns: RowColumn[] = [COLUMNS[0]!, { name: 'text', type: 'date' }];
    await assert.rejects(textOfRows(workspace, columns, { rows: cursor.rows() }), {
      code: 'invalid-argument',
      message: /^Row 1, column “text” \(date\): “x{40}…” is not a date, like 2026-11-22\. Nothing was written\.$/,
    });
    await until(() => cursor.closed === 1);
  });

  it('end their iterator when they are cancelled', async () => {
    const abort = new AbortController();
    const cursor = new Cursor(Infinity);
    const running = await startRows(workspace, COLUMNS, { rows: cursor.rows() }, {}, abort.signal);
    const finished = finish(running);
    await until(() => cursor.pulled > 5000);
    abort.abort();
    await assert.rejects(finished, { code: 'cancelled' });
    await until(() => cursor.closed === 1);
  });

  it('are not waited for when they are cancelled', async () => {
    const abort = new AbortController();
    let returned = 0;
    const hanging = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<unknown>>(() => undefined),
        return: () => {
          returned++;
          return new Promise<IteratorResult<unknown>>(() => undefined);
        },
      }),
    };
    const running = await startRows(workspace, COLUMNS, { rows: hanging }, {}, abort.signal);
    const finished = finish(running);
    setTimeout(() => abort.abort(), 300);
    await assert.rejects(finished, { code: 'cancelled' });
    assert.equal(returned, 1);
  });

  it('end their iterator when the exporter dies', async () => {
    const cursor = new Cursor(Infinity);
    const finished = finish(await startRows(workspace, COLUMNS, { rows: cursor.rows() }));
    await until(() => cursor.pulled > 5000);
    process.kill(exporters()[0]!, 'SIGKILL');
    await assert.rejects(finished, { code: 'query-failed', message: /ended unexpectedly/ });
    await until(() => cursor.closed === 1);
  });
});

/** Resolves when no more is pulled. */
async function settled(cursor: Cursor): Promise<void> {
  for (let last = -1; last !== cursor.pulled;) {
    last = cursor.pulled;
    await sleep(300);
  }
}
