import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { checksumOf } from '../../s3/checksums.ts';
import { assertRefused, bytesOf, onEachStore, onEmbedded, sha256, type Subject } from './subject.ts';

const MIB = 1 << 20;
const PART = 5 * MIB;

async function begin({ admin, bucket: Bucket }: Subject, Key: string, more: object = {}): Promise<string> {
  return (await admin.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!;
}

async function part(
  { admin, bucket: Bucket }: Subject,
  target: { Key: string; UploadId: string },
  PartNumber: number,
  Body: Buffer | string,
): Promise<CompletedPart> {
  const { ETag, ChecksumCRC32 } = await admin.send(new UploadPartCommand({ Bucket, ...target, PartNumber, Body }));
  return { PartNumber, ETag, ChecksumCRC32 };
}

function complete(
  { admin, bucket: Bucket }: Subject,
  target: { Key: string; UploadId: string },
  Parts: CompletedPart[],
): Promise<CompleteMultipartUploadCommandOutput> {
  return admin.send(new CompleteMultipartUploadCommand({ Bucket, ...target, MultipartUpload: { Parts } }));
}

/** Uploads parts of these sizes, and completes with what `change` makes of their list. */
async function completeWith(
  s: Subject,
  sizes: number[],
  change: (parts: CompletedPart[]) => CompletedPart[],
): Promise<unknown> {
  const Key = `changed/${randomBytes(4).toString('hex')}`;
  const target = { Key, UploadId: await begin(s, Key) };
  const parts: CompletedPart[] = [];
  for (const [i, size] of sizes.entries()) parts.push(await part(s, target, i + 1, Buffer.alloc(size, 65)));
  try {
    return await complete(s, target, change(parts));
  } finally {
    await s.admin.send(new AbortMultipartUploadCommand({ Bucket: s.bucket, ...target })).catch(() => undefined);
  }
}

async function openUploads({ admin, bucket: Bucket }: Subject, Prefix: string): Promise<string[]> {
  const { Uploads } = await admin.send(new ListMultipartUploadsCommand({ Bucket, Prefix }));
  return (Uploads ?? []).map(({ Key }) => Key!);
}

async function untilNoneOpen(s: Subject, prefix: string): Promise<void> {
  for (let i = 0; i < 100 && (await openUploads(s, prefix)).length > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(await openUploads(s, prefix), []);
}

function pieces(bytes: Buffer, failAt = Infinity): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 65_543) {
        if (at > failAt) throw new Error('the source broke');
        yield bytes.subarray(at, at + 65_543);
      }
    })(),
  );
}

