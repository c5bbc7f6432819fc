import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { inParts, PartBuffers } from '../../../../src/core/s3/parts.ts';
import type { Staging } from '../../../../src/core/s3/staging.ts';
import { openStore, type Store } from '../../../../src/core/s3/store.ts';
import { all } from '../../exporter/exporting.ts';
import { Bucket } from './bucket.ts';

const MIB = 1 << 20;
const head = (key: string) => ({ key, contentType: 'text/plain', metadata: { by: 'test' } });

// eslint-disable-next-line @typescript-eslint/require-await -- stands for a pipe
async function* pieces(bytes: Buffer, size = 700_001): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('inParts', () => {
  const contents = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 20 });

  it('makes parts of exactly the size, tells the last, and loses nothing though buffers are used again', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 40 }), async (content, size) => {
        const bytes = Buffer.concat(content);
        const buffers = new PartBuffers(size);
        const parts: Buffer[] = [];
        for await (const part of inParts(pieces(bytes, 7), buffers)) {
          parts.push(Buffer.from(part.bytes));
          assert.equal(part.number, parts.length);
          assert.equal(part.last, parts.length === Math.ceil(bytes.length / size));
          buffers.giveBack(part.bytes);
        }
        assert.ok(Buffer.concat(parts).equals(bytes));
        assert.ok(parts.slice(0, -1).every(({ length }) => length === size));
        assert.equal(parts.length, Math.ceil(bytes.length / size));
      }),
    );
  });

  it('does not take what the next bytes are read into', async () => {
    const window = Buffer.alloc(3);
    // eslint-disable-next-line @typescript-eslint/require-await -- stands for a pipe
    const reused = async function* () {
      for (const text of ['abc', 'def', 'ghi']) yield window.fill(text);
    };
    const parts = await all(inParts(reused(), new PartBuffers(5)));
    assert.deepEqual(
      parts.map(({ bytes }) => bytes.toString()),
      ['abcde', 'fghi'],
    );
  });
});

describe('PartBuffers', () => {
  it('gives out a buffer again that came back, and none that it did not give', () => {
    const buffers = new PartBuffers(8);
    const first = buffers.take();
    assert.notEqual(buffers.take().buffer, first.buffer);
    buffers.giveBack(first.subarray(2, 5));
    buffers.giveBack(first);
    buffers.giveBack(Buffer.from('a slice of a pool of others'));
    assert.equal(buffers.take().buffer, first.buffer);
    assert.equal(buffers.take().length, 8);
  });
});

