import assert from 'node:assert/strict';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type DeleteObjectsCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { assertRefused, onEachStore, onEmbedded, type Subject } from './subject.ts';

async function put({ admin, bucket: Bucket }: Subject, ...keys: string[]): Promise<void> {
  for (const Key of keys) await admin.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
}

function deleteAll(
  { admin, bucket: Bucket }: Subject,
  keys: string[],
  more: object = {},
): Promise<DeleteObjectsCommandOutput> {
  const Delete = { Objects: keys.map((Key) => ({ Key })), ...more };
  return admin.send(new DeleteObjectsCommand({ Bucket, Delete }));
}

onEachStore('Deletes', {
  'remove an object, and do not mind if it is not there': async (s) => {
    await put(s, 'one');
    const target = { Bucket: s.bucket, Key: 'one' };
    await s.admin.send(new DeleteObjectCommand(target));
    await assertRefused(s.admin.send(new HeadObjectCommand(target)), 404);
    await s.admin.send(new DeleteObjectCommand(target));
  },

  'remove many at once': async (s) => {
    const keys = ['batch/a', 'batch/b c+é', 'batch/<&>'];
    await put(s, ...keys);
    const { Deleted, Errors } = await deleteAll(s, [...keys, 'batch/not-there']);
    assert.deepEqual(Deleted!.map(({ Key }) => Key).sort(), [...keys, 'batch/not-there'].sort());
    assert.equal(Errors, undefined);
    const { KeyCount } = await s.admin.send(new ListObjectsV2Command({ Bucket: s.bucket, Prefix: 'batch/' }));
    assert.equal(KeyCount, 0);
  },

  'can be quiet': async (s) => {
    await put(s, 'quiet');
    assert.equal((await deleteAll(s, ['quiet'], { Quiet: true })).Deleted, undefined);
  },

  'take at most 1000 keys': {
    aws: async (s) => {
      const keys = Array.from({ length: 1001 }, (_, i) => `many/${i}`);
      await assertRefused(deleteAll(s, keys), 400, 'MalformedXML');
      assert.equal((await deleteAll(s, keys.slice(1))).Deleted!.length, 1000);
    },
    differs: 'does not name the error',
    radosgw: async (s) => {
      const keys = Array.from({ length: 1001 }, (_, i) => `many/${i}`);
      await assertRefused(deleteAll(s, keys), 400, 'Unknown');
      assert.equal((await deleteAll(s, keys.slice(1))).Deleted!.length, 1000);
    },
  },
});

onEmbedded('Deletes', {
  'say for each key why it was refused': async (s, s3) => {
    await put(s, 'kept/a', 'gone/b');
    const Resource = `arn:aws:s3:::${s.bucket}/*`;
    s3.setBucketPolicy(s.bucket, {
      Statement: [
        { Effect: 'Allow', Principal: { AWS: s.store.other.arn }, Action: 's3:DeleteObject', Resource },
        { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: `arn:aws:s3:::${s.bucket}/kept/*` },
      ],
    });
    const { Deleted, Errors } = await deleteAll({ ...s, admin: s.other }, ['kept/a', 'gone/b']);
    assert.deepEqual(Deleted, [{ Key: 'gone/b' }]);
    assert.deepEqual([Errors!.length, Errors![0]!.Key, Errors![0]!.Code], [1, 'kept/a', 'AccessDenied']);
    assert.match(Errors![0]!.Message!, /s3:DeleteObject on resource.*with an explicit deny in a resource-based policy/);
  },

  'can be conditional': async (s) => {
    await put(s, 'conditional');
    const target = { Bucket: s.bucket, Key: 'conditional' };
    await assertRefused(
      s.admin.send(new DeleteObjectCommand({ ...target, IfMatch: '"0123"' })),
      412,
      'PreconditionFailed',
    );
    const { ETag } = await s.admin.send(new HeadObjectCommand(target));
    await s.admin.send(new DeleteObjectCommand({ ...target, IfMatch: ETag }));
    await assertRefused(s.admin.send(new HeadObjectCommand(target)), 404);
  },
});
