import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type ChecksumAlgorithm,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { checksumOf } from '../../s3/checksums.ts';
import { assertRefused, bytesOf, onEachStore, onEmbedded, sentHeaders, sha256, type Subject } from './subject.ts';

function inPieces(bytes: Buffer, size: number): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return Readable.from(pieces);
}

function putStream(s: Subject, Key: string, body: Buffer, more: object = {}): Promise<unknown> {
  const stream = { Body: inPieces(body, 70_001), ContentLength: body.length };
  return s.admin.send(new PutObjectCommand({ Bucket: s.bucket, Key, ...stream, ...more }));
}

/** Sends a body in chunks that has been written by hand. */
async function putChunks(s: Subject, body: string, length: number): Promise<unknown> {
  const client = s.client();
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: unknown; headers: Record<string, string> };
      request.body = Readable.from([Buffer.from(body)]);
      delete request.headers['transfer-encoding'];
      request.headers['content-length'] = String(body.length);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'replaceBody' },
  );
  const Body = Readable.from([Buffer.alloc(length)]);
  return client.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'chunks', Body, ContentLength: length }));
}

async function read(s: Subject, Key: string): Promise<GetObjectCommandOutput & { bytes: Buffer }> {
  const output = await s.admin.send(new GetObjectCommand({ Bucket: s.bucket, Key, ChecksumMode: 'ENABLED' }));
  return { ...output, bytes: await bytesOf(output.Body) };
}

onEachStore('Checksums', {
  'in the header are checked, kept and given back': {
    aws: async (s) => {
      const written = await s.admin.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'header', Body: 'abc' }));
      assert.equal(written.ChecksumCRC32, 'NSRBwg==');
      assert.equal((await read(s, 'header')).ChecksumCRC32, 'NSRBwg==');
      const wrong = new PutObjectCommand({ Bucket: s.bucket, Key: 'bad', Body: 'abc', ChecksumCRC32: 'AAAAAA==' });
      await assertRefused(s.admin.send(wrong), 400, 'BadDigest');
      await assertRefused(read(s, 'bad'), 404, 'NoSuchKey');
    },
    differs: 'ignores them',
    radosgw: async (s) => {
      const written = await s.admin.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'header', Body: 'abc' }));
      assert.equal(written.ChecksumCRC32, undefined);
      const wrong = new PutObjectCommand({ Bucket: s.bucket, Key: 'bad', Body: 'abc', ChecksumCRC32: 'AAAAAA==' });
      await s.admin.send(wrong);
    },
  },

  'come behind the body of a stream': {
    aws: async (s) => {
      const body = randomBytes(3 * 1024 * 1024 + 17);
      const sent = sentHeaders(s.admin);
      await putStream(s, 'trailer', body);
      assert.equal(sent()['x-amz-trailer'], 'x-amz-checksum-crc32');
      const { bytes, ChecksumCRC32 } = await read(s, 'trailer');
      assert.equal(sha256(bytes), sha256(body));
      assert.equal(ChecksumCRC32, checksumOf('crc32', body));
    },
    differs: 'refuses the stream for want of a length',
    radosgw: async (s) => {
      await assertRefused(putStream(s, 'trailer', randomBytes(100)), 411, 'MissingContentLength');
    },
  },

  'behind the body leave no trace in Content-Encoding': {
    aws: async (s) => {
      await putStream(s, 'encoded', randomBytes(5000), { ContentEncoding: 'gzip' });
      const { ContentEncoding } = await s.admin.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'encoded' }));
      assert.equal(ContentEncoding, 'gzip');
    },
    differs: 'refuses the stream for want of a length',
    radosgw: async (s) => {
      const put = putStream(s, 'encoded', randomBytes(5000), { ContentEncoding: 'gzip' });
      await assertRefused(put, 411, 'MissingContentLength');
    },
  },

  'behind the body are checked': {
    aws: async (s) => {
      const wrong = putChunks(s, '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 5);
      await assertRefused(wrong, 400, 'BadDigest');
    },
    differs: 'does not decode the body and takes its hash for wrong',
    radosgw: async (s) => {
      const wrong = putChunks(s, '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 5);
      await assertRefused(wrong, 400, 'XAmzContentSHA256Mismatch');
    },
  },

  'need not be sent': async (s) => {
    const client = s.client({
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    const sent = sentHeaders(client);
    const body = randomBytes(300_007);
    const stream = { Body: inPieces(body, 100_000), ContentLength: body.length };
    await client.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'none', ...stream }));
    assert.equal(sent()['x-amz-content-sha256'], 'UNSIGNED-PAYLOAD');
    const { Body } = await client.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'none' }));
    assert.equal(sha256(await bytesOf(Body)), sha256(body));
  },

  'may be Content-MD5': async (s) => {
    const put = (ContentMD5: string) =>
      s.admin.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'md5', Body: 'abc', ContentMD5 }));
    await assertRefused(put(Buffer.alloc(16, 1).toString('base64')), 400, 'BadDigest');
    await put('kAFQmDzST7DWlj99KOF/cg==');
  },

  'are made in five ways': {
    aws: async (s) => {
      for (const [algorithm, wanted] of Object.entries(OF_ABC)) {
        const choice = { ChecksumAlgorithm: algorithm as ChecksumAlgorithm };
        const put = new PutObjectCommand({ Bucket: s.bucket, Key: algorithm, Body: 'abc', ...choice });
        const written = (await s.admin.send(put)) as unknown as Record<string, string>;
        assert.equal(written[`Checksum${algorithm}`], wanted);
      }
    },
    differs: 'ignores them',
    radosgw: async (s) => {
      const choice = { ChecksumAlgorithm: 'SHA256' } as const;
      const put = new PutObjectCommand({ Bucket: s.bucket, Key: 'sha', Body: 'abc', ...choice });
      assert.equal((await s.admin.send(put)).ChecksumSHA256, undefined);
    },
  },
});

const OF_ABC = {
  CRC32: 'NSRBwg==',
  CRC32C: 'Nks/tw==',
  CRC64NVME: 'BeXKuz/B+us=',
  SHA1: 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=',
  SHA256: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
};

onEmbedded('Chunked bodies', {
  'must be complete': async (s) => {
    await assertRefused(putChunks(s, '5\r\nhel', 5), 400, 'IncompleteBody');
    await assertRefused(putChunks(s, 'zz\r\nhello\r\n0\r\n\r\n', 5), 400, 'IncompleteBody');
    await assertRefused(
      putChunks(s, '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n', 6),
      400,
      'IncompleteBody',
    );
  },

  'may have no small chunk but the last': async (s) => {
    const body = '5\r\nhello\r\n5\r\nthere\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n';
    await assertRefused(putChunks(s, body, 10), 403, 'InvalidChunkSizeError');
  },

  'are the same however they are cut on their way': async (s) => {
    const body = randomBytes(50_000);
    const Body = inPieces(body, 8192 + 13);
    await s
      .client({ requestStreamBufferSize: 1 })
      .send(new PutObjectCommand({ Bucket: s.bucket, Key: 'cut', Body, ContentLength: body.length }));
    assert.equal(sha256((await read(s, 'cut')).bytes), sha256(body));
  },
});
