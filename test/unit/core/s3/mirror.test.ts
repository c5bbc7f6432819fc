import assert from 'node:assert/strict';
import { parseLatest } from '../../../../src/core/sync/manifest.ts';
import { latestKey, manifestKey, recordKey } from '../../../../src/core/sync/syncKeys.ts';
import { Bucket } from './bucket.ts';

const rows = (count: number): string => `select i as id, 'v' || i as v from range(${count}) t(i)`;
const FOREVER = 1e6;

describe('a mirror', () => {
  let bucket: Bucket;
  const sync = { syncId: 'mirrored', mode: 'mirror', format: 'csv', gzip: false };
  const folder = 'signalsmith/mirrored/';
  const text = async (key: string) => (await bucket.bytes(key)).toString();
  const latest = async () => {
    const read = parseLatest(await text(latestKey('signalsmith/', 'mirrored')));
    assert.ok(typeof read === 'object');
    return read;
  };

  before(async () => (bucket = await Bucket.create()));
  afterEach(async () => {
    const unfinished = await bucket.unfinished();
    await bucket.clear();
    bucket.reset();
    assert.deepEqual([unfinished, bucket.journals()], [0, []]);
  });
  after(() => bucket.stop());

  it('replaces the set before it, and names the new one', async () => {
    const first = await bucket.run(rows(5), { ...sync, maxFileRows: 2 });
    assert.deepEqual([first.files.length, first.replaced], [3, []]);
    const second = await bucket.run(rows(3), { ...sync, maxFileRows: 2 });
    assert.deepEqual(second.replaced.sort(), first.files.map(({ key }) => key).sort());
    assert.deepEqual(
      await bucket.keys(folder),
      second.files.map(({ key }) => key),
    );
    const named = await latest();
    assert.deepEqual([named.runId, named.mode, named.manifest], [second.runId, 'mirror', second.manifest]);
    assert.deepEqual(
      named.files.map(({ key, sha256 }) => [key, sha256]),
      second.files.map(({ key, sha256 }) => [key, sha256]),
    );
    assert.deepEqual(JSON.parse(await text(recordKey('signalsmith/', 'mirrored'))), {
      ...{ version: 1, state: 'released', runId: second.runId },
    });
    assert.equal(second.warnings, undefined);
  });

  it('shows nothing of the new set before all of it is staged, and deletes nothing before all of it is visible', async () => {
    const first = await bucket.run(rows(4), { ...sync, maxFileRows: 2 });
    const seen: string[][] = [];
    const look = async (): Promise<void> => void seen.push(await bucket.keys(folder));
    bucket.s3.faults.add({ op: 'CompleteMultipartUpload', run: look });
    bucket.s3.faults.add({ op: 'DeleteObjects', run: look });
    const second = await bucket.run(rows(6), { ...sync, maxFileRows: 2 });
    const [before, after] = [first, second].map(({ files }) => files.map(({ key }) => key));
    assert.deepEqual(seen, [before, [...before!, ...after!].sort()]);
  });

  it('takes up files of inserts before it, and leaves those of others', async () => {
    const inserted = await bucket.run(rows(2), { syncId: 'mirrored' });
    await bucket.put(`${folder}readme.txt`, 'mine');
    await bucket.put(`${folder}20260101T000000Z-abcdef-00000.csv.gz`, 'looks like a run of ours');
    const { replaced } = await bucket.run(rows(2), sync);
    assert.deepEqual(
      replaced,
      inserted.files.map(({ key }) => key),
    );
    const left = await bucket.keys(folder);
    assert.ok(left.includes(`${folder}readme.txt`) && left.includes(`${folder}20260101T000000Z-abcdef-00000.csv.gz`));
    assert.equal(left.length, 3);
  });

  it('leaves a file that somebody has written over, and says so', async () => {
    const first = await bucket.run(rows(2), sync);
    const { key } = first.files[0]!;
    await bucket.put(key, 'edited by hand');
    const { replaced, warnings = [] } = await bucket.run(rows(3), sync);
    assert.deepEqual(replaced, []);
    assert.match(warnings.join(), /somebody has written over it/);
    assert.equal(await text(key), 'edited by hand');
  });

  it('does not mind files of the set that somebody has removed', async () => {
    const first = await bucket.run(rows(4), { ...sync, maxFileRows: 2 });
    await bucket.remove(first.files[0]!.key);
    const { replaced } = await bucket.run(rows(3), sync);
    assert.deepEqual(replaced, [first.files[1]!.key]);
  });

  it('finds the set before it although latest.json, or its manifest, is gone or damaged', async () => {
    for (const spoil of ['removed', 'damaged'] as const) {
      for (const victim of ['latest', 'manifest'] as const) {
        const first = await bucket.run(rows(2), sync);
        const key = victim === 'latest' ? latestKey('signalsmith/', 'mirrored') : first.manifest!;
        await (spoil === 'removed' ? bucket.remove(key) : bucket.put(key, '{"vers'));
        const { replaced } = await bucket.run(rows(1), sync);
        assert.deepEqual(replaced, [first.files[0]!.key], `${victim} ${spoil}`);
        await bucket.clear();
      }
    }
  });

  it('does not go on from what a newer version has written', async () => {
    await bucket.run(rows(2), sync);
    const before = await bucket.keys(folder);
    const key = latestKey('signalsmith/', 'mirrored');
    await bucket.put(key, JSON.stringify({ ...(await latest()), version: 2 }));
    const problem = await bucket.problemOf(bucket.run(rows(1), sync));
    assert.deepEqual([problem.code, problem.fix], ['conflict', 'Update the extension.']);
    assert.deepEqual(await bucket.keys(folder), before);
  });

  it('does not replace rows by none unless that is allowed', async () => {
    const first = await bucket.run(rows(2), sync);
    const problem = await bucket.problemOf(bucket.run(rows(0), sync));
    assert.deepEqual([problem.code, problem.confirm], ['mirror-empty', 'allowEmptyMirror']);
    assert.match(problem.message, /1 file with 2 rows/);
    assert.deepEqual(
      await bucket.keys(folder),
      first.files.map(({ key }) => key),
    );
    const emptied = await bucket.run(rows(0), { ...sync, allowEmptyMirror: true });
    assert.deepEqual([emptied.files, emptied.replaced], [[], first.files.map(({ key }) => key)]);
    assert.deepEqual([await bucket.keys(folder), (await latest()).files], [[], []]);
    // From empty to empty needs nobody's word, and a header may stand for it.
    const header = await bucket.run(rows(0), { ...sync, emptyFile: true });
    assert.equal(await text(header.files[0]!.key), 'id,v\n');
    const none = await bucket.run(rows(0), sync);
    assert.deepEqual(none.replaced, [header.files[0]!.key]);
  });

  it('of a single file with a fixed name replaces it in place', async () => {
    const fixed = { ...sync, fileName: 'current.{ext}' };
    await bucket.run(rows(2), fixed);
    bucket.s3.requests.length = 0;
    const second = await bucket.run(rows(3), fixed);
    assert.deepEqual(await bucket.keys(folder), [`${folder}current.csv`]);
    assert.equal(await text(`${folder}current.csv`), 'id,v\n0,v0\n1,v1\n2,v2\n');
    assert.deepEqual([second.replaced, bucket.count('DeleteObject'), bucket.count('DeleteObjects')], [[], 0, 0]);
  });

  it('of a fixed name leaves what is not its own, and does not mix two sets', async () => {
    await bucket.put(`${folder}current.csv`, 'of somebody');
    const fixed = { ...sync, fileName: 'current.{ext}' };
    assert.equal((await bucket.problemOf(bucket.run(rows(2), fixed))).code, 'object-exists');
    assert.equal(await text(`${folder}current.csv`), 'of somebody');
    const parts = { ...sync, fileName: 'part-{part}.{ext}', maxFileRows: 1 };
    await bucket.run(rows(2), parts);
    const problem = await bucket.problemOf(bucket.run(rows(3), parts));
    assert.match(problem.message, /mixture/);
    assert.equal(await text(`${folder}part-00001.csv`), 'id,v\n1,v1\n');
  });

  it('reports what could not be deleted, and the next run takes it up', async () => {
    const first = await bucket.run(rows(4), { ...sync, maxFileRows: 2 });
    const [key] = first.files.map((file) => file.key);
    const denied = { status: 403, code: 'AccessDenied' };
    const faults = [
      bucket.s3.faults.add({ op: 'DeleteObjects', times: FOREVER, answer: denied }),
      bucket.s3.faults.add({ op: 'DeleteObject', key: key!, times: FOREVER, answer: denied }),
    ];
    const second = await bucket.run(rows(1), sync);
    assert.deepEqual(second.leftovers, [{ key, code: 'AccessDenied' }]);
    assert.deepEqual(second.replaced, [first.files[1]!.key]);
    assert.match(second.warnings!.join(), /could not be deleted \(AccessDenied\)\. The next run takes them up/);
    const manifest = JSON.parse(await text(manifestKey('signalsmith/', 'mirrored', second.runId))) as object;
    assert.deepEqual((manifest as { leftovers: unknown }).leftovers, second.leftovers);
    for (const fault of faults) fault.remove();
    bucket.warnings.length = 0;
    const third = await bucket.run(rows(1), sync);
    assert.deepEqual(third.replaced.sort(), [key, second.files[0]!.key].sort());
    assert.deepEqual(await bucket.keys(folder), [third.files[0]!.key]);
  });

  it('deletes one by one where the destination says so', async () => {
    const destination = { deletes: 'single' };
    await bucket.run(rows(4), { ...sync, maxFileRows: 2 }, { destination });
    const { replaced } = await bucket.run(rows(1), sync, { destination });
    assert.equal(replaced.length, 2);
    assert.deepEqual([bucket.count('DeleteObjects'), bucket.count('DeleteObject')], [0, 2]);
  });

  it('leaves everything as it was when it fails or is cancelled', async () => {
    const first = await bucket.run(rows(2), sync);
    const before = await bucket.contents();
    await bucket.problemOf(bucket.run("select 1 / 0 as a, error('no')", sync));
    const abort = new AbortController();
    bucket.s3.faults.add({ op: 'UploadPart', run: () => abort.abort() });
    const cancelled = bucket.run(rows(9), sync, { signal: abort.signal });
    assert.equal((await bucket.problemOf(cancelled)).code, 'cancelled');
    assert.deepEqual(await bucket.contents(), before);
    assert.deepEqual((await latest()).runId, first.runId);
  });
});
