import assert from 'node:assert/strict';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { assertRefused, onEachStore, textOf, type Subject } from './subject.ts';

async function versioned(s: Subject, Bucket: string): Promise<Subject> {
  await s.admin.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s.admin.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  return { ...s, bucket: Bucket };
}

async function put({ admin, bucket: Bucket }: Subject, Key: string, Body: string): Promise<string | undefined> {
  return (await admin.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
}

async function get({ admin, bucket: Bucket }: Subject, Key: string, VersionId?: string): Promise<string> {
  return textOf((await admin.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body);
}

onEachStore('Versions', {
  'are kept when an object is replaced': async (subject) => {
    const s = await versioned(subject, 'versions-kept');
    const first = await put(s, 'k', '1');
    const second = await put(s, 'k', '2');
    assert.ok(first && second && first !== second);
    assert.deepEqual([await get(s, 'k'), await get(s, 'k', first), await get(s, 'k', second)], ['2', '1', '2']);
    const { Versions } = await s.admin.send(new ListObjectVersionsCommand({ Bucket: s.bucket }));
    assert.deepEqual(
      Versions!.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
      [
        [second, true],
        [first, false],
      ],
    );
  },

  'are hidden by a delete marker until it is removed': async (subject) => {
    const s = await versioned(subject, 'versions-hidden');
    const target = { Bucket: s.bucket, Key: 'k' };
    const first = await put(s, 'k', '1');
    const { DeleteMarker, VersionId } = await s.admin.send(new DeleteObjectCommand(target));
    assert.equal(DeleteMarker, true);
    await assertRefused(s.admin.send(new HeadObjectCommand(target)), 404);
    assert.equal((await s.admin.send(new ListObjectsV2Command({ Bucket: s.bucket }))).KeyCount, 0);
    assert.equal(await get(s, 'k', first), '1');
    const { DeleteMarkers } = await s.admin.send(new ListObjectVersionsCommand({ Bucket: s.bucket }));
    assert.deepEqual(
      DeleteMarkers!.map((marker) => [marker.VersionId, marker.IsLatest]),
      [[VersionId, true]],
    );
    await s.admin.send(new DeleteObjectCommand({ ...target, VersionId }));
    assert.equal(await get(s, 'k'), '1');
  },

  'are removed one by one': async (subject) => {
    const s = await versioned(subject, 'versions-removed');
    const first = await put(s, 'k', '1');
    const second = await put(s, 'k', '2');
    await s.admin.send(new DeleteObjectCommand({ Bucket: s.bucket, Key: 'k', VersionId: second }));
    assert.equal(await get(s, 'k'), '1');
    await s.admin.send(new DeleteObjectCommand({ Bucket: s.bucket, Key: 'k', VersionId: first }));
    await assertRefused(get(s, 'k'), 404, 'NoSuchKey');
  },

  'do not exist in other buckets': async (s) => {
    assert.equal(await put(s, 'k', '1'), undefined);
  },
});
