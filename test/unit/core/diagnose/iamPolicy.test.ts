import assert from 'node:assert/strict';
import { type DestinationFields, parseDestination } from '../../../../src/core/destination/destination.ts';
import { iamPolicy, neededActions, partitionOf, PURPOSES } from '../../../../src/core/diagnose/iamPolicy.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'top-secret-key' };

function destination(more: object = {}): DestinationFields {
  return parseDestination({
    name: 'prod',
    bucket: 'acme',
    region: 'eu-west-1',
    pathPrefix: 'out',
    credentials,
    ...more,
  });
}

describe('iamPolicy', () => {
  it('lets an insert write and abort below the prefix, and neither read nor list', () => {
    const Action = ['s3:PutObject', 's3:AbortMultipartUpload'];
    assert.deepEqual(iamPolicy(destination(), 'insert'), {
      Version: '2012-10-17',
      Statement: [{ Sid: 'Objects', Effect: 'Allow', Action, Resource: 'arn:aws:s3:::acme/out/*' }],
    });
  });

  for (const purpose of ['mirror', 'audience'] as const) {
    it(`lets ${purpose} read, delete, and list below the prefix only`, () => {
      const [objects, list] = iamPolicy(destination(), purpose).Statement;
      for (const action of ['s3:GetObject', 's3:DeleteObject']) assert.ok(objects?.Action.includes(action), action);
      assert.deepEqual(list?.Action, ['s3:ListBucket']);
      assert.equal(list.Resource, 'arn:aws:s3:::acme');
      assert.deepEqual(list.Condition, { StringLikeIfExists: { 's3:prefix': ['out/*'] } });
    });
  }

  it('grants what is needed, and nothing else', () => {
    for (const purpose of PURPOSES) {
      const granted = iamPolicy(destination(), purpose).Statement.flatMap(({ Action }) => Action);
      assert.deepEqual(granted, neededActions(destination(), purpose));
    }
  });

  it('lets tags and ACLs be set where the destination sets them', () => {
    const fields = destination({ options: { tags: { team: 'data' }, acl: 'bucket-owner-full-control' } });
    const Action = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:PutObjectTagging', 's3:PutObjectAcl'];
    assert.deepEqual(iamPolicy(fields, 'insert').Statement[0]?.Action, Action);
    assert.deepEqual(neededActions(fields, 'insert'), Action);
  });

  it('has no condition where the whole bucket is the destination', () => {
    const [objects, list] = iamPolicy(destination({ pathPrefix: '' }), 'mirror').Statement;
    assert.equal(objects?.Resource, 'arn:aws:s3:::acme/*');
    assert.equal(list?.Condition, undefined);
  });

  it('takes what would be wildcards and variables in a prefix literally', () => {
    const fields = { ...destination(), pathPrefix: 'a*b?c$/' };
    assert.equal(iamPolicy(fields, 'insert').Statement[0]?.Resource, 'arn:aws:s3:::acme/a${*}b${?}c${$}/*');
  });

  it('knows the partition of each region', () => {
    const regions = ['eu-west-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'us-isob-east-1', 'auto'];
    const partitions = ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws'];
    assert.deepEqual(regions.map(partitionOf), partitions);
  });

  it('holds no credentials', () => {
    for (const purpose of PURPOSES) {
      assert.doesNotMatch(JSON.stringify(iamPolicy(destination(), purpose)), /AKIDEXAMPLE|top-secret-key/);
    }
  });
});
