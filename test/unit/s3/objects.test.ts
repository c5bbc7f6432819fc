import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import {
  CopyObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { assertRefused, bytesOf, onEachStore, onEmbedded, refusal, sha256, textOf, type Subject } from './subject.ts';

const SPECIAL_KEYS = [
  'with space.csv',
  'plus+sign.csv',
  'a+b c/d é/日本語 レポート.csv',
  'pct%20lit.csv',
  'amp&eq=q?h#.csv',
  `quote'"<>.csv`,
  'emoji-😀.csv',
  'semi;colon:at@,.csv',
  'dots/..x/x.csv',
  'tilde~(paren)!*.csv',
  'trail/',
  '.hidden',
  'a/b',
  'back\\slash.csv',
  'ctl\ttab.csv',
];

async function put({ admin, bucket: Bucket }: Subject, Key: string, Body: string): Promise<string> {
  return (await admin.send(new PutObjectCommand({ Bucket, Key, Body }))).ETag!;
}

async function get({ admin, bucket: Bucket }: Subject, Key: string, Range?: string): Promise<string> {
  return textOf((await admin.send(new GetObjectCommand({ Bucket, Key, Range }))).Body);
}

onEachStore('Objects', {
  'come back with their headers and metadata': async (s) => {
    const written = {
      ContentType: 'text/csv',
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment; filename="a.csv"',
      ContentEncoding: 'gzip',
      Metadata: { rows: '100' },
    };
    await s.admin.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'headers', Body: 'x', ...written }));
    const read = await s.admin.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'headers' }));
    for (const [name, value] of Object.entries(written)) assert.deepEqual(read[name as keyof typeof written], value);
    assert.equal(read.ContentLength, 1);
  },

  'have their MD5 as ETag': async (s) => {
    assert.equal(await put(s, 'etag', 'abc'), '"900150983cd24fb0d6963f7d28e17f72"');
  },

  'may be empty': async (s) => {
    await put(s, 'empty', '');
    assert.equal((await s.admin.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'empty' }))).ContentLength, 0);
    assert.equal(await get(s, 'empty'), '');
  },

  'are replaced as a whole': async (s) => {
    await put(s, 'replaced', 'long content');
    await put(s, 'replaced', 'short');
    assert.equal(await get(s, 'replaced'), 'short');
  },

  'keep every byte, many at a time': async (s) => {
    const bodies = Array.from({ length: 16 }, (_, i) => randomBytes((i + 1) * 70_001));
    await Promise.all(
      bodies.map((Body, i) => s.admin.send(new PutObjectCommand({ Bucket: s.bucket, Key: `bytes/${i}`, Body }))),
    );
    for (const [i, body] of bodies.entries()) {
      const { Body } = await s.admin.send(new GetObjectCommand({ Bucket: s.bucket, Key: `bytes/${i}` }));
      assert.equal(sha256(await bytesOf(Body)), sha256(body));
    }
  },

  'are read in ranges': async (s) => {
    await put(s, 'range', '0123456789');
    assert.equal(await get(s, 'range', 'bytes=2-5'), '2345');
    assert.equal(await get(s, 'range', 'bytes=7-'), '789');
    assert.equal(await get(s, 'range', 'bytes=-3'), '789');
    assert.equal(await get(s, 'range', 'bytes=8-100'), '89');
    const part = await s.admin.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'range', Range: 'bytes=2-5' }));
    assert.deepEqual([part.$metadata.httpStatusCode, part.ContentRange, part.ContentLength], [206, 'bytes 2-5/10', 4]);
    await bytesOf(part.Body);
    await assertRefused(get(s, 'range', 'bytes=100-200'), 416, 'InvalidRange');
  },

  'are read under conditions': async (s) => {
    const ETag = await put(s, 'conditional', 'x');
    const read = (conditions: object) =>
      s.admin.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'conditional', ...conditions }));
    await assertRefused(read({ IfNoneMatch: ETag }), 304);
    await assertRefused(read({ IfMatch: '"0123"' }), 412, 'PreconditionFailed');
    assert.equal(await textOf((await read({ IfMatch: ETag })).Body), 'x');
    assert.equal(await textOf((await read({ IfNoneMatch: '"0123"' })).Body), 'x');
  },

  'are not there until they are written': async (s) => {
    await assertRefused(get(s, 'missing'), 404, 'NoSuchKey');
    await assertRefused(s.admin.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'missing' })), 404);
  },

  'have any key': async (s) => {
    for (const key of SPECIAL_KEYS) await put(s, `special/${key}`, key.endsWith('/') ? '' : key);
    for (const key of SPECIAL_KEYS) assert.equal(await get(s, `special/${key}`), key.endsWith('/') ? '' : key);
    const wanted = SPECIAL_KEYS.map((key) => `special/${key}`).sort();
    const list = async (EncodingType?: 'url') => {
      const { Contents } = await s.admin.send(
        new ListObjectsV2Command({ Bucket: s.bucket, Prefix: 'special/', EncodingType }),
      );
      return Contents!.map(({ Key }) => Key!);
    };
    assert.deepEqual((await list()).sort(), wanted);
    const decoded = (await list('url')).map((key) => decodeURIComponent(key.replaceAll('+', '%20')));
    assert.deepEqual(decoded.sort(), wanted);
  },

  'may have a key that is the beginning of another': async (s) => {
    await put(s, 'p', 'parent');
    await put(s, 'p/q', 'child');
    assert.deepEqual([await get(s, 'p'), await get(s, 'p/q')], ['parent', 'child']);
  },

  'have keys of at most 1024 bytes': {
    aws: async (s) => {
      await put(s, 'k'.repeat(1024), 'x');
      await assertRefused(put(s, 'é'.repeat(512) + 'x', 'x'), 400, 'KeyTooLongError');
    },
    differs: 'says InvalidObjectName',
    radosgw: async (s) => {
      await put(s, 'k'.repeat(1024), 'x');
      await assertRefused(put(s, 'é'.repeat(512) + 'x', 'x'), 400, 'InvalidObjectName');
    },
  },

  'are copied': async (s) => {
    await s.admin.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'source', Body: 'copied', Metadata: { a: 'b' } }));
    await s.admin.send(new CopyObjectCommand({ Bucket: s.bucket, Key: 'copy of+x', CopySource: `${s.bucket}/source` }));
    const copy = await s.admin.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'copy of+x' }));
    assert.deepEqual([await textOf(copy.Body), copy.Metadata], ['copied', { a: 'b' }]);
    const missing = new CopyObjectCommand({ Bucket: s.bucket, Key: 'x', CopySource: `${s.bucket}/missing` });
    await assertRefused(s.admin.send(missing), 404, 'NoSuchKey');
  },

  'have tags': async (s) => {
    const target = { Bucket: s.bucket, Key: 'tagged' };
    await s.admin.send(new PutObjectCommand({ ...target, Body: 'x', Tagging: 'team=data&purpose=export%20x' }));
    const tags = async () => (await s.admin.send(new GetObjectTaggingCommand(target))).TagSet!;
    const byKey = (await tags()).sort((a, b) => (a.Key! < b.Key! ? -1 : 1));
    assert.deepEqual(byKey, [
      { Key: 'purpose', Value: 'export x' },
      { Key: 'team', Value: 'data' },
    ]);
    await s.admin.send(new PutObjectTaggingCommand({ ...target, Tagging: { TagSet: [{ Key: 'z', Value: '1' }] } }));
    assert.deepEqual(await tags(), [{ Key: 'z', Value: '1' }]);
  },

  'have a storage class': async (s) => {
    const target = { Bucket: s.bucket, Key: 'infrequent' };
    await s.admin.send(new PutObjectCommand({ ...target, Body: 'x', StorageClass: 'STANDARD_IA' }));
    assert.equal((await s.admin.send(new HeadObjectCommand(target))).StorageClass, 'STANDARD_IA');
  },

  'are encrypted with the key of S3': {
    aws: async (s) => {
      const target = { Bucket: s.bucket, Key: 'sse' };
      const written = await s.admin.send(
        new PutObjectCommand({ ...target, Body: 'x', ServerSideEncryption: 'AES256' }),
      );
      const read = await s.admin.send(new HeadObjectCommand(target));
      assert.deepEqual([written.ServerSideEncryption, read.ServerSideEncryption], ['AES256', 'AES256']);
    },
    differs: 'takes the header and says nothing',
    radosgw: async (s) => {
      const target = { Bucket: s.bucket, Key: 'sse' };
      const written = await s.admin.send(
        new PutObjectCommand({ ...target, Body: 'x', ServerSideEncryption: 'AES256' }),
      );
      assert.equal(written.ServerSideEncryption, undefined);
    },
  },

  'are encrypted with a KMS key': async (s) => {
    const target = { Bucket: s.bucket, Key: 'kms' };
    const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'testkey-1' } as const;
    await s.admin.send(new PutObjectCommand({ ...target, Body: 'secret', ...kms }));
    const read = await s.admin.send(new GetObjectCommand(target));
    assert.equal(await textOf(read.Body), 'secret');
    assert.equal(read.ServerSideEncryption, 'aws:kms');
    assert.match(read.SSEKMSKeyId!, /testkey-1$/);
  },

  'cannot be encrypted with a KMS key that does not exist': {
    aws: async (s) => {
      const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'unknown-key' } as const;
      const command = new PutObjectCommand({ Bucket: s.bucket, Key: 'kms2', Body: 'x', ...kms });
      await assertRefused(s.admin.send(command), 400, 'KMS.NotFoundException');
    },
    differs: 'says InvalidAccessKeyId',
    radosgw: async (s) => {
      const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'unknown-key' } as const;
      const command = new PutObjectCommand({ Bucket: s.bucket, Key: 'kms2', Body: 'x', ...kms });
      await assertRefused(s.admin.send(command), 403, 'InvalidAccessKeyId');
    },
  },

  'are found in virtual-host style': async (s) => {
    await put(s, 'virtual/host', 'x');
    const httpAgent = new http.Agent({
      lookup: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    const client = s.client({
      endpoint: `http://s3.localhost:${new URL(s.store.endpoint).port}`,
      forcePathStyle: false,
      requestHandler: new NodeHttpHandler({ httpAgent }),
    });
    const { Body } = await client.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'virtual/host' }));
    assert.equal(await textOf(Body), 'x');
  },
});

