import assert from 'node:assert/strict';
import {
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  paginateListObjectsV2,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { compareKeys } from '../../s3/keys.ts';
import { listPage } from '../../s3/listing.ts';
import { assertRefused, onEachStore, onEmbedded, type Subject } from './subject.ts';

const KEYS = Array.from({ length: 25 }, (_, i) => `exports/day=${i % 5}/part-${String(i).padStart(2, '0')}.csv`).sort();

async function fill({ admin, bucket: Bucket }: Subject): Promise<void> {
  await Promise.all(KEYS.map((Key) => admin.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
}

/** All pages: the keys, the common prefixes, and how many pages there were. */
async function listAll(
  { admin, bucket: Bucket }: Subject,
  input: Partial<ListObjectsV2CommandInput>,
): Promise<{ keys: string[]; prefixes: string[]; pages: number }> {
  const all = { keys: [] as string[], prefixes: [] as string[], pages: 0 };
  for await (const page of paginateListObjectsV2({ client: admin }, { Bucket, ...input })) {
    all.keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    all.prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
    all.pages++;
  }
  return all;
}

onEachStore('Listing', {
  'is empty at first': async ({ admin, bucket: Bucket }) => {
    const { KeyCount, Contents, IsTruncated } = await admin.send(new ListObjectsV2Command({ Bucket }));
    assert.deepEqual([KeyCount, Contents, IsTruncated], [0, undefined, false]);
  },

  'is in order, page by page': async (s) => {
    await fill(s);
    assert.deepEqual(await listAll(s, {}), { keys: KEYS, prefixes: [], pages: 1 });
    assert.deepEqual(await listAll(s, { MaxKeys: 10 }), { keys: KEYS, prefixes: [], pages: 3 });
  },

  'knows prefixes and what to start after': async (s) => {
    const third = KEYS.filter((key) => key.startsWith('exports/day=3/'));
    assert.deepEqual((await listAll(s, { Prefix: 'exports/day=3/' })).keys, third);
    assert.deepEqual((await listAll(s, { StartAfter: KEYS[21] })).keys, KEYS.slice(22));
    assert.deepEqual((await listAll(s, { Prefix: 'nothing/' })).keys, []);
  },

  'groups by a delimiter, page by page too': async (s) => {
    const days = Array.from({ length: 5 }, (_, day) => `exports/day=${day}/`);
    const grouped = { Prefix: 'exports/', Delimiter: '/' };
    assert.deepEqual(await listAll(s, grouped), { keys: [], prefixes: days, pages: 1 });
    assert.deepEqual((await listAll(s, { ...grouped, MaxKeys: 2 })).prefixes, days);
  },

  'tells about the objects': async ({ admin, bucket: Bucket }) => {
    const { Contents } = await admin.send(new ListObjectsV2Command({ Bucket, Prefix: KEYS[0] }));
    const { Size, ETag, LastModified, StorageClass } = Contents![0]!;
    assert.deepEqual([Size, StorageClass], [KEYS[0]!.length, 'STANDARD']);
    assert.match(ETag!, /^"[0-9a-f]{32}"$/);
    assert.ok(Math.abs(LastModified!.getTime() - Date.now()) < 60_000);
  },

  'exists in the first version too': async ({ admin, bucket: Bucket }) => {
    const first = await admin.send(new ListObjectsCommand({ Bucket, MaxKeys: 20 }));
    assert.deepEqual([first.Contents?.length, first.IsTruncated], [20, true]);
    const rest = await admin.send(new ListObjectsCommand({ Bucket, Marker: first.Contents!.at(-1)!.Key }));
    assert.deepEqual([rest.Contents?.length, rest.IsTruncated], [5, false]);
  },

  'refuses tokens that it has not given': {
    aws: async ({ admin, bucket: Bucket }) => {
      const list = new ListObjectsV2Command({ Bucket, ContinuationToken: 'not-a-token' });
      await assertRefused(admin.send(list), 400, 'InvalidArgument');
    },
    differs: 'takes any text for the key to start after',
    radosgw: async ({ admin, bucket: Bucket }) => {
      const { KeyCount } = await admin.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'a-text' }));
      assert.equal(KeyCount, KEYS.length);
    },
  },

  'of a missing bucket': async ({ admin }) => {
    await assertRefused(admin.send(new ListObjectsV2Command({ Bucket: 'there-is-none' })), 404, 'NoSuchBucket');
  },
});

onEmbedded('Listing', {
  'is quick with 200,000 keys': async (s, s3) => {
    s3.createBucket('many');
    const keys = Array.from({ length: 200_000 }, (_, i) => `a/${i % 20}/${i}`);
    s3.seed('many', keys);
    const many = { ...s, bucket: 'many' };
    const start = performance.now();
    const { prefixes, pages } = await listAll(many, { Prefix: 'a/', Delimiter: '/', MaxKeys: 1 });
    assert.deepEqual([prefixes.length, pages], [20, 20]);
    const deep = await s.admin.send(new ListObjectsV2Command({ Bucket: 'many', StartAfter: 'a/1/1' }));
    assert.equal(deep.KeyCount, 1000);
    const elapsed = performance.now() - start;
    assert.ok(elapsed < 2000, `${elapsed} ms`);
  },

  'is ordered by UTF-8 bytes': () => {
    const sorted = ['a', 'z', 'é', '\u{ff5e}', '\u{1f600}'];
    assert.deepEqual([...sorted].reverse().sort(compareKeys), sorted);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
    return Promise.resolve();
  },

  'gives everything once, whatever the page size': () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.uniqueArray(key),
        fc.constantFrom('', 'a', 'a/'),
        fc.integer({ min: 1, max: 4 }),
        (keys, prefix, max) => {
          keys.sort(compareKeys);
          const wanted = new Set(
            keys
              .filter((one) => one.startsWith(prefix))
              .map((one) => {
                const at = one.indexOf('/', prefix.length);
                return at < 0 ? one : one.slice(0, at + 1);
              }),
          );
          const given: string[] = [];
          let after: string | undefined = '';
          while (after !== undefined) {
            const page = listPage(keys, { prefix, delimiter: '/', after, max });
            given.push(...page.keys, ...page.commonPrefixes);
            after = page.next;
          }
          assert.deepEqual(given.sort(), [...wanted].sort());
        },
      ),
    );
    return Promise.resolve();
  },
});
