import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { assertRefused, bytesOf, onEmbedded, type Subject } from './subject.ts';

const PART = 5 << 20;

function upload(s: Subject, Key: string, client = s.admin): Promise<unknown> {
  const Body = Buffer.alloc(3 * PART);
  return new Upload({
    client,
    params: { Bucket: s.bucket, Key, Body },
    partSize: PART,
    leavePartsOnError: true,
  }).done();
}

function put({ bucket: Bucket }: Subject, Key: string, Body: Buffer | string = 'x'): PutObjectCommand {
  return new PutObjectCommand({ Bucket, Key, Body });
}

async function exists({ admin, bucket: Bucket }: Subject, Key: string): Promise<boolean> {
  return admin.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  );
}

onEmbedded('Faults', {
  'answer instead of S3, as often as is wanted': async (s, s3) => {
    const answer = { status: 500, code: 'InternalError', message: 'Please try again.' };
    const fault = s3.faults.add({ op: 'UploadPart', part: 2, times: 2, answer });
    await upload(s, 'in-the-end', s.client({ maxAttempts: 3 }));
    assert.equal(fault.hits, 2);
    s3.faults.add({ op: 'UploadPart', part: 2, times: Infinity, answer });
    const { error } = await assertRefused(upload(s, 'never', s.client({ maxAttempts: 2 })), 500, 'InternalError');
    assert.equal(error.message, answer.message);
    assert.equal(error.$metadata.attempts, 2);
    assert.equal(await exists(s, 'never'), false);
  },

  'answer with headers, fields and another body': async (s, s3) => {
    s3.faults.add({
      answer: {
        status: 307,
        code: 'TemporaryRedirect',
        fields: { Endpoint: 'e' },
        headers: { 'x-amz-bucket-region': 'eu-west-3' },
      },
    });
    const { error, headers } = await assertRefused(s.admin.send(put(s, 'k')), 307, 'TemporaryRedirect');
    assert.deepEqual([error.Endpoint, headers['x-amz-bucket-region']], ['e', 'eu-west-3']);
    s3.faults.add({ answer: { status: 502, body: '<html>proxy</html>' } });
    const response = await fetch(`${s.store.endpoint}/${s.bucket}`);
    assert.deepEqual([response.status, await response.text()], [502, '<html>proxy</html>']);
  },

  'answer 200 with an error in the body': async (s, s3) => {
    s3.faults.add({
      op: 'CompleteMultipartUpload',
      answer: { status: 200, code: 'InternalError', message: 'Try again.' },
    });
    await assert.rejects(upload(s, 'two-hundred'), { name: 'InternalError' });
    assert.deepEqual(
      s3.requests.filter(({ key, code }) => key === 'two-hundred' && code !== undefined).map(({ status }) => status),
      [200],
    );
  },

  'strike by bucket, key and number': async (s, s3) => {
    const answer = { status: 500, code: 'InternalError' };
    s3.faults.add({ bucket: 'another', answer });
    s3.faults.add({ key: 'data/*.csv', answer });
    await s.admin.send(put(s, 'data/x.json'));
    await assertRefused(s.admin.send(put(s, 'data/x.csv')), 500, 'InternalError');
    await s.admin.send(put(s, 'data/x.csv'));
    s3.faults.clear();
    const third = s3.faults.add({ nth: 3, answer });
    await s.admin.send(put(s, 'n'));
    await s.admin.send(new ListObjectsV2Command({ Bucket: s.bucket }));
    await assertRefused(s.admin.send(put(s, 'n')), 500, 'InternalError');
    await s.admin.send(put(s, 'n'));
    assert.equal(third.hits, 1);
    const removed = s3.faults.add({ answer });
    removed.remove();
    await s.admin.send(put(s, 'n'));
  },

  'cut the connection before, during and after': async (s, s3) => {
    s3.faults.add({ cut: 'before' });
    await assert.rejects(s.admin.send(put(s, 'cut-before')), { code: 'ECONNRESET' });
    assert.equal(await exists(s, 'cut-before'), false);
    s3.faults.add({ cut: 'during', cutAfterBytes: 1 << 20 });
    await assert.rejects(s.admin.send(put(s, 'cut-during', Buffer.alloc(PART))), { code: /ECONNRESET|EPIPE/ });
    assert.equal(await exists(s, 'cut-during'), false);
    s3.faults.add({ cut: 'after' });
    await assert.rejects(s.admin.send(put(s, 'cut-after')), { code: 'ECONNRESET' });
    assert.equal(await exists(s, 'cut-after'), true);
    assert.equal(s3.requests.findLast(({ key, op }) => key === 'cut-after' && op === 'PutObject')!.status, 200);
  },

  'cut the connection after a Complete has been carried out': async (s, s3) => {
    s3.faults.add({ op: 'CompleteMultipartUpload', cut: 'after' });
    await assertRefused(upload(s, 'completed', s.client({ maxAttempts: 2 })), 404, 'NoSuchUpload');
    assert.equal(await exists(s, 'completed'), true);
  },

  'leave no bytes of a body that was cut': async (s, s3) => {
    const data = () => fs.readdirSync(path.join(s3.dir, s.bucket, 'data')).length;
    const files = data();
    s3.faults.add({ cut: 'during', cutAfterBytes: 3 << 20 });
    await assert.rejects(s.admin.send(put(s, 'cut', Buffer.alloc(PART))));
    for (let i = 0; i < 50 && data() > files; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(data(), files);
  },

  'hang before or after': async (s, s3) => {
    const impatient = s.client({
      requestHandler: new NodeHttpHandler({ requestTimeout: 150, throwOnRequestTimeout: true }),
    });
    s3.faults.add({ hang: 'before' });
    await assert.rejects(impatient.send(put(s, 'hang-before')), { name: 'TimeoutError' });
    assert.equal(await exists(s, 'hang-before'), false);
    s3.faults.add({ hang: 'after' });
    await assert.rejects(impatient.send(put(s, 'hang-after')), { name: 'TimeoutError' });
    assert.equal(await exists(s, 'hang-after'), true);
  },

  delay: async (s, s3) => {
    s3.faults.add({ delayMs: 200 });
    const start = performance.now();
    await s.admin.send(put(s, 'delayed'));
    assert.ok(performance.now() - start >= 195);
  },

  'slow down both ways': async (s, s3) => {
    const rate = { bytesPerSecond: 2 << 20 };
    s3.faults.add(rate);
    let start = performance.now();
    await s.admin.send(put(s, 'slow', Buffer.alloc(1 << 20)));
    assert.ok(performance.now() - start >= 450, 'upload');
    s3.faults.add(rate);
    start = performance.now();
    await bytesOf((await s.admin.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'slow' }))).Body);
    assert.ok(performance.now() - start >= 450, 'download');
  },

  'change things behind the back of the client': async (s, s3) => {
    const admin = s3.accounts.get(s.store.admin.accessKeyId)!;
    s3.faults.add({ op: 'UploadPart', part: 2, run: () => s3.setUserPolicy('admin', undefined) });
    try {
      await assertRefused(upload(s, 'revoked'), 403, 'AccessDenied');
    } finally {
      s3.accounts.set(admin.accessKeyId, {
        ...admin,
        policy: { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
      });
    }
    const { Uploads } = await s.admin.send(new ListMultipartUploadsCommand({ Bucket: s.bucket, Prefix: 'revoked' }));
    assert.equal(Uploads!.length, 1);
  },
});

onEmbedded('The request log', {
  'tells who did what, and over which connection': async (s, s3) => {
    s3.requests.length = 0;
    const client = s.client();
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: s.bucket, Key: 'logged' }));
    await assertRefused(s.other.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'logged' })), 403);
    await client.send(new CreateMultipartUploadCommand({ Bucket: s.bucket, Key: 'logged' }));
    assert.ok(UploadId);
    const seen = s3.requests.map(({ op, bucket, key, user, status, code }) => [op, bucket, key, user, status, code]);
    assert.deepEqual(seen, [
      ['CreateMultipartUpload', s.bucket, 'logged', 'admin', 200, undefined],
      ['GetObject', s.bucket, 'logged', 'other', 403, 'AccessDenied'],
      ['CreateMultipartUpload', s.bucket, 'logged', 'admin', 200, undefined],
    ]);
    const ports = s3.requests.map(({ remotePort }) => remotePort);
    assert.equal(ports[0], ports[2]);
    assert.notEqual(ports[0], ports[1]);
  },
});
