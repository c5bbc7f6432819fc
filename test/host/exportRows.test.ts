import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { S3DestinationsApi } from '../../src/api.ts';
import type { Problem } from '../../src/core/problem.ts';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { type HostSession, openHostSession, problemOf } from './hostSession.ts';

/** What the sample extension says of an export: how it ended, and what became of its cursor. */
interface Outcome {
  result?: RunResult;
  error?: Problem;
  seen: { rows: number; closed: boolean };
}

describe('exportRows, called by another extension', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(async () => session.addDestination('store'));
  afterEach(async () => session.clear());
  after(async () => session.close());

  const exportOrders = async (request: Record<string, unknown>): Promise<Outcome> =>
    await vscode.commands.executeCommand<Outcome>('sampleExporter.exportOrders', {
      destination: 'store',
      syncId: 'orders',
      ...request,
    });

  it('writes its rows as CSV, gzipped', async () => {
    const { result, seen } = await exportOrders({ count: 1500 });
    assert.deepEqual(seen, { rows: 1500, closed: true });
    assert.deepEqual(result?.rows, { read: 1500, written: 1500 });
    const [file, ...more] = result.files;
    assert.deepEqual(more, []);
    assert.match(file?.key ?? '', /^signalsmith\/orders\/.*-00000\.csv\.gz$/);
    const object = await session.read(file!.key);
    assert.equal(object.sha256, file!.sha256);
    const [header, first, second, ...rest] = object.text.split('\n');
    assert.equal(header, 'id,placed,total,note,lines');
    assert.equal(first, '9007199254740993,2026-11-22T21:03:01Z,19.90,,[1]');
    assert.equal(second, '9007199254740994,2026-11-22T21:03:02Z,19.90,"by ""post""",[2]');
    assert.equal(rest.length, 1499);
    const { text } = await session.read(result.manifest!);
    assert.deepEqual((JSON.parse(text) as { columns: unknown[] }).columns[2], { name: 'total', type: 'decimal' });
  });

  it('takes the options that a query has', async () => {
    const options = { format: 'jsonl', gzip: false, jsonl: { bigNumbersAsStrings: true }, maxFileRows: 2 };
    const { result } = await exportOrders({ count: 3, fileName: '{part}.{ext}', ...options });
    assert.deepEqual(
      result?.files.map(({ key, rows }) => [key, rows]),
      [
        ['signalsmith/orders/00000.jsonl', 2],
        ['signalsmith/orders/00001.jsonl', 1],
      ],
    );
    const { text } = await session.read('signalsmith/orders/00001.jsonl');
    const line = '{"id":"9007199254740995","placed":"2026-11-22T21:03:03Z","total":"19.90","note":null,"lines":[3]}\n';
    assert.equal(text, line);
  });

  it('writes nothing when a value does not fit, and names it', async () => {
    const { error, seen } = await exportOrders({ count: 5000, wrongAt: 4321 });
    assert.equal(error?.code, 'invalid-argument');
    assert.match(error.message, /^Row 4321, column “total” \(decimal\): “a lot” is not a decimal number/);
    assert.equal(seen.closed, true);
    await session.assertNothingThere();
  });

  it('writes nothing when its cursor fails, and says why', async () => {
    const { error, seen } = await exportOrders({ count: 5000, failAt: 2500 });
    assert.deepEqual(
      [error?.code, error?.message],
      ['query-failed', 'The rows could not be read: the cursor was lost'],
    );
    assert.equal(seen.closed, true);
    await session.assertNothingThere();
  });

  it('is cancelled by its signal', async () => {
    const controller = new AbortController();
    const running = exportOrders({ count: 1e9, signal: controller.signal });
    await sleep(1500);
    controller.abort();
    const { error, seen } = await running;
    assert.equal(error?.code, 'cancelled');
    assert.ok(seen.rows > 0 && seen.rows < 1e9);
    // The cursor is told to close, but not waited for.
    for (let i = 0; i < 100 && !seen.closed; i++) await sleep(10);
    assert.equal(seen.closed, true);
    await session.assertNothingThere();
  });

  it('refuses arguments that cannot be used', async () => {
    const extension = vscode.extensions.getExtension<S3DestinationsApi>('s3destinations.s3-destinations');
    const api = extension!.exports;
    const good = { destination: 'store', syncId: 'orders', columns: [{ name: 'a' }], rows: [[1]] };
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ destination: 'nobody' }, /nobody/],
      [{ syncId: 'a/b' }, /“syncId”/],
      [{ columns: [] }, /at least one column/],
      [{ columns: [{ name: 'a', type: 'money' }] }, /“columns\[0\]\.type” must be "text" or/],
      [{ rows: undefined }, /either “rows” or “batches”/],
      [{ batches: [[[1]]] }, /either “rows” or “batches”/],
      [{ rows: 'abc' }, /“rows” must be an array/],
      [{ rows: [[[1]], 2] }, /^Row 2 is not an array/],
      [{ rows: [[1, 2]] }, /^Row 1 has 2 values, but there are 1 columns/],
      [{ signal: 'now' }, /“signal”/],
    ];
    for (const [changes, message] of wrong) {
      const { code, message: said } = await problemOf(api.exportRows({ ...good, ...changes }));
      assert.equal(code, 'invalid-argument', said);
      assert.match(said, message);
    }
    const twice = { ...good, format: 'jsonl', columns: [{ name: 'a' }, { name: 'a' }], rows: [[1, 2]] };
    assert.equal((await problemOf(api.exportRows(twice as never))).code, 'duplicate-column');
    await session.assertNothingThere();
  });
});
