import assert from 'node:assert/strict';
import {
  CreateBucketCommand,
  type CreateBucketConfiguration,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { assertRefused, onEachStore, onEmbedded, refusal } from './subject.ts';

onEachStore('Buckets', {
  'are made, listed and removed': async ({ admin }) => {
    await admin.send(new CreateBucketCommand({ Bucket: 'short-lived' }));
    const names = async () => (await admin.send(new ListBucketsCommand({}))).Buckets!.map(({ Name }) => Name);
    assert.ok((await names()).includes('short-lived'));
    await admin.send(new DeleteBucketCommand({ Bucket: 'short-lived' }));
    assert.ok(!(await names()).includes('short-lived'));
    await assertRefused(admin.send(new HeadBucketCommand({ Bucket: 'short-lived' })), 404);
  },

  'are not removed with objects in them': async ({ admin, bucket: Bucket }) => {
    await admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await assertRefused(admin.send(new DeleteBucketCommand({ Bucket })), 409, 'BucketNotEmpty');
  },

  'must exist': async ({ admin }) => {
    const Bucket = 'there-is-none';
    await assertRefused(admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })), 404, 'NoSuchBucket');
    await assertRefused(admin.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' })), 404, 'NoSuchBucket');
    await assertRefused(admin.send(new HeadBucketCommand({ Bucket })), 404);
  },

  'have names of a certain form': async ({ admin }) => {
    await assertRefused(admin.send(new CreateBucketCommand({ Bucket: 'Bad_Name.UPPER' })), 400, 'InvalidBucketName');
  },

  'may be made twice by their owner in us-east-1 (radosgw: anywhere)': async ({ admin, bucket: Bucket }) => {
    await admin.send(new CreateBucketCommand({ Bucket }));
  },

  'tell their region': {
    aws: async ({ admin, bucket: Bucket }) => {
      assert.equal((await admin.send(new HeadBucketCommand({ Bucket }))).BucketRegion, 'us-east-1');
      assert.equal((await admin.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, undefined);
    },
    differs: 'by GetBucketLocation only',
    radosgw: async ({ admin, bucket: Bucket }) => {
      assert.equal((await admin.send(new HeadBucketCommand({ Bucket }))).BucketRegion, undefined);
      assert.equal((await admin.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, 'eu-west-1');
    },
  },

  'are not found under a signature for another region': {
    aws: async ({ client, bucket: Bucket }) => {
      const list = client({ region: 'eu-central-1' }).send(new ListObjectsV2Command({ Bucket }));
      const { error, headers } = await assertRefused(list, 400, 'AuthorizationHeaderMalformed');
      assert.match(error.message, /the region 'eu-central-1' is wrong; expecting 'us-east-1'/);
      assert.equal(error.Region, 'us-east-1');
      assert.equal(headers['x-amz-bucket-region'], 'us-east-1');
    },
    differs: 'any region will do',
    radosgw: async ({ client, bucket: Bucket }) => {
      await client({ region: 'eu-central-1' }).send(new ListObjectsV2Command({ Bucket }));
    },
  },
});

onEmbedded('Regions', {
  'a bucket elsewhere: PermanentRedirect, with its region and endpoint': async ({ admin, client }, s3) => {
    s3.createBucket('frankfurt', { region: 'eu-central-1' });
    const { error, headers } = await assertRefused(
      admin.send(new PutObjectCommand({ Bucket: 'frankfurt', Key: 'k', Body: 'x' })),
      301,
      'PermanentRedirect',
    );
    assert.equal(error.Endpoint, 'frankfurt.s3.eu-central-1.amazonaws.com');
    assert.equal(error.Bucket, 'frankfurt');
    assert.equal(headers['x-amz-bucket-region'], 'eu-central-1');
    assert.equal(headers.location, undefined);
    await client({ region: 'eu-central-1' }).send(new PutObjectCommand({ Bucket: 'frankfurt', Key: 'k', Body: 'x' }));
  },

  'HEAD says so without a body': async ({ admin, client }) => {
    for (const [from, status] of [
      [admin, 301],
      [client({ region: 'ap-south-1' }), 400],
    ] as const) {
      for (const command of [
        from.send(new HeadBucketCommand({ Bucket: 'frankfurt' })),
        from.send(new HeadObjectCommand({ Bucket: 'frankfurt', Key: 'k' })),
      ]) {
        const refused = await refusal(command);
        assert.deepEqual([refused.status, refused.headers['x-amz-bucket-region']], [status, 'eu-central-1']);
      }
    }
  },

  'HeadBucket tells the region to those who may do nothing': async ({ other, store }, s3) => {
    s3.createBucket('closed', { region: store.region });
    const refused = await refusal(other.send(new HeadBucketCommand({ Bucket: 'closed' })));
    assert.deepEqual([refused.status, refused.headers['x-amz-bucket-region']], [403, store.region]);
  },

  'GetBucketLocation answers from any region': async ({ client }) => {
    const { LocationConstraint } = await client({ region: 'ap-south-1' }).send(
      new GetBucketLocationCommand({ Bucket: 'frankfurt' }),
    );
    assert.equal(LocationConstraint, 'eu-central-1');
  },

  'CreateBucket makes buckets where it is told to': async ({ admin, client }) => {
    const create = (LocationConstraint: string) =>
      new CreateBucketCommand({
        Bucket: `in-${LocationConstraint.toLowerCase()}`,
        CreateBucketConfiguration: { LocationConstraint } as CreateBucketConfiguration,
      });
    await admin.send(create('ca-central-1'));
    const { BucketRegion } = await client({ region: 'ca-central-1' }).send(
      new HeadBucketCommand({ Bucket: 'in-ca-central-1' }),
    );
    assert.equal(BucketRegion, 'ca-central-1');
    await assertRefused(admin.send(create('Nowhere')), 400, 'InvalidLocationConstraint');
    const elsewhere = client({ region: 'eu-west-1' }).send(create('eu-west-2'));
    await assertRefused(elsewhere, 400, 'IllegalLocationConstraintException');
    const again = client({ region: 'ca-central-1' }).send(create('ca-central-1'));
    await assertRefused(again, 409, 'BucketAlreadyOwnedByYou');
  },

  'a bucket of someone else': async ({ admin, bucket }, s3) => {
    s3.createBucket('foreign', { owner: '999999999999' });
    await assertRefused(admin.send(new CreateBucketCommand({ Bucket: 'foreign' })), 409, 'BucketAlreadyExists');
    const { error } = await assertRefused(
      admin.send(new ListObjectsV2Command({ Bucket: 'foreign' })),
      403,
      'AccessDenied',
    );
    assert.equal(error.message, 'Access Denied');
    const wrongOwner = new ListObjectsV2Command({ Bucket: bucket, ExpectedBucketOwner: '999999999999' });
    await assertRefused(admin.send(wrongOwner), 403, 'AccessDenied');
    await admin.send(new ListObjectsV2Command({ Bucket: bucket, ExpectedBucketOwner: '123456789012' }));
  },
});