onEachStore('Multipart uploads', {
  'put a stream of unknown length together': async (s) => {
    const body = randomBytes(23 * MIB + 5);
    const target = { Bucket: s.bucket, Key: 'stream' };
    const upload = new Upload({
      client: s.admin,
      params: { ...target, Body: pieces(body), ContentType: 'text/csv' },
      partSize: PART,
    });
    await upload.done();
    const read = await s.admin.send(new GetObjectCommand(target));
    assert.equal(sha256(await bytesOf(read.Body)), sha256(body));
    assert.match(read.ETag!, /^"[0-9a-f]{32}-5"$/);
    assert.equal(read.ContentType, 'text/csv');
    const range = await s.admin.send(new GetObjectCommand({ ...target, Range: `bytes=${PART - 2}-${PART + 1}` }));
    assert.deepEqual(await bytesOf(range.Body), body.subarray(PART - 2, PART + 2));
    assert.deepEqual(await openUploads(s, 'stream'), []);
  },

  'answer with the ETag': {
    aws: async (s) => {
      const target = { Key: 'etag', UploadId: await begin(s, 'etag') };
      const { ETag, Bucket, Key } = await complete(s, target, [await part(s, target, 1, 'x')]);
      assert.match(ETag!, /^"[0-9a-f]{32}-1"$/);
      assert.deepEqual([Bucket, Key], [s.bucket, 'etag']);
    },
    differs: 'leaves it empty: HeadObject knows it',
    radosgw: async (s) => {
      const target = { Key: 'etag', UploadId: await begin(s, 'etag') };
      assert.equal((await complete(s, target, [await part(s, target, 1, 'x')])).ETag, '');
      const { ETag } = await s.admin.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'etag' }));
      assert.match(ETag!, /^"[0-9a-f]{32}-1"$/);
    },
  },

  'are not seen until they are completed': async (s) => {
    const target = { Key: 'unseen', UploadId: await begin(s, 'unseen') };
    const uploaded = await part(s, target, 1, 'x');
    await assertRefused(s.admin.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'unseen' })), 404);
    await complete(s, target, [uploaded]);
    await s.admin.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'unseen' }));
  },

  'are listed with their parts, and aborted': async (s) => {
    const target = { Key: 'listed/1', UploadId: await begin(s, 'listed/1') };
    await part(s, target, 3, 'x'.repeat(100));
    await part(s, target, 1, 'y');
    await part(s, target, 1, 'replaced');
    assert.deepEqual(await openUploads(s, 'listed/'), ['listed/1']);
    const list = await s.admin.send(new ListPartsCommand({ Bucket: s.bucket, ...target }));
    assert.deepEqual(
      list.Parts!.map(({ PartNumber, Size }) => [PartNumber, Size]),
      [
        [1, 8],
        [3, 100],
      ],
    );
    await s.admin.send(new AbortMultipartUploadCommand({ Bucket: s.bucket, ...target }));
    assert.deepEqual(await openUploads(s, 'listed/'), []);
    await assertRefused(part(s, target, 2, 'late'), 404, 'NoSuchUpload');
  },

  'are listed page by page': async (s) => {
    const keys = ['pages/a', 'pages/b', 'pages/c'];
    for (const key of keys) await begin(s, key);
    const found: string[] = [];
    let markers = {};
    for (let page = 0; page < 5; page++) {
      const list = await s.admin.send(
        new ListMultipartUploadsCommand({ Bucket: s.bucket, Prefix: 'pages/', MaxUploads: 2, ...markers }),
      );
      found.push(...(list.Uploads ?? []).map(({ Key }) => Key!));
      if (!list.IsTruncated) break;
      markers = { KeyMarker: list.NextKeyMarker, UploadIdMarker: list.NextUploadIdMarker };
    }
    assert.deepEqual(found, keys);
  },

  'are given up by the client': async (s) => {
    const upload = new Upload({
      client: s.admin,
      params: { Bucket: s.bucket, Key: 'given-up', Body: pieces(Buffer.alloc(40 * MIB)) },
      partSize: PART,
      queueSize: 2,
    });
    upload.on('httpUploadProgress', () => void upload.abort());
    await assert.rejects(upload.done(), { name: 'AbortError' });
    await untilNoneOpen(s, 'given-up');
    await assertRefused(s.admin.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'given-up' })), 404);
  },

  'leave nothing when their source fails': async (s) => {
    const params = { Bucket: s.bucket, Key: 'broken', Body: pieces(Buffer.alloc(30 * MIB), 17 * MIB) };
    await assert.rejects(new Upload({ client: s.admin, params, partSize: PART }).done(), /the source broke/);
    await untilNoneOpen(s, 'broken');
  },

  'must exist': async (s) => {
    const target = { Bucket: s.bucket, Key: 'k', UploadId: 'there-is-none' };
    await assertRefused(s.admin.send(new AbortMultipartUploadCommand(target)), 404, 'NoSuchUpload');
    const upload = new UploadPartCommand({ ...target, PartNumber: 1, Body: 'x' });
    await assertRefused(s.admin.send(upload), 404, 'NoSuchUpload');
    const create = new CreateMultipartUploadCommand({ Bucket: 'there-is-none', Key: 'k' });
    await assertRefused(s.admin.send(create), 404, 'NoSuchBucket');
  },

  'have no parts to list unless they exist': {
    aws: async (s) => {
      const target = { Bucket: s.bucket, Key: 'k', UploadId: 'there-is-none' };
      await assertRefused(s.admin.send(new ListPartsCommand(target)), 404, 'NoSuchUpload');
    },
    differs: 'says NoSuchKey',
    radosgw: async (s) => {
      const target = { Bucket: s.bucket, Key: 'k', UploadId: 'there-is-none' };
      await assertRefused(s.admin.send(new ListPartsCommand(target)), 404, 'NoSuchKey');
    },
  },

  'need 5 MiB in each part but the last': async (s) => {
    await assertRefused(
      completeWith(s, [1000, 1000], (parts) => parts),
      400,
      'EntityTooSmall',
    );
    await completeWith(s, [PART, 1000], (parts) => parts);
  },

  'need parts that are there': async (s) => {
    const unknown = '"00000000000000000000000000000000"';
    const wrongEtag = (parts: CompletedPart[]) => [{ ...parts[0]!, ETag: unknown }];
    await assertRefused(completeWith(s, [1000], wrongEtag), 400, 'InvalidPart');
    const oneMore = (parts: CompletedPart[]) => [...parts, { PartNumber: 2, ETag: unknown }];
    await assertRefused(completeWith(s, [PART], oneMore), 400, 'InvalidPart');
  },

  'need at least one part': async (s) => {
    await assertRefused(
      completeWith(s, [1000], () => []),
      400,
      'MalformedXML',
    );
  },

  'need their parts in order': {
    aws: async (s) => {
      await assertRefused(
        completeWith(s, [PART, 1000], (parts) => parts.reverse()),
        400,
        'InvalidPartOrder',
      );
    },
    differs: 'sorts them itself',
    radosgw: async (s) => {
      await completeWith(s, [PART, 1000], (parts) => parts.reverse());
    },
  },
});

