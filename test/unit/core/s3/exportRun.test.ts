import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { parseManifest } from '../../../../src/core/sync/manifest.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../../src/core/sync/textOptions.ts';
import { manifestKey } from '../../../../src/core/sync/syncKeys.ts';
import { runTime } from '../../../../src/core/sync/runId.ts';
import type { RunProgress } from '../../../../src/core/sync/exportRun.ts';
import { Bucket, LARGE, SMALL } from './bucket.ts';

describe('a run', () => {
  let bucket: Bucket;

  before(async () => (bucket = await Bucket.create()));
  afterEach(() => bucket.reset());
  after(() => bucket.stop());

  it('of a small file is one request, and the others are for what names it', async () => {
    const result = await bucket.run(SMALL, { syncId: 'small' });
    assert.deepEqual(bucket.log(), ['PutObject 200', 'PutObject 200', 'GetObject 404', 'PutObject 200']);
    const [file = assert.fail(), ...more] = result.files;
    assert.deepEqual(more, []);
    const bytes = await bucket.bytes(file.key);
    assert.equal(gunzipSync(bytes).toString(), 'id,name\n1,a\n2,\n');
    assert.equal(file.bytes, bytes.length);
    assert.equal(file.sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(file.rows, 2);
    assert.equal(file.key, `signalsmith/small/${result.runId}-00000.csv.gz`);
    assert.deepEqual(result.rows, { read: 2, written: 2 });
    assert.deepEqual(
      [result.syncId, result.status, result.mode, result.format],
      ['small', 'completed', 'insert', 'csv'],
    );
    assert.ok(runTime(result.runId) !== undefined && Date.parse(result.startedAt) > Date.now() - 60_000);
  });

  const kinds = [
    ['csv', true, 'application/gzip'],
    ['csv', false, 'text/csv; charset=utf-8'],
    ['jsonl', true, 'application/gzip'],
    ['jsonl', false, 'application/x-ndjson'],
  ] as const;
  for (const [format, gzip, contentType] of kinds) {
    it(`says what is in the object: ${format}, ${gzip ? 'gzipped' : 'plain'}`, async () => {
      const result = await bucket.run(SMALL, { syncId: 'kinds', format, gzip });
      const head = await bucket.head(result.files[0]!.key);
      assert.equal(head.ContentType, contentType);
      assert.equal(head.ContentEncoding, undefined);
      assert.deepEqual(head.Metadata, { 'run-id': result.runId, 'sync-id': 'kinds', rows: '2' });
    });
  }

  it('writes a manifest beside the data, which tells the same as the result', async () => {
    const result = await bucket.run(SMALL, { syncId: 'manifests' });
    const key = manifestKey('signalsmith/', 'manifests', result.runId);
    assert.equal(result.manifest, key);
    assert.equal((await bucket.head(key)).ContentType, 'application/json');
    const manifest = parseManifest((await bucket.bytes(key)).toString()) ?? assert.fail();
    const { columns, gzip, csv, version, kind, committedAt, modelHash, durationMs, files, ...rest } = manifest;
    assert.equal(kind, 'model');
    const { durationMs: inAll, ...told } = result;
    const [file = assert.fail()] = files;
    const { etag, ...facts } = file;
    assert.deepEqual({ ...rest, files: [facts], manifest: key }, told);
    assert.equal(etag, (await bucket.head(file.key)).ETag);
    assert.equal(modelHash, createHash('sha256').update(SMALL).digest('hex'));
    assert.ok(durationMs <= inAll);
    assert.deepEqual([gzip, version, csv], [true, 1, DEFAULT_TEXT_OPTIONS.csv]);
    assert.deepEqual(columns, [
      { name: 'id', type: 'INTEGER' },
      { name: 'name', type: 'VARCHAR' },
    ]);
    assert.ok(committedAt >= result.startedAt);
    assert.deepEqual(await bucket.keys('signalsmith/manifests/'), [result.files[0]!.key]);
  });

  it('is complete although its manifest cannot be written', async () => {
    bucket.s3.faults.add({ op: 'PutObject', key: '*.json', answer: { status: 403, code: 'AccessDenied' } });
    const result = await bucket.run(SMALL, { syncId: 'unmanifest' });
    assert.equal(result.manifest, undefined);
    assert.equal(result.files.length, 1);
    assert.match(bucket.warnings.join(), /manifest/);
  });

  it('of a large file is a multipart upload, of which nothing is seen before it is complete', async () => {
    const seen: string[][] = [];
    const look = async (): Promise<void> => void seen.push(await bucket.keys('signalsmith/large/'));
    for (const part of [1, 4]) bucket.s3.faults.add({ op: 'UploadPart', part, run: look });
    bucket.s3.faults.add({ op: 'CompleteMultipartUpload', run: look });
    const progress: RunProgress[] = [];
    const onProgress = (p: RunProgress): void => void progress.push(p);
    const result = await bucket.run(LARGE, { syncId: 'large', gzip: false }, { onProgress });
    assert.deepEqual(seen, [[], [], []]);
    const { key, bytes, sha256 } = result.files[0]!;
    assert.equal(bucket.count('UploadPart'), Math.ceil(bytes / (5 << 20)));
    assert.deepEqual([bucket.count('CreateMultipartUpload'), bucket.count('CompleteMultipartUpload')], [1, 1]);
    const content = await bucket.bytes(key);
    assert.equal(createHash('sha256').update(content).digest('hex'), sha256);
    assert.equal(content.toString().split('\n').length, 23_002);
    assert.deepEqual(progress.at(-1), { rows: 23_000, bytes, percent: 100 });
    assert.equal((await bucket.head(key)).Metadata?.['run-id'], result.runId);
    assert.equal(await bucket.unfinished(), 0);
  });

  it('of forty parts keeps to its connections', async () => {
    const sql = `select repeat('x', 100000) as t from range(2100)`;
    const { files } = await bucket.run(sql, { syncId: 'wide', gzip: false }, { partsAtOnce: 3 });
    const parts = bucket.s3.requests.filter(({ op }) => op === 'UploadPart');
    assert.ok(parts.length >= 40 && files[0]!.bytes > 200e6);
    const ports = new Set(parts.map(({ remotePort }) => remotePort));
    assert.ok(ports.size <= 5, `${ports.size} connections`);
  });

  it('of no rows sends nothing', async () => {
    const result = await bucket.run(`${SMALL} limit 0`, { syncId: 'empty' });
    assert.deepEqual(bucket.log(), []);
    assert.deepEqual([result.files, result.rows, result.manifest], [[], { read: 0, written: 0 }, undefined]);
  });

  it('of no rows makes a file of the header, when that is wanted', async () => {
    const csv = await bucket.run(`${SMALL} limit 0`, { syncId: 'header', gzip: false, emptyFile: true });
    assert.equal((await bucket.bytes(csv.files[0]!.key)).toString(), 'id,name\n');
    const jsonl = { syncId: 'header', gzip: false, emptyFile: true, format: 'jsonl' };
    const empty = await bucket.run(`${SMALL} limit 0`, jsonl);
    assert.deepEqual([empty.files[0]!.bytes, (await bucket.bytes(empty.files[0]!.key)).length], [0, 0]);
  });

  it('takes the name that the caller gives', async () => {
    const { files } = await bucket.run(SMALL, { syncId: 'named', fileName: 'dt={yyyy}/{sync_id}.{ext}' });
    assert.match(files[0]!.key, /^signalsmith\/named\/dt=20\d\d\/named\.csv\.gz$/);
    const top = await bucket.run(SMALL, { syncId: 'named' }, { destination: { pathPrefix: '/' } });
    assert.equal(top.files[0]!.key, `named/${top.runId}-00000.csv.gz`);
  });

  it('fails with the query, before anything is sent', async () => {
    const problem = await bucket.problemOf(bucket.run('select missing', { syncId: 'failed' }));
    assert.deepEqual([problem.code, problem.position], ['query-failed', { line: 1, column: 8 }]);
    assert.deepEqual(bucket.log(), []);
  });

  it('leaves nothing when the query fails late', async () => {
    const sql = `select case when i < 22900 then repeat('x', 1000) else error('late') end as t from range(23000) as r(i)`;
    const problem = await bucket.problemOf(bucket.run(sql, { syncId: 'late', gzip: false }));
    assert.equal(problem.code, 'query-failed');
    assert.match(problem.message, /late/);
    assert.deepEqual([await bucket.keys('signalsmith/late/'), await bucket.unfinished()], [[], 0]);
  });
});
