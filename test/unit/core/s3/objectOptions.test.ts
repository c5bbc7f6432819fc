import assert from 'node:assert/strict';
import { Bucket, LARGE, SMALL } from './bucket.ts';

const OPTIONS = {
  kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/exports',
  storageClass: 'STANDARD_IA',
  acl: 'bucket-owner-full-control',
  tags: { team: 'data + more', env: 'prod' },
  metadata: { purpose: 'test' },
  expectedBucketOwner: '123456789012',
};

describe('the options of objects', () => {
  let bucket: Bucket;

  before(async () => (bucket = await Bucket.create()));
  afterEach(() => bucket.reset());
  after(() => bucket.stop());

  for (const [what, sql] of [
    ['sent at once', SMALL],
    ['sent in parts', LARGE],
  ] as const) {
    it(`are those of an object ${what}, and in part of its manifest`, async () => {
      const { files, manifest = '' } = await bucket.run(
        sql,
        { syncId: 'options' },
        { destination: { options: OPTIONS } },
      );
      const head = await bucket.head(files[0]!.key);
      assert.deepEqual(
        [head.ServerSideEncryption, head.SSEKMSKeyId, head.StorageClass, head.TagCount],
        ['aws:kms', OPTIONS.kmsKeyId, 'STANDARD_IA', 2],
      );
      assert.equal(head.Metadata?.purpose, 'test');
      assert.equal(head.Metadata['sync-id'], 'options');
      const beside = await bucket.head(manifest);
      assert.deepEqual(
        [beside.ServerSideEncryption, beside.StorageClass, beside.TagCount],
        ['aws:kms', undefined, undefined],
      );
    });
  }

  it('have the store refuse a bucket of another owner, whatever is asked', async () => {
    const destination = { options: { expectedBucketOwner: '999999999999' } };
    const { code } = await bucket.problemOf(bucket.run(LARGE, { syncId: 'owner' }, { destination }));
    assert.equal(code, 'access-denied');
  });

  it('and the target’s defaults hold unless an export says otherwise', async () => {
    const destination = {
      target: { format: 'csv', gzip: false, csv: { delimiter: ';', crlf: true }, fileName: 'x-{run}.{ext}' },
    };
    const { files } = await bucket.run(SMALL, { syncId: 'target' }, { destination });
    assert.match(files[0]!.key, /\/target\/x-[0-9a-f]+\.csv$/);
    assert.equal((await bucket.bytes(files[0]!.key)).toString(), 'id;name\r\n1;a\r\n2;\r\n');
    const own = { syncId: 'target', csv: { delimiter: '|' }, fileName: 'y-{run}.{ext}' };
    const { files: others } = await bucket.run(SMALL, own, { destination });
    assert.match(others[0]!.key, /\/y-/);
    assert.equal((await bucket.bytes(others[0]!.key)).toString(), 'id|name\r\n1|a\r\n2|\r\n');
  });
});
