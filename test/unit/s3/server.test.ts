import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { DEMO_ADMIN, type EmbeddedS3, startS3 } from '../../s3/server.ts';
import { assertRefused, clientOf, textOf } from './subject.ts';

const Bucket = 'kept';

function connect(s3: EmbeddedS3): ReturnType<typeof clientOf> {
  return clientOf({ endpoint: s3.endpoint, region: 'us-east-1', admin: DEMO_ADMIN });
}

describe('The embedded server', () => {
  let dir: string;
  beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 's3-server-test-'))));
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  it('serves what it kept after a restart: objects, tags, policies, open uploads', async () => {
    let s3 = await startS3({ dir });
    let client = connect(s3);
    s3.createBucket(Bucket, {
      policy: { Statement: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' } },
    });
    const large = 'x'.repeat(100_000);
    await client.send(new PutObjectCommand({ Bucket, Key: 'small', Body: 'content', Metadata: { a: 'b' } }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body: large }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: large }));
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'x', UploadId: 'x' })).catch(() => undefined);
    const Tagging = { TagSet: [{ Key: 'k', Value: 'v' }] };
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'small', Tagging }));
    const target = { Bucket, Key: 'open' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
    const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: large }));
    fs.writeFileSync(path.join(dir, Bucket, 'data', 'stray'), 'left behind by a crash');
    await s3.stop();
    client.destroy();

    fs.appendFileSync(path.join(dir, Bucket, 'journal.jsonl'), '{"put":{"key":"half');
    s3 = await startS3({ dir });
    client = connect(s3);
    try {
      const small = await client.send(new GetObjectCommand({ Bucket, Key: 'small' }));
      assert.deepEqual([await textOf(small.Body), small.Metadata, small.TagCount], ['content', { a: 'b' }, 1]);
      assert.equal(await (await fetch(`${s3.endpoint}/${Bucket}/large`)).text(), large);
      assert.equal(fs.existsSync(path.join(dir, Bucket, 'data', 'stray')), false);
      const { Parts } = await client.send(new ListPartsCommand({ ...target, UploadId }));
      assert.equal(Parts!.length, 1);
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
      assert.deepEqual(
        Contents!.map(({ Key }) => Key),
        ['gone', 'large', 'open', 'small'],
      );
    } finally {
      await s3.stop();
      client.destroy();
    }
  });

  it('ends at once, whatever it is doing, and removes its temporary folder', async () => {
    const s3 = await startS3();
    s3.createBucket(Bucket);
    const client = connect(s3);
    await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body: Buffer.alloc(4 << 20) }));
    s3.faults.add({ op: 'PutObject', hang: 'before' });
    s3.faults.add({ op: 'HeadObject', delayMs: 60_000 });
    s3.faults.add({ op: 'GetObject', bytesPerSecond: 1000 });
    const pending = [
      client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })),
      client.send(new HeadObjectCommand({ Bucket, Key: 'k' })),
      client.send(new GetObjectCommand({ Bucket, Key: 'big' })).then(({ Body }) => textOf(Body)),
    ];
    const settled = Promise.allSettled(pending);
    while (s3.requests.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    const start = performance.now();
    await s3.stop();
    assert.ok(performance.now() - start < 1000);
    assert.deepEqual(
      (await settled).map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
    assert.equal(fs.existsSync(s3.dir), false);
    client.destroy();
  });

  it('listens on 127.0.0.1 alone, and says so if the port is taken', async () => {
    const s3 = await startS3();
    try {
      await assert.rejects(startS3({ port: s3.port, dir }), { code: 'EADDRINUSE' });
      const others = Object.values(os.networkInterfaces())
        .flat()
        .filter((one) => one && !one.internal && one.family === 'IPv4');
      for (const other of others) {
        const socket = net.connect(s3.port, other!.address);
        await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
      }
    } finally {
      await s3.stop();
    }
  });

  it('takes smaller parts and other users if it is told to', async () => {
    const users = [{ ...DEMO_ADMIN, name: 'anna', accessKeyId: 'ANNA', secretAccessKey: 'secret' }];
    const s3 = await startS3({ users, minPartSize: 10, region: 'eu-north-1' });
    s3.createBucket(Bucket);
    const client = clientOf({ endpoint: s3.endpoint, region: 'eu-north-1', admin: users[0]! });
    try {
      await assertRefused(connect(s3).send(new ListObjectsV2Command({ Bucket })), 403, 'InvalidAccessKeyId');
      const target = { Bucket, Key: 'k' };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
      const part = async (PartNumber: number, Body: string) => {
        const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
        return { PartNumber, ETag };
      };
      const MultipartUpload = { Parts: [await part(1, '0123456789'), await part(2, 'x')] };
      await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
      assert.throws(() => s3.setUserPolicy('nobody', undefined), /No user nobody/);
    } finally {
      await s3.stop();
      client.destroy();
    }
  });

  it('runs as a program until it is interrupted', async () => {
    const program = path.join(import.meta.dirname, '../../s3/serve.ts');
    const child = spawn(process.execPath, [program, '--dir', dir, '--bucket', 'shown'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    for await (const chunk of child.stdout) if ((output += String(chunk)).includes('shown')) break;
    const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(output)![0];
    assert.match(output, /DEMOADMIN/);
    const client = clientOf({ endpoint, region: 'us-east-1', admin: DEMO_ADMIN });
    await client.send(new PutObjectCommand({ Bucket: 'shown', Key: 'k', Body: 'x' }));
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
    client.destroy();
  });
});
