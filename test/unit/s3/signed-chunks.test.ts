import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { onEachStore, textOf, type Subject } from './subject.ts';

const EMPTY = sha256('');

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Sends chunks whose signatures are made by AWS's description of them; the SDK for JavaScript has none of its own. */
async function putSigned(
  { store, bucket }: Subject,
  key: string,
  signed: string[],
  sent = signed,
): Promise<[number, string | undefined]> {
  const { host } = new URL(store.endpoint);
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [date.slice(0, 8), store.region, 's3', 'aws4_request'];
  const signingKey = scope.reduce<string | Buffer>(hmac, `AWS4${store.admin.secretAccessKey}`);
  const sign = (...lines: string[]) => hmac(signingKey, lines.join('\n')).toString('hex');
  const mode = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
  const length = String(signed.join('').length);
  const headers = { host, 'x-amz-content-sha256': mode, 'x-amz-date': date, 'x-amz-decoded-content-length': length };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['PUT', `/${bucket}/${key}`, '', lines.join(''), names, mode].join('\n');
  const seed = sign('AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical));
  let previous = seed;
  const chunks = [...signed, ''].map((data, i) => {
    previous = sign('AWS4-HMAC-SHA256-PAYLOAD', date, scope.join('/'), previous, EMPTY, sha256(data));
    const body = sent[i] ?? '';
    return `${body.length.toString(16)};chunk-signature=${previous}\r\n${body}\r\n`;
  });
  const credential = `Credential=${store.admin.accessKeyId}/${scope.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${seed}`;
  const response = await fetch(`${store.endpoint}/${bucket}/${key}`, {
    method: 'PUT',
    headers: { ...headers, authorization, 'content-encoding': 'aws-chunked' },
    body: chunks.join(''),
  });
  return [response.status, /<Code>(.*?)</.exec(await response.text())?.[1]];
}

const CHUNKS = ['a'.repeat(70_000), 'b'.repeat(8192), 'the rest'];

async function putAndGet(s: Subject): Promise<string | undefined> {
  assert.deepEqual(await putSigned(s, 'signed', CHUNKS), [200, undefined]);
  const { Body, ContentEncoding } = await s.admin.send(new GetObjectCommand({ Bucket: s.bucket, Key: 'signed' }));
  assert.equal(await textOf(Body), CHUNKS.join(''));
  return ContentEncoding;
}

onEachStore('Signed chunks', {
  'are put together': {
    aws: async (s) => {
      assert.equal(await putAndGet(s), undefined);
    },
    differs: 'keeps aws-chunked as the encoding of the object',
    radosgw: async (s) => {
      assert.equal(await putAndGet(s), 'aws-chunked');
    },
  },

  'are refused when one has been changed': {
    aws: async (s) => {
      const changed = CHUNKS.with(2, 'the best');
      assert.deepEqual(await putSigned(s, 'changed', CHUNKS, changed), [403, 'SignatureDoesNotMatch']);
    },
    differs: 'says XAmzContentSHA256Mismatch',
    radosgw: async (s) => {
      const changed = CHUNKS.with(2, 'the best');
      assert.deepEqual(await putSigned(s, 'changed', CHUNKS, changed), [400, 'XAmzContentSHA256Mismatch']);
    },
  },
});
