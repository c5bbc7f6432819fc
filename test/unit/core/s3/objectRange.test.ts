import assert from 'node:assert/strict';
import { ObjectPreview } from '../../../../src/core/look/objectPreview.ts';
import type { ProblemError } from '../../../../src/core/problem.ts';
import { openStore, type Store } from '../../../../src/core/s3/store.ts';
import { Bucket } from './bucket.ts';

const KEY = 'signalsmith/one/x.csv';
const CONTENT = `id,note\n${Array.from({ length: 50_000 }, (_, i) => `${i},some text that makes it long`).join('\n')}\n`;

describe('reading ranges of an object', () => {
  let bucket: Bucket;
  let store: Store;
  before(async () => {
    bucket = await Bucket.create();
    store = openStore(bucket.destination());
  });
  beforeEach(() => bucket.put(KEY, CONTENT));
  afterEach(async () => {
    await bucket.clear();
    bucket.reset();
  });
  after(async () => {
    store.close();
    await bucket.stop();
  });

  const read = async (start: number, length: number, etag?: string) =>
    store.readRange(KEY, { start, length, ...(etag === undefined ? {} : { etag }) });
  const preview = (): Promise<ObjectPreview> => ObjectPreview.open(store, bucket.destination(), KEY);
  const codeOf = (outcome: Promise<unknown>): Promise<string> =>
    outcome.then(
      () => 'none',
      (error: unknown) => (error as ProblemError).code,
    );
  /** Reads on until it fails or all is there. */
  const readOn = async (previewed: ObjectPreview): Promise<void> => {
    while (previewed.state().more) await previewed.loadMore();
  };

  it('gives the bytes, no more than there are, and what is known of the object', async () => {
    const range = (await read(8, 5)) ?? assert.fail();
    assert.deepEqual([range.bytes.toString(), range.size], [CONTENT.slice(8, 13), CONTENT.length]);
    assert.equal((await read(CONTENT.length - 3, 100, range.etag))?.bytes.toString(), CONTENT.slice(-3));
    assert.equal((await read(CONTENT.length, 100, range.etag))?.bytes.length, 0);
    await bucket.put(KEY, '');
    const empty = await read(0, 100);
    assert.deepEqual([empty?.bytes.length, empty?.size], [0, 0]);
    assert.equal(await store.readRange('signalsmith/none', { start: 0, length: 1 }), undefined);
    assert.equal(await store.head('signalsmith/none'), undefined);
    assert.equal((await store.head(KEY))?.size, 0);
  });

  it('goes on where a connection broke off, and where a store knows no conditions', async () => {
    bucket.s3.faults.add({ op: 'GetObject', cut: 'within', cutAfterBytes: 1000 });
    bucket.s3.faults.add({ op: 'GetObject', header: 'if-match', answer: { status: 412, code: 'PreconditionFailed' } });
    const previewed = await preview();
    await readOn(previewed);
    assert.deepEqual([previewed.state().rows, previewed.rows(49_999, 1)[0]?.[0]], [50_000, '49999']);
  });

  it('transfers no more than was asked for from a store that knows no ranges', async () => {
    const body = CONTENT.repeat(3);
    bucket.s3.faults.add({ op: 'GetObject', times: 2, answer: { status: 200, body, headers: { etag: '"x"' } } });
    const previewed = await preview();
    assert.equal(previewed.state().rows, 1000);
    assert.equal(await codeOf(readOn(previewed)), 'unsupported-by-store');
  });

  it('says so when the object was replaced or removed meanwhile, and keeps what was read', async () => {
    for (const change of [() => bucket.put(KEY, CONTENT.toUpperCase()), () => bucket.remove(KEY)]) {
      await bucket.put(KEY, CONTENT);
      const previewed = await preview();
      await change();
      assert.equal(await codeOf(readOn(previewed)), 'conflict');
      assert.ok(previewed.state().rows >= 1000 && !previewed.state().more);
      assert.match(
        previewed
          .state()
          .messages.map(({ text }) => text)
          .join(),
        /No more can be read/,
      );
    }
    assert.equal(await codeOf(preview()), 'source-missing');
  });

  it('stops when whoever reads has left', async () => {
    const left = new AbortController();
    const previewed = await ObjectPreview.open(store, bucket.destination(), KEY, { signal: left.signal });
    left.abort();
    assert.notEqual(await codeOf(readOn(previewed)), 'none');
  });
});