onEmbedded('Multipart uploads', {
  'have a checksum of the checksums of their parts': async (s) => {
    const target = { Key: 'composite', UploadId: await begin(s, 'composite', { ChecksumAlgorithm: 'CRC32' }) };
    const first = await part(s, target, 1, Buffer.alloc(PART, 1));
    const second = await part(s, target, 2, 'rest');
    const { ETag, ChecksumCRC32 } = first;
    await assertRefused(complete(s, target, [{ PartNumber: 1, ETag }]), 400, 'InvalidRequest');
    await assertRefused(complete(s, target, [{ ...first, ChecksumCRC32: 'AAAAAA==' }]), 400, 'InvalidPart');
    const sums = Buffer.concat([ChecksumCRC32!, second.ChecksumCRC32!].map((sum) => Buffer.from(sum, 'base64')));
    const completed = await complete(s, target, [first, second]);
    assert.equal(completed.ChecksumCRC32, `${checksumOf('crc32', sums)}-2`);
    assert.equal(completed.ChecksumType, 'COMPOSITE');
  },

  'have a checksum of the whole object': async (s) => {
    const choice = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' };
    const target = { Key: 'full', UploadId: await begin(s, 'full', choice) };
    const body = randomBytes(PART + 1000);
    const parts = [await part(s, target, 1, body.subarray(0, PART)), await part(s, target, 2, body.subarray(PART))];
    assert.equal((await complete(s, target, parts)).ChecksumCRC32, checksumOf('crc32', body));
    const impossible = begin(s, 'k', { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' });
    await assertRefused(impossible, 400, 'InvalidRequest');
  },

  'want each part with the checksum that was agreed on': async (s) => {
    const UploadId = await begin(s, 'agreed', { ChecksumAlgorithm: 'SHA256' });
    const { error } = await assertRefused(part(s, { Key: 'agreed', UploadId }, 1, 'x'), 400, 'InvalidRequest');
    assert.match(error.message, /expected checksum Type: sha256, actual checksum Type: crc32/);
  },

  'are read part by part': async (s) => {
    const target = { Key: 'by-part', UploadId: await begin(s, 'by-part') };
    await complete(s, target, [await part(s, target, 1, Buffer.alloc(PART)), await part(s, target, 5, 'second')]);
    const read = await s.admin.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'by-part', PartNumber: 2 }));
    assert.deepEqual([(await bytesOf(read.Body)).toString(), read.PartsCount], ['second', 2]);
    const third = new GetObjectCommand({ Bucket: s.bucket, Key: 'by-part', PartNumber: 3 });
    await assertRefused(s.admin.send(third), 416, 'InvalidPartNumber');
  },

  'number their parts from 1 to 10,000': async (s) => {
    const target = { Key: 'numbers', UploadId: await begin(s, 'numbers') };
    await part(s, target, 10_000, 'x');
    await assertRefused(part(s, target, 10_001, 'x'), 400, 'InvalidArgument');
    await assertRefused(part(s, target, 0, 'x'), 400, 'InvalidArgument');
  },

  'list their parts page by page': async (s) => {
    const target = { Key: 'many-parts', UploadId: await begin(s, 'many-parts') };
    for (const number of [1, 2, 3]) await part(s, target, number, 'x');
    const list = (more: object) => s.admin.send(new ListPartsCommand({ Bucket: s.bucket, ...target, ...more }));
    const first = await list({ MaxParts: 2 });
    assert.deepEqual([first.Parts!.length, first.IsTruncated, first.NextPartNumberMarker], [2, true, '2']);
    const rest = await list({ PartNumberMarker: '2' });
    assert.deepEqual([rest.Parts!.map(({ PartNumber }) => PartNumber), rest.IsTruncated], [[3], false]);
  },

  'several of one key are told apart by their ids': async (s) => {
    const ids = [await begin(s, 'same'), await begin(s, 'same'), await begin(s, 'same')].sort();
    const list = (more: object) =>
      s.admin.send(new ListMultipartUploadsCommand({ Bucket: s.bucket, Prefix: 'same', ...more }));
    const first = await list({ MaxUploads: 1 });
    assert.deepEqual([first.NextKeyMarker, first.NextUploadIdMarker], ['same', ids[0]]);
    const rest = await list({ KeyMarker: 'same', UploadIdMarker: ids[0] });
    assert.deepEqual(
      rest.Uploads!.map(({ UploadId }) => UploadId),
      ids.slice(1),
    );
    assert.equal((await list({ KeyMarker: 'same' })).Uploads, undefined);
  },
});
