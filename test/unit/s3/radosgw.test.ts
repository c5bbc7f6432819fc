import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { CreateBucketCommand, HeadBucketCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import https from 'node:https';
import { radosgwInstalled, startRadosgw } from '../../s3/radosgw.ts';
import { assertRefused, clientOf, refusal } from './subject.ts';

describe('radosgw', () => {
  if (!radosgwInstalled()) {
    it('radosgw is not installed (test/s3/ceph/install.sh): the checks have run against the embedded server only');
    return;
  }

  it('has a second region and https, and leaves neither process nor file', async () => {
    const s3 = await startRadosgw({ twoRegions: true, tls: true });
    const pid = s3.gatewayPid();
    const store = { ...s3, region: 'eu-west-1' };
    try {
      await clientOf(store).send(new ListBucketsCommand({}));
      const us = { ...store, endpoint: s3.usEndpoint!, region: 'us-east-1' };
      await assertRefused(clientOf(us).send(new HeadBucketCommand({ Bucket: 'none' })), 404);
      await clientOf(us).send(new CreateBucketCommand({ Bucket: 'in-america' }));
      const refused = await refusal(
        clientOf(store).send(new PutObjectCommand({ Bucket: 'in-america', Key: 'k', Body: 'x' })),
      );
      // Unlike AWS, it names neither the region nor an endpoint in the body: all there is is a Location.
      assert.equal(refused.status, 301);
      assert.match(refused.headers.location!, /\/in-america\/k/);
      assert.equal(refused.headers['x-amz-bucket-region'], undefined);
      const overHttps = { ...store, endpoint: s3.httpsEndpoint! };
      await assert.rejects(clientOf(overHttps).send(new ListBucketsCommand({})), {
        code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      });
      const httpsAgent = new https.Agent({ ca: fs.readFileSync(s3.certificate!) });
      const requestHandler = new NodeHttpHandler({ httpsAgent });
      await clientOf(overHttps, { requestHandler }).send(new ListBucketsCommand({}));
      assert.match(s3.administer('user', 'list'), /"other"/);
    } finally {
      await s3.stop();
    }
    const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
    assert.match(state, /^(Z.*)?$/, 'the gateway still runs');
    assert.equal(fs.existsSync(s3.certificate!), false);
  });
});
