import assert from 'node:assert/strict';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { assertRefused, onEachStore, onEmbedded, textOf, type Subject } from './subject.ts';

async function put(
  { admin, bucket: Bucket }: Subject,
  Key: string,
  Body: string,
  conditions: object = {},
): Promise<string> {
  return (await admin.send(new PutObjectCommand({ Bucket, Key, Body, ...conditions }))).ETag!;
}

async function get({ admin, bucket: Bucket }: Subject, Key: string): Promise<string> {
  return textOf((await admin.send(new GetObjectCommand({ Bucket, Key }))).Body);
}

/** Uploads one part and completes under conditions. */
async function complete(
  { admin, bucket: Bucket }: Subject,
  Key: string,
  Body: string,
  conditions: object,
): Promise<void> {
  const { UploadId } = await admin.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await admin.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await admin.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...conditions }));
}

onEachStore('Conditional writes', {
  'If-None-Match: * keeps what is there': async (s) => {
    await put(s, 'first', '1', { IfNoneMatch: '*' });
    await assertRefused(put(s, 'first', '2', { IfNoneMatch: '*' }), 412, 'PreconditionFailed');
    assert.equal(await get(s, 'first'), '1');
  },

  'If-Match replaces what is known': {
    aws: async (s) => {
      const known = await put(s, 'known', '1');
      await put(s, 'known', '2', { IfMatch: known });
      await assertRefused(put(s, 'known', '3', { IfMatch: known }), 412, 'PreconditionFailed');
      assert.equal(await get(s, 'known'), '2');
    },
    differs: 'wants the ETag without quotes',
    radosgw: async (s) => {
      const known = await put(s, 'known', '1');
      await assertRefused(put(s, 'known', '2', { IfMatch: known }), 412, 'PreconditionFailed');
      await put(s, 'known', '2', { IfMatch: known.replaceAll('"', '') });
    },
  },

  'If-Match takes the ETag without quotes': async (s) => {
    const known = (await put(s, 'unquoted', '1')).replaceAll('"', '');
    await put(s, 'unquoted', '2', { IfMatch: known });
    await assertRefused(put(s, 'unquoted', '3', { IfMatch: known }), 412, 'PreconditionFailed');
  },

  'If-Match of a missing object': {
    aws: async (s) => {
      await assertRefused(put(s, 'missing', '1', { IfMatch: '"0123"' }), 404, 'NoSuchKey');
    },
    differs: 'says PreconditionFailed',
    radosgw: async (s) => {
      await assertRefused(put(s, 'missing', '1', { IfMatch: '"0123"' }), 412, 'PreconditionFailed');
    },
  },

  'If-None-Match: * on CompleteMultipartUpload': {
    aws: async (s) => {
      await put(s, 'multipart', '1');
      await assertRefused(complete(s, 'multipart', '2', { IfNoneMatch: '*' }), 412, 'PreconditionFailed');
      assert.equal(await get(s, 'multipart'), '1');
      const { Uploads } = await s.admin.send(
        new ListMultipartUploadsCommand({ Bucket: s.bucket, Prefix: 'multipart' }),
      );
      assert.equal(Uploads?.length, 1, 'the upload is still open');
      await complete(s, 'multipart-new', '1', { IfNoneMatch: '*' });
    },
    differs: 'ignores it',
    radosgw: async (s) => {
      await put(s, 'multipart', '1');
      await complete(s, 'multipart', '2', { IfNoneMatch: '*' });
      assert.equal(await get(s, 'multipart'), '2');
    },
  },
});

onEmbedded('Conditional writes', {
  'If-Match on CompleteMultipartUpload': async (s) => {
    const known = await put(s, 'matched', '1');
    await complete(s, 'matched', '2', { IfMatch: known });
    await assertRefused(complete(s, 'matched', '3', { IfMatch: known }), 412, 'PreconditionFailed');
    await assertRefused(complete(s, 'not-there', '3', { IfMatch: known }), 404, 'NoSuchKey');
    assert.equal(await get(s, 'matched'), '2');
  },

  'only one of many writers is the first': async (s) => {
    const puts = Array.from({ length: 10 }, (_, i) => put(s, 'race', String(i), { IfNoneMatch: '*' }));
    const results = await Promise.allSettled(puts);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  },

  'If-None-Match with an ETag is not implemented': async (s) => {
    await assertRefused(put(s, 'etag', '1', { IfNoneMatch: '"0123"' }), 501, 'NotImplemented');
  },
});