describe('Staging', () => {
  let bucket: Bucket;
  let store: Store;
  let staging: Staging;

  before(async () => (bucket = await Bucket.create()));
  beforeEach(() => {
    store = openStore(bucket.destination());
    staging = store.stage({ partBytes: 5 * MIB, partsAtOnce: 3, keepSmall: true });
  });
  afterEach(async () => {
    staging.close();
    store.close();
    const unfinished = await bucket.unfinished();
    await bucket.clear();
    bucket.reset();
    assert.equal(unfinished, 0);
  });
  after(() => bucket.stop());

  const sizes = { small: 10, large: 12 * MIB, empty: 0, exact: 5 * MIB, last: 3 };

  /** Puts objects of these sizes, all but commits. */
  async function stage() {
    const contents = new Map<string, Buffer>();
    for (const [key, size] of Object.entries(sizes)) {
      const bytes = randomBytes(size);
      contents.set(key, bytes);
      await staging.put(head(key), pieces(bytes));
    }
    return { contents, staged: await staging.staged() };
  }

  const ours = { runId: 'run-1', onlyNew: false };

  it('shows several objects, small and large, only when they are completed', async () => {
    const { contents, staged } = await stage();
    assert.deepEqual(await bucket.keys(), []);
    assert.equal(bucket.count('PutObject'), 0);
    assert.deepEqual(
      staged.uploads.map(({ key }) => key),
      [...contents.keys()],
    );
    assert.equal(staged.kept, undefined);
    // Whoever has read what was written down can complete it.
    const { uploads } = JSON.parse(JSON.stringify(staged)) as typeof staged;
    for (const upload of uploads) assert.match((await store.complete(upload, ours)) ?? '', /^".+"$/);
    for (const [key, bytes] of contents) assert.ok((await bucket.bytes(key)).equals(bytes), key);
    assert.deepEqual((await bucket.head('large')).Metadata, { by: 'test' });
  });

  it('sends exact bytes out of buffers that are used again, also where parts are sent twice', async () => {
    const bytes = randomBytes(43 * MIB + 1);
    bucket.s3.faults.add({ op: 'UploadPart', times: 3, answer: { status: 503, code: 'SlowDown' } });
    const retried = store.stage({ partBytes: 5 * MIB, partsAtOnce: 2, keepSmall: true });
    await retried.put(head('retried'), pieces(bytes));
    const { uploads } = await retried.staged();
    retried.close();
    for (const upload of uploads) await store.complete(upload, ours);
    assert.ok((await bucket.bytes('retried')).equals(bytes));
    assert.equal(bucket.count('UploadPart'), 9 + 3);
  });

  it('tells the watcher of each upload before it is asked for, and before its first part', async () => {
    const told: string[] = [];
    const requests = () => bucket.log().length;
    const watcher = {
      creating: (key: string) => Promise.resolve(void told.push(`creating ${key} ${requests()}`)),
      created: ({ key }: { key: string }) => Promise.resolve(void told.push(`created ${key} ${requests()}`)),
    };
    const watched = store.stage({ partBytes: 5 * MIB, partsAtOnce: 3, keepSmall: false, watcher });
    await watched.put(head('watched'), pieces(randomBytes(10)));
    await watched.staged();
    assert.deepEqual(told, ['creating watched 0', 'created watched 1']);
    assert.deepEqual(bucket.log(), ['CreateMultipartUpload 200', 'UploadPart 200']);
    assert.deepEqual(await watched.abort(), []);
    watched.close();
  });

  it('aborts all of several objects', async () => {
    await stage();
    assert.equal(await bucket.unfinished(), Object.keys(sizes).length);
    assert.deepEqual(await staging.abort(), []);
    assert.deepEqual([await bucket.keys(), await bucket.unfinished()], [[], 0]);
    assert.deepEqual(await staging.abort(), []);
  });

  it('fails as a whole when one object does', async () => {
    const answer = { status: 403, code: 'AccessDenied' };
    bucket.s3.faults.add({ op: 'UploadPart', key: 'last', times: 99, answer });
    await assert.rejects(stage(), { name: 'AccessDenied' });
    assert.deepEqual(await staging.abort(), []);
    assert.deepEqual(await bucket.keys(), []);
  });

  it('fails with the source', async () => {
    const broken = new Error('broken source');
    for (const good of [0, 3 * MIB, 17 * MIB]) {
      const failing = store.stage({ partBytes: 5 * MIB, partsAtOnce: 2, keepSmall: true });
      const source = async function* () {
        yield* pieces(randomBytes(good));
        throw broken;
      };
      const put = failing.put(head('broken'), source()).then(() => failing.staged());
      await assert.rejects(put, broken);
      assert.deepEqual(await failing.abort(), []);
      failing.close();
    }
    assert.deepEqual(await bucket.keys(), []);
  });

  it('keeps a small object back until it is known to be alone, and adds what is known then', async () => {
    await staging.put(head('alone'), pieces(Buffer.from('text')));
    const { uploads, kept = assert.fail() } = await staging.staged();
    assert.deepEqual([bucket.log(), uploads], [[], []]);
    await store.putKept(kept, ours, { rows: '7' });
    assert.deepEqual(bucket.log(), ['PutObject 200']);
    assert.deepEqual((await bucket.head('alone')).Metadata, { by: 'test', rows: '7' });
  });

  it('does not read on when the store is slow', async () => {
    bucket.s3.faults.add({ op: 'UploadPart', times: 99, hang: 'before' });
    let read = 0;
    const source = async function* () {
      for await (const piece of pieces(randomBytes(60 * MIB), MIB)) {
        read += piece.length;
        yield piece;
      }
    };
    const put = staging.put(head('slow'), source());
    const failure = assert.rejects(put, /enough/);
    await new Promise((resolve) => setTimeout(resolve, 400));
    // Three parts on their way, and those that wait between the reader and the SDK.
    assert.ok(read <= 7 * 5 * MIB, `${read / MIB} MiB were read`);
    staging.cancel(new Error('enough'));
    await failure;
    assert.deepEqual(await staging.abort(), []);
  });
});
