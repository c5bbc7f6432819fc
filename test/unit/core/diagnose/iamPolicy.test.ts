import assert from 'node:assert/strict';
import { type DestinationFields, parseDestination } from '../../../../src/core/destination/destination.ts';
import { iamPolicy, neededActions, PURPOSES } from '../../../../src/core/diagnose/iamPolicy.ts';

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

  it('allows what was refused, where it belongs, and nothing twice', () => {
    const actions = (also: string): string[][] =>
      iamPolicy(destination(), 'insert', { also }).Statement.map(({ Action }) => Action);
    const own = ['s3:PutObject', 's3:AbortMultipartUpload'];
    assert.deepEqual(actions('s3:PutObject'), [own]);
    assert.deepEqual(actions('s3:GetObject'), [[...own, 's3:GetObject']]);
    assert.deepEqual(actions('s3:ListBucket'), [own, ['s3:ListBucket']]);
    assert.deepEqual(actions('s3:ListBucketMultipartUploads'), [own, ['s3:ListBucketMultipartUploads']]);
    assert.deepEqual(actions('storage.objects.create'), [own]);
  });

  it('allows the use of the key that encrypts, by whatever name it is known', () => {
    const id = '1234abcd-12ab-34cd-56ef-1234567890ab';
    const arn = `arn:aws:kms:eu-west-1:123456789012:key/${id}`;
    const by = (kmsKeyId: string): unknown => {
      const { Statement } = iamPolicy(destination({ options: { encryption: 'aws:kms', kmsKeyId } }), 'insert');
      const { Action, Resource, Condition } = Statement[1]!;
      assert.deepEqual(Action, ['kms:GenerateDataKey', 'kms:Decrypt']);
      return [Resource, Condition];
    };
    assert.deepEqual(by(arn), [arn, undefined]);
    assert.deepEqual(by(id), [`arn:aws:kms:eu-west-1:*:key/${id}`, undefined]);
    const Condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/exports'] } };
    assert.deepEqual(by('alias/exports'), ['arn:aws:kms:eu-west-1:*:key/*', Condition]);
    assert.equal(iamPolicy(destination(), 'insert', { kmsKey: arn }).Statement[1]?.Resource, arn);
  });

  it('holds no credentials', () => {
    for (const purpose of PURPOSES) {
      assert.doesNotMatch(JSON.stringify(iamPolicy(destination(), purpose)), /AKIDEXAMPLE|top-secret-key/);
    }
  });
});
