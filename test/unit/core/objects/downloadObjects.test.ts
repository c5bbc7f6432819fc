import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type DownloadedFile,
  downloadObjects,
  type DownloadOrder,
} from '../../../../src/core/objects/downloadObjects.ts';
import { localNames } from '../../../../src/core/objects/localNames.ts';
import { ProblemError } from '../../../../src/core/problem.ts';
import { openStore, type Store } from '../../../../src/core/s3/store.ts';
import { manifestKey } from '../../../../src/core/sync/syncKeys.ts';
import { Bucket } from '../s3/bucket.ts';

const MIB = 1024 * 1024;
const ODD = ['a b+c.csv', '100%.csv', 'quote\'s "two".csv', 'é 漢字 😀.csv', '<&>.csv', `long-${'x'.repeat(900)}.csv`];

describe('downloading objects', () => {
  let bucket: Bucket;
  let store: Store;
  let folder: string;
  before(async () => {
    bucket = await Bucket.create();
    store = openStore(bucket.destination({ pathPrefix: 'p' }));
  });
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 's3d-download-'))));
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    bucket.reset();
    await bucket.clear();
  });
  after(async () => {
    store.close();
    await bucket.stop();
  });

  const download = (keys: string[], more: Partial<DownloadOrder> = {}): Promise<DownloadedFile[]> =>
    downloadObjects({
      ...{ store, pathPrefix: 'p/', folder, decompress: false, replace: false },
      ...{ signal: new AbortController().signal, onProgress: () => undefined },
      objects: localNames(keys, 'p/s/', more.decompress ?? false),
      ...more,
    });
  const failure = async (outcome: Promise<unknown>): Promise<ProblemError> => {
    const error = await outcome.then(
      () => assert.fail('It has succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ProblemError, String(error));
    return error;
  };
  const there = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

  it('writes what lies there, under whatever keys', async () => {
    const keys = ODD.map((name) => `p/s/${name}`);
    for (const key of keys) await bucket.put(key, key);
    const seen: number[] = [];
    const files = await download(keys, { onProgress: (progress) => seen.push(progress.files) });
    assert.deepEqual(
      files.map(({ key, file }) => [key, readFileSync(file, 'utf8')]),
      keys.map((key) => [key, key]),
    );
    assert.equal(there().length, keys.length);
    assert.equal(seen.at(-1), keys.length);
  });

  it('reads on where the connection was cut, and asks for the same object only', async () => {
    const body = randomBytes(3 * MIB);
    await bucket.put('p/s/big', body);
    bucket.s3.faults.add({ op: 'GetObject', cut: 'within', cutAfterBytes: MIB, times: 2 });
    const [file] = await download(['p/s/big']);
    assert.ok(readFileSync(file!.file).equals(body));
    const asked = bucket.s3.requests.filter(({ op }) => op === 'GetObject').length;
    assert.equal(asked, 3);
  });

  it('does not mix two objects when one takes the place of another', async () => {
    await bucket.put('p/s/big', randomBytes(3 * MIB));
    const replace = async (): Promise<void> => bucket.put('p/s/big', randomBytes(3 * MIB));
    bucket.s3.faults.add({ op: 'GetObject', cut: 'within', cutAfterBytes: MIB });
    bucket.s3.faults.add({ op: 'GetObject', run: replace });
    assert.equal((await failure(download(['p/s/big']))).code, 'conflict');
    assert.deepEqual(there(), []);
  });

  it('gives up when it is refused half-way, and leaves nothing, no folder either', async () => {
    await bucket.put('p/s/sub/big', randomBytes(3 * MIB));
    bucket.s3.faults.add({ op: 'GetObject', cut: 'within', cutAfterBytes: MIB });
    bucket.s3.faults.add({ op: 'GetObject', times: 100, answer: { status: 403, code: 'AccessDenied' } });
    assert.equal((await failure(download(['p/s/sub/big']))).code, 'access-denied');
    assert.deepEqual(there(), []);
  });

  it('takes gzip off where there is gzip, and tells when it is damaged', async () => {
    const text = randomBytes(MIB).toString('base64');
    const packed = gzipSync(text);
    await bucket.put('p/s/a.csv.gz', Buffer.concat([packed, gzipSync('more')]));
    await bucket.put('p/s/plain.gz', text);
    await bucket.put('p/s/empty.gz', '');
    const files = await download(['p/s/a.csv.gz', 'p/s/plain.gz', 'p/s/empty.gz'], { decompress: true });
    assert.deepEqual(
      files.map(({ file }) => path.basename(file)),
      ['a.csv', 'plain', 'empty'],
    );
    const texts = files.map(({ file }) => readFileSync(file, 'utf8'));
    assert.ok(texts[0] === `${text}more` && texts[1] === text && texts[2] === '');
    await bucket.put('p/s/short.gz', packed.subarray(0, packed.length - 20));
    const { code, message } = await failure(download(['p/s/short.gz'], { decompress: true }));
    assert.equal(code, 'conflict', message);
    assert.deepEqual(there(), ['a.csv', 'empty', 'plain']);
  });

  it('notices that an object is not what its run wrote', async () => {
    const { files, runId } = await bucket.run('SELECT 1 AS n', { syncId: 's' }, { destination: { pathPrefix: 'p' } });
    const key = files[0]!.key;
    await download([key]);
    const manifest = manifestKey('p/', 's', runId);
    const text = (await store.readText(manifest))!.text;
    await store.writeText(manifest, text.replace(files[0]!.sha256, createHash('sha256').update('x').digest('hex')));
    assert.equal((await failure(download([key], { replace: true }))).code, 'conflict');
    const unquoted = (await store.readText(manifest))!.text.replaceAll('\\"', '');
    await store.writeText(manifest, unquoted);
    assert.equal((await failure(download([key], { replace: true }))).code, 'conflict');
    await bucket.put(key, 'written over');
    const [file] = await download([key], { replace: true });
    assert.equal(readFileSync(file!.file, 'utf8'), 'written over');
  });

  it('leaves nothing in part when it is cancelled', async () => {
    for (const name of ['a', 'b', 'c']) await bucket.put(`p/s/${name}/x`, randomBytes(2 * MIB));
    bucket.s3.faults.add({ op: 'GetObject', bytesPerSecond: MIB, times: 3 });
    const stop = new AbortController();
    const keys = ['a', 'b', 'c'].map((name) => `p/s/${name}/x`);
    const onProgress = ({ bytes }: { bytes: number }): void => {
      if (bytes > 0) stop.abort();
    };
    assert.equal((await failure(download(keys, { signal: stop.signal, onProgress }))).code, 'cancelled');
    assert.deepEqual(there(), []);
  });

  it('writes over nothing unless it is told to, and says why a file cannot be written', async () => {
    await bucket.put('p/s/a', 'new');
    await bucket.put('p/s/d/x', 'new');
    writeFileSync(path.join(folder, 'a'), 'old');
    writeFileSync(path.join(folder, 'd'), 'a file');
    assert.equal((await failure(download(['p/s/a']))).code, 'invalid-argument');
    assert.equal(readFileSync(path.join(folder, 'a'), 'utf8'), 'old');
    await download(['p/s/a'], { replace: true });
    assert.equal(readFileSync(path.join(folder, 'a'), 'utf8'), 'new');
    assert.match((await failure(download(['p/s/d/x']))).message, /there is a file where a folder should be/);
    assert.deepEqual(there(), ['a', 'd']);
  });

  it('follows no link out of the folder', async function () {
    if (process.platform === 'win32') this.skip();
    const outside = mkdtempSync(path.join(tmpdir(), 's3d-outside-'));
    try {
      mkdirSync(path.join(folder, 'in'));
      symlinkSync(outside, path.join(folder, 'in', 'link'));
      await bucket.put('p/s/in/link/x', 'new');
      assert.equal((await failure(download(['p/s/in/link/x']))).code, 'invalid-argument');
      assert.deepEqual(readdirSync(outside), []);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('says that the disk is full, and leaves nothing', async function () {
    const disk = path.join(folder, 'disk');
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk]).status !== 0) this.skip();
    try {
      await bucket.put('p/s/in/x', randomBytes(3 * MIB));
      assert.equal((await failure(download(['p/s/in/x'], { folder: disk }))).code, 'disk-full');
      assert.deepEqual(readdirSync(disk), []);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
