import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ExportSource } from '../../../../src/core/sync/exportSource.ts';
import { type Manifest, parseLatest, parseManifest } from '../../../../src/core/sync/manifest.ts';
import type { RunResult } from '../../../../src/core/sync/runResult.ts';
import { latestKey } from '../../../../src/core/sync/syncKeys.ts';
import { Bucket } from './bucket.ts';

const values = (...rows: string[]): string => `select * from (values ${rows.join(', ')}) as v(id, name)`;
const FIRST = values(`(1, 'a')`, `(2, 'b')`, `(3, null)`);
/** 2 has changed, 3 has gone, 4 and 0 have come. */
const SECOND = values(`(4, 'd')`, `(2, 'B')`, `(1, 'a')`, `(0, 'z')`);
const NONE = { added: 0, changed: 0, removed: 0 };

const audience = { syncId: 'members', kind: 'audience', primaryKey: 'id', format: 'csv', gzip: false };
const add = { ...audience, mode: 'add' };
const upsert = { ...audience, mode: 'upsert' };
const insertNew = { ...audience, kind: 'model', mode: 'insert', onlyNewRows: true };

describe('runs with members', function () {
  this.timeout(120_000);
  let bucket: Bucket;
  before(async () => (bucket = await Bucket.create()));
  afterEach(async () => {
    const unfinished = await bucket.unfinished();
    await bucket.clear();
    bucket.reset();
    assert.deepEqual([unfinished, bucket.journals()], [0, []]);
  });
  after(() => bucket.stop());

  const textOf = async ({ files }: RunResult): Promise<string> =>
    (await Promise.all(files.map(async ({ key }) => (await bucket.bytes(key)).toString()))).join('');
  const manifestOf = async ({ manifest }: RunResult): Promise<Manifest> => {
    const read = parseManifest((await bucket.bytes(manifest!)).toString());
    assert.ok(read !== undefined);
    return read;
  };
  const stateOf = async (run: RunResult): Promise<string> => {
    const { state } = await manifestOf(run);
    assert.ok(state !== undefined);
    return state.key;
  };

  const modes = [
    ['add', add, 'id,name\n4,d\n0,z\n'],
    ['upsert', upsert, 'id,name\n4,d\n2,B\n0,z\n'],
    ['insert of new rows', insertNew, 'id,name\n4,d\n0,z\n'],
  ] as const;
  for (const [title, sync, expected] of modes) {
    it(`${title}: write all rows at first, then what the last run did not have`, async () => {
      const first = await bucket.run(FIRST, sync);
      assert.equal(await textOf(first), 'id,name\n1,a\n2,b\n3,\n');
      assert.deepEqual((await manifestOf(first)).rows, { ...NONE, read: 3, written: 3, added: 3 });
      const second = await bucket.run(SECOND, sync);
      assert.equal(await textOf(second), expected);
      assert.deepEqual((await manifestOf(second)).rows, {
        ...{ read: 4, written: expected.split('\n').length - 2, added: 2, changed: 1, removed: 1 },
      });
      const third = await bucket.run(SECOND, sync);
      assert.deepEqual([third.files, third.rows], [[], { ...NONE, read: 4, written: 0 }]);
      // The sets of earlier runs stay, and so does what they were told from.
      const keys = await bucket.keys();
      for (const { key } of [...first.files, ...second.files]) assert.ok(keys.includes(key), key);
    });
  }

  it('go on from rows that come and go', async () => {
    await bucket.run(FIRST, add);
    await bucket.run(values(`(1, 'a')`), add);
    assert.equal(await textOf(await bucket.run(FIRST, add)), 'id,name\n2,b\n3,\n');
  });

  it('mirror an audience: all rows in the place of the earlier ones, and no state', async () => {
    const mirror = { ...audience, mode: 'mirror' };
    const first = await bucket.run(FIRST, mirror);
    const second = await bucket.run(SECOND, mirror);
    assert.equal(await textOf(second), 'id,name\n4,d\n2,B\n1,a\n0,z\n');
    assert.deepEqual(
      second.replaced,
      first.files.map(({ key }) => key),
    );
    assert.equal((await manifestOf(second)).state, undefined);
  });

  it('refuse bad keys before anything is sent, and leave what is there', async () => {
    await bucket.run(FIRST, upsert);
    const before = await bucket.contents();
    bucket.s3.requests.length = 0;
    const bad = [
      ['null-key', upsert, values(`(1, 'a')`, `(null, 'b')`)],
      ['duplicate-key', upsert, values(`(1, 'a')`, `(1, 'b')`)],
      ['invalid-argument', upsert, 'select 1 as other'],
      ['duplicate-key', { ...audience, mode: 'mirror' }, values(`(1, 'a')`, `(1, 'b')`)],
    ] as const;
    for (const [code, sync, sql] of bad) assert.equal((await bucket.problemOf(bucket.run(sql, sync))).code, code);
    const sent = ['PutObject', 'CreateMultipartUpload', 'UploadPart'].map((op) => bucket.count(op));
    assert.deepEqual(sent, [0, 0, 0]);
    assert.deepEqual(await bucket.contents(), before);
  });

  it('advance only when they have committed', async () => {
    await bucket.run(FIRST, add);
    const before = await bucket.contents();
    const denied = { status: 403, code: 'AccessDenied' };
    const faults = ['CompleteMultipartUpload', 'PutObject'].map((op) =>
      bucket.s3.faults.add({ op, times: Infinity, answer: denied }),
    );
    await bucket.problemOf(bucket.run(SECOND, add));
    for (const fault of faults) fault.remove();
    assert.deepEqual(await bucket.contents(), before);
    await bucket.problemOf(bucket.run(`${SECOND} where id < 3 or error('no')`, add));
    assert.deepEqual(await bucket.contents(), before);
    const abort = new AbortController();
    bucket.s3.faults.add({ op: 'UploadPart', run: () => abort.abort() });
    const stopped = bucket.run(SECOND, add, { signal: abort.signal });
    assert.equal((await bucket.problemOf(stopped)).code, 'cancelled');
    assert.deepEqual(await bucket.contents(), before);
    assert.equal(await textOf(await bucket.run(SECOND, add)), 'id,name\n4,d\n0,z\n');
  });

  it('explain a state that somebody has removed or written over, and go on in full when told to', async () => {
    for (const spoil of ['removed', 'damaged'] as const) {
      const key = await stateOf(await bucket.run(FIRST, upsert));
      await (spoil === 'removed' ? bucket.remove(key) : bucket.put(key, 'PAR1 nothing'));
      const before = await bucket.contents();
      const problem = await bucket.problemOf(bucket.run(SECOND, upsert));
      assert.deepEqual([problem.code, problem.confirm], ['conflict', 'fullRun'], spoil);
      assert.ok(problem.message.includes(key) && problem.fix !== undefined);
      assert.deepEqual(await bucket.contents(), before);
      const full = await bucket.run(SECOND, { ...upsert, fullRun: true });
      assert.deepEqual((await manifestOf(full)).rows, { ...NONE, read: 4, written: 4, added: 4 });
      assert.equal((await bucket.run(SECOND, upsert)).rows.written, 0);
      await bucket.clear();
    }
  });

  it('do not go on from a state of a newer version', async () => {
    const first = await bucket.run(FIRST, upsert);
    const { state } = await manifestOf(first);
    const bytes = await newerState(bucket.workspace.folder);
    await bucket.put(state!.key, bytes);
    // The manifest and latest.json as that version would have written them, too.
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    for (const key of [first.manifest!, latestKey('signalsmith/', 'members')]) {
      const text = (await bucket.bytes(key)).toString();
      assert.ok(text.includes(state!.sha256));
      await bucket.put(key, text.replace(state!.sha256, sha256));
    }
    const before = await bucket.contents();
    const problem = await bucket.problemOf(bucket.run(SECOND, upsert));
    assert.deepEqual([problem.code, problem.fix, problem.confirm], ['conflict', 'Update the extension.', undefined]);
    assert.deepEqual(await bucket.contents(), before);
  });

  it('ask before they go on with another key, or with other columns', async () => {
    const turns = [
      ['name', { primaryKey: 'name' }, SECOND],
      ['VARCHAR', {}, `select id::varchar as id, name from (${SECOND})`],
      ['more', {}, `select *, 1 as more from (${SECOND})`],
    ] as const;
    for (const [named, changes, sql] of turns) {
      await bucket.run(FIRST, upsert);
      const problem = await bucket.problemOf(bucket.run(sql, { ...upsert, ...changes }));
      assert.deepEqual([problem.code, problem.confirm], ['invalid-argument', 'fullRun']);
      assert.ok(problem.message.includes(named), problem.message);
      const full = await bucket.run(sql, { ...upsert, ...changes, fullRun: true });
      assert.equal(full.rows.written, 4);
      await bucket.clear();
    }
  });

  it('take rows that another extension passes', async () => {
    const columns = [{ name: 'id', type: 'integer' as const }, { name: 'name' }];
    const source = (...rows: unknown[][]): ExportSource => ({ kind: 'rows', columns, sequence: { rows } });
    const first = await bucket.run(source([1, 'a'], [2, 'b'], [3, null]), upsert);
    assert.equal(await textOf(first), 'id,name\n1,a\n2,b\n3,\n');
    const second = await bucket.run(source([4, 'd'], [2, 'B'], [1, 'a'], [0, 'z']), upsert);
    assert.equal(await textOf(second), 'id,name\n4,d\n2,B\n0,z\n');
    const twice = bucket.run(source([4, 'd'], [4, 'D']), upsert);
    assert.equal((await bucket.problemOf(twice)).code, 'duplicate-key');
    assert.equal((await bucket.run(source([4, 'd'], [2, 'B'], [1, 'a'], [0, 'z']), upsert)).rows.written, 0);
  });

  it('take no files', async () => {
    const source: ExportSource = { kind: 'files', files: [], convert: true };
    assert.equal((await bucket.problemOf(bucket.run(source, add))).code, 'invalid-argument');
  });

  it('name the state that the next run goes on from', async () => {
    const first = await bucket.run(FIRST, add);
    const second = await bucket.run(SECOND, add);
    const latest = parseLatest((await bucket.bytes(latestKey('signalsmith/', 'members'))).toString());
    assert.ok(typeof latest === 'object');
    assert.deepEqual([latest.runId, latest.state?.key], [second.runId, await stateOf(second)]);
    assert.notEqual(await stateOf(first), latest.state?.key);
  });
});

/** A state as a later version of the extension might keep it. */
async function newerState(folder: string): Promise<Buffer> {
  const file = path.join(folder, 'newer.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT 'x' AS other) TO '${file}' (FORMAT parquet, KV_METADATA {"s3destinations.members": '2'})`,
  );
  connection.closeSync();
  instance.closeSync();
  return readFileSync(file);
}