onEmbedded('Objects', {
  'tell the number of their tags': async (s) => {
    const target = { Bucket: s.bucket, Key: 'counted' };
    await s.admin.send(new PutObjectCommand({ ...target, Body: 'x', Tagging: 'a=1&b=2' }));
    const read = await s.admin.send(new GetObjectCommand(target));
    assert.equal(read.TagCount, 2);
    await bytesOf(read.Body);
  },

  'refuse what AWS refuses': async (s) => {
    const write = (more: object) =>
      s.admin.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'k', Body: 'x', ...more }));
    await assertRefused(write({ StorageClass: 'COLD' }), 400, 'InvalidStorageClass');
    await assertRefused(write({ Metadata: { a: 'x'.repeat(2049) } }), 400, 'MetadataTooLarge');
    await assertRefused(write({ ACL: 'public-read' }), 400, 'AccessControlListNotSupported');
    const tags = Array.from({ length: 11 }, (_, i) => `t${i}=1`).join('&');
    await assertRefused(write({ Tagging: tags }), 400, 'BadRequest');
    await write({ ACL: 'bucket-owner-full-control' });
  },

  'stay readable while they are replaced': async (s) => {
    const old = randomBytes(8 << 20);
    const target = { Bucket: s.bucket, Key: 'busy' };
    await s.admin.send(new PutObjectCommand({ ...target, Body: old }));
    const { Body } = await s.admin.send(new GetObjectCommand(target));
    await s.admin.send(new PutObjectCommand({ ...target, Body: 'new' }));
    assert.equal(sha256(await bytesOf(Body)), sha256(old));
    assert.equal(await get(s, 'busy'), 'new');
  },

  'say which operations are missing': async (s) => {
    const { status, code } = await refusal(
      s.admin.send(new CopyObjectCommand({ Bucket: s.bucket, Key: 'k', CopySource: 'no-key' })),
    );
    assert.deepEqual([status, code], [400, 'InvalidArgument']);
    const response = await fetch(`${s.store.endpoint}/${s.bucket}?cors`);
    assert.equal(response.status, 501);
  },
});
