import assert from 'node:assert/strict';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { onEachStore, onEmbedded, textOf } from './subject.ts';

async function codeOf(response: Response): Promise<string | undefined> {
  return /<Code>(.*?)</.exec(await response.text())?.[1];
}

onEachStore('Presigned URLs', {
  'give an object to whoever has one': async ({ admin, bucket }) => {
    await admin.send(new PutObjectCommand({ Bucket: bucket, Key: 'a b+c', Body: 'content' }));
    const url = await getSignedUrl(admin, new GetObjectCommand({ Bucket: bucket, Key: 'a b+c' }), { expiresIn: 60 });
    const response = await fetch(url);
    assert.deepEqual([response.status, await response.text()], [200, 'content']);
  },

  'take an object': async ({ admin, bucket }) => {
    const url = await getSignedUrl(admin, new PutObjectCommand({ Bucket: bucket, Key: 'put' }), { expiresIn: 60 });
    assert.equal((await fetch(url, { method: 'PUT', body: 'put' })).status, 200);
    const { Body } = await admin.send(new GetObjectCommand({ Bucket: bucket, Key: 'put' }));
    assert.equal(await textOf(Body), 'put');
  },

  'do not work when they have been changed': async ({ admin, bucket }) => {
    const url = await getSignedUrl(admin, new GetObjectCommand({ Bucket: bucket, Key: 'put' }), { expiresIn: 60 });
    const response = await fetch(url.replace('/put?', '/other?'));
    assert.deepEqual([response.status, await codeOf(response)], [403, 'SignatureDoesNotMatch']);
  },

  end: async ({ admin, bucket }) => {
    const signingDate = new Date(Date.now() - 3_600_000);
    const command = new GetObjectCommand({ Bucket: bucket, Key: 'put' });
    const response = await fetch(await getSignedUrl(admin, command, { expiresIn: 60, signingDate }));
    assert.deepEqual([response.status, await codeOf(response)], [403, 'AccessDenied']);
  },
});

onEmbedded('Presigned URLs', {
  'say when they have ended': async ({ admin, bucket }) => {
    const signingDate = new Date('2026-01-02T03:04:05Z');
    const command = new GetObjectCommand({ Bucket: bucket, Key: 'put' });
    const response = await fetch(await getSignedUrl(admin, command, { expiresIn: 60, signingDate }));
    assert.match(await response.text(), /<Message>Request has expired<.*<Expires>2026-01-02T03:05:05Z</s);
  },

  'cannot last for more than a week, and need all their parameters': async ({ admin, bucket }) => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: 'put' });
    const url = await getSignedUrl(admin, command, { expiresIn: 60 });
    const tooLong = await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=604801'));
    assert.deepEqual([tooLong.status, await codeOf(tooLong)], [400, 'AuthorizationQueryParametersError']);
    const incomplete = await fetch(url.replace(/X-Amz-Date=[^&]+&/, ''));
    assert.deepEqual([incomplete.status, await codeOf(incomplete)], [400, 'AuthorizationQueryParametersError']);
  },

  'may choose the headers of the answer': async ({ admin, bucket }) => {
    await admin.send(new PutObjectCommand({ Bucket: bucket, Key: 'named', Body: 'x' }));
    const ResponseContentDisposition = 'attachment; filename="x.csv"';
    const command = new GetObjectCommand({ Bucket: bucket, Key: 'named', ResponseContentDisposition });
    const response = await fetch(await getSignedUrl(admin, command, { expiresIn: 60 }));
    assert.equal(response.headers.get('content-disposition'), ResponseContentDisposition);
  },
});
