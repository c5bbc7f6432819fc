import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseManifest } from '../../../../src/core/sync/manifest.ts';
import type { RunProgress } from '../../../../src/core/sync/exportRun.ts';
import type { ExportSource } from '../../../../src/core/sync/exportSource.ts';
import { write } from '../../exporter/exportingFiles.ts';
import { Bucket } from './bucket.ts';

describe('a run of files', () => {
  let bucket: Bucket;
  before(async () => (bucket = await Bucket.create()));
  afterEach(async () => {
    const unfinished = await bucket.unfinished();
    await bucket.clear();
    bucket.reset();
    assert.equal(unfinished, 0);
  });
  after(() => bucket.stop());

  const sourceOf = (names: readonly string[], convert = false): ExportSource => ({
    kind: 'files',
    files: names.map((name) => ({ name, path: path.join(bucket.workspace.folder, name) })),
    convert,
  });
  const settings = { syncId: 'files', emptyFile: true };

  it('puts each under its name in a folder of the run, identical and described by its kind', async () => {
    const contents = {
      'a/large.bin': randomBytes(12 << 20),
      'a/packed.gz': gzipSync('packed'),
      empty: Buffer.alloc(0),
      'é +#%?&;.csv': Buffer.from('a\n1\n'),
    };
    write(bucket.workspace.folder, contents);
    const result = await bucket.run(sourceOf(Object.keys(contents)), { ...settings, gzip: false });
    const folder = `signalsmith/files/${result.runId}/`;
    assert.deepEqual(
      result.files.map(({ key }) => key),
      Object.keys(contents).map((name) => folder + name),
    );
    assert.deepEqual([result.rows, result.format], [{ read: 0, written: 0 }, undefined]);
    const types: unknown[] = [];
    for (const [i, content] of Object.values(contents).entries()) {
      const { key, bytes, rows, sha256 } = result.files[i]!;
      assert.ok((await bucket.bytes(key)).equals(content));
      assert.deepEqual([bytes, rows], [content.length, 0]);
      assert.equal(sha256, createHash('sha256').update(content).digest('hex'));
      const { ContentType, ContentEncoding } = await bucket.head(key);
      assert.equal(ContentEncoding, undefined);
      types.push(ContentType);
    }
    const binary = 'application/octet-stream';
    assert.deepEqual(types, [binary, 'application/gzip', binary, 'text/csv; charset=utf-8']);
    const manifest = parseManifest((await bucket.bytes(result.manifest!)).toString()) ?? assert.fail();
    const files = manifest.files.map(({ etag, ...file }) => (assert.ok(etag !== undefined), file));
    const { durationMs } = result;
    assert.deepEqual({ ...manifest, ...result, files }, { ...manifest, files, durationMs, manifest: result.manifest });
  });

  it('of thousands of small files ends in a reasonable time, and keeps to its connections', async function () {
    this.timeout(60_000);
    const names = Array.from({ length: 2000 }, (_, i) => `many/${String(i).padStart(4, '0')}.txt`);
    write(bucket.workspace.folder, Object.fromEntries(names.map((name) => [name, name.padEnd(1024)])));
    const seen: RunProgress[] = [];
    const result = await bucket.run(sourceOf(names), settings, { onProgress: (progress) => seen.push(progress) });
    assert.equal(result.files.length, 2000);
    const { key } = result.files[1234]!;
    assert.equal(gunzipSync(await bucket.bytes(key)).toString(), names[1234]!.padEnd(1024));
    assert.equal(seen.at(-1)?.files, 2000);
    assert.equal(bucket.count('CompleteMultipartUpload'), 2000);
    // Removing them one by one would take longer than to write them.
    await bucket.stop();
    bucket = await Bucket.create();
  });

  for (const [title, convert, third, message] of [
    ['is missing', false, undefined, /c\.csv” cannot be read/],
    ['cannot be converted', true, 'x,y\n1,2,3\n', /c\.csv” cannot be converted/],
  ] as const) {
    it(`leaves nothing when the third of five ${title}`, async () => {
      const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${title}/${name}.csv`);
      write(bucket.workspace.folder, Object.fromEntries(names.map((name) => [name, 'x,y\n1,2\n'])));
      const broken = third === undefined ? `${title}/gone/c.csv` : names[2]!;
      if (third !== undefined) write(bucket.workspace.folder, { [broken]: third });
      const source = sourceOf(names.with(2, broken), convert);
      const problem = await bucket.problemOf(bucket.run(source, settings));
      assert.match(problem.message, message);
      assert.equal(problem.code, convert ? 'query-failed' : 'source-missing');
      assert.deepEqual([await bucket.keys(), await bucket.unfinished()], [[], 0]);
    });
  }

  it('leaves nothing when the last changes while it is read, after the others are staged', async () => {
    const names = ['x/1.bin', 'x/2.bin', 'x/3.bin'];
    write(bucket.workspace.folder, {
      'x/1.bin': randomBytes(6 << 20),
      'x/2.bin': randomBytes(100),
      'x/3.bin': randomBytes(100 << 20),
    });
    const change = setInterval(() => {
      if (bucket.count('UploadPart') > 3) appendFileSync(path.join(bucket.workspace.folder, 'x/3.bin'), 'more');
    }, 5);
    try {
      const run = bucket.run(sourceOf(names), { ...settings, gzip: false });
      const { code, message } = await bucket.problemOf(run);
      assert.deepEqual([code, message.includes('“x/3.bin” was changed')], ['query-failed', true]);
    } finally {
      clearInterval(change);
    }
    assert.ok(bucket.count('CreateMultipartUpload') >= 3);
    assert.deepEqual([await bucket.keys(), await bucket.unfinished()], [[], 0]);
  });

  it('refuses keys that S3 would refuse, before it sends anything', async () => {
    const long = `${'d'.repeat(200)}/`.repeat(5) + 'x.txt';
    write(bucket.workspace.folder, { 'a.txt': 'a' });
    for (const [name, message] of [
      [long, /would have 10\d\d bytes\. S3 allows 1024/],
      ['line\nbreak.txt', /“line\ufffdbreak\.txt” has control characters/],
    ] as const) {
      const problem = await bucket.problemOf(bucket.run(sourceOf(['a.txt', name]), settings));
      assert.equal(problem.code, 'invalid-argument');
      assert.match(problem.message, message);
    }
    assert.equal(bucket.s3.requests.length, 0);
  });
});
