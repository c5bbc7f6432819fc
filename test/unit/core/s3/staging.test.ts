import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { inChunks } from '../../../../src/core/s3/chunks.ts';
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

describe('inChunks', () => {
  it('makes parts of exactly the size, and loses nothing', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 1, max: 40 }), async (content, size) => {
        const bytes = Buffer.concat(content);
        const parts = await all(inChunks(pieces(bytes, 7), size));
        assert.ok(Buffer.concat(parts).equals(bytes));
        assert.ok(parts.slice(0, -1).every(({ length }) => length === size));
        assert.equal(parts.length, Math.ceil(bytes.length / size));
      }),
    );
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
