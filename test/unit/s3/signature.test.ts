import assert from 'node:assert/strict';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { assertRefused, onEachStore, onEmbedded, type Subject } from './subject.ts';

const WRONG = 'x'.repeat(40);

function list({ bucket }: Subject): ListObjectsV2Command {
  return new ListObjectsV2Command({ Bucket: bucket });
}

/** A PutObject whose body is replaced after it has been signed. */
async function putTampered(s: Subject, signed: string, sent: string): Promise<unknown> {
  const client = s.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as { body: unknown }).body = Buffer.from(sent);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'tamper' },
  );
  return client.send(new PutObjectCommand({ Bucket: s.bucket, Key: 'tampered', Body: Buffer.from(signed) }));
}

onEachStore('Signature', {
  'refuses a wrong secret': async (s) => {
    const client = s.client({ credentials: { ...s.store.admin, secretAccessKey: WRONG } });
    await assertRefused(client.send(list(s)), 403, 'SignatureDoesNotMatch');
    const put = new PutObjectCommand({ Bucket: s.bucket, Key: 'k', Body: 'x' });
    await assertRefused(client.send(put), 403, 'SignatureDoesNotMatch');
  },

  'refuses an unknown access key': async (s) => {
    const client = s.client({ credentials: { accessKeyId: 'AKIAUNKNOWNUNKNOWN00', secretAccessKey: WRONG } });
    await assertRefused(client.send(list(s)), 403, 'InvalidAccessKeyId');
  },

  'refuses a session token that belongs to nobody': {
    aws: async (s) => {
      const client = s.client({ credentials: { ...s.store.admin, sessionToken: 'garbage' } });
      const { error } = await assertRefused(client.send(list(s)), 400, 'InvalidToken');
      assert.equal(error['Token-0'], 'garbage');
    },
    differs: 'ignores a token that comes with permanent keys',
    radosgw: async (s) => {
      await s.client({ credentials: { ...s.store.admin, sessionToken: 'garbage' } }).send(list(s));
    },
  },

  'refuses a clock that is an hour off': async (s) => {
    await assertRefused(s.client({ systemClockOffset: 3_600_000 }).send(list(s)), 403, 'RequestTimeTooSkewed');
  },

  'refuses a body that has been changed on its way': async (s) => {
    await assertRefused(putTampered(s, 'original!', 'tampered!'), 400, 'XAmzContentSHA256Mismatch');
  },

  'refuses requests without a signature': async (s) => {
    const response = await fetch(`${s.store.endpoint}/${s.bucket}?list-type=2`);
    assert.equal(response.status, 403);
    assert.match(await response.text(), /<Code>AccessDenied<\/Code>/);
  },

  'names each request': {
    aws: async (s) => {
      const { $metadata } = await s.admin.send(list(s));
      assert.match($metadata.requestId!, /^[0-9A-F]{16}$/);
      assert.ok($metadata.extendedRequestId);
    },
    differs: 'has no x-amz-id-2, and ids of another form',
    radosgw: async (s) => {
      const { $metadata } = await s.admin.send(list(s));
      assert.match($metadata.requestId!, /^tx/);
      assert.equal($metadata.extendedRequestId, undefined);
    },
  },
});

onEmbedded('Signature', {
  'shows what it has calculated': async (s) => {
    const client = s.client({ credentials: { ...s.store.admin, secretAccessKey: WRONG } });
    const { error } = await assertRefused(client.send(list(s)), 403, 'SignatureDoesNotMatch');
    assert.equal(error.AWSAccessKeyId, s.store.admin.accessKeyId);
    assert.match(
      String(error.StringToSign),
      /^AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/us-east-1\/s3\/aws4_request\n[0-9a-f]{64}$/,
    );
    assert.match(String(error.CanonicalRequest), new RegExp(`^GET\\n/${s.bucket}/?\\nlist-type=2\\n`));
    assert.match(String(error.SignatureProvided), /^[0-9a-f]{64}$/);
  },

  'takes temporary credentials with their token until they end': async (s, s3) => {
    const credentials = {
      accessKeyId: 'ASIATEMPORARY',
      secretAccessKey: 'temporary-secret',
      sessionToken: 'the-token',
    };
    const entry = { name: 'temporary', ...credentials, expires: new Date(Date.now() + 60_000) };
    const policy = { Statement: { Effect: 'Allow' as const, Action: 's3:*', Resource: '*' } };
    s3.accounts.set('ASIATEMPORARY', { ...entry, policy });
    try {
      await s.client({ credentials }).send(list(s));
      const { sessionToken, ...withoutToken } = credentials;
      await assertRefused(s.client({ credentials: withoutToken }).send(list(s)), 403, 'InvalidAccessKeyId');
      const wrong = { ...credentials, sessionToken: `not ${sessionToken}` };
      await assertRefused(s.client({ credentials: wrong }).send(list(s)), 400, 'InvalidToken');
      s3.accounts.get('ASIATEMPORARY')!.expires = new Date(Date.now() - 1);
      const { error } = await assertRefused(s.client({ credentials }).send(list(s)), 400, 'ExpiredToken');
      assert.equal(error['Token-0'], 'the-token');
    } finally {
      s3.accounts.delete('ASIATEMPORARY');
    }
  },

  'tells the time to a client whose clock is off': async (s) => {
    const client = s.client({ systemClockOffset: -3_600_000 });
    const { error } = await assertRefused(client.send(list(s)), 403, 'RequestTimeTooSkewed');
    assert.ok(Math.abs(Date.parse(String(error.ServerTime)) - Date.now()) < 5000);
    assert.equal(error.MaxAllowedSkewMilliseconds, '900000');
  },

  'refuses x-amz headers that are not signed': async (s) => {
    const client = s.client();
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['x-amz-meta-late'] = '1';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'addHeader' },
    );
    const put = new PutObjectCommand({ Bucket: s.bucket, Key: 'k', Body: 'x' });
    const { error } = await assertRefused(client.send(put), 403, 'AccessDenied');
    assert.equal(error.HeadersNotSigned, 'x-amz-meta-late');
  },

  'refuses headers that it cannot read, and version 2': async (s) => {
    const get = async (authorization: string) => {
      const response = await fetch(`${s.store.endpoint}/${s.bucket}`, { headers: { authorization } });
      return [response.status, /<Code>(.*?)</.exec(await response.text())?.[1]];
    };
    assert.deepEqual(await get('AWS4-HMAC-SHA256 Credential=x'), [400, 'AuthorizationHeaderMalformed']);
    assert.deepEqual(await get('AWS DEMOADMIN:c2ln'), [400, 'InvalidRequest']);
  },

  'refuses paths that are not percent-encoded text': async (s) => {
    const response = await fetch(`${s.store.endpoint}/${s.bucket}/%ff`);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /<Code>InvalidURI</);
  },
});
