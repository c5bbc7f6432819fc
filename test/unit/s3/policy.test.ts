import assert from 'node:assert/strict';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Statement, User } from '../../s3/policy.ts';
import { assertRefused, onEachStore, onEmbedded, type Subject } from './subject.ts';

function statement({ store, bucket }: Subject, Effect: 'Allow' | 'Deny', Action: string, more: object = {}): Statement {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  return { Effect, Principal: { AWS: [store.other.arn] }, Action: [Action], Resource, ...more };
}

function setPolicy({ admin, bucket: Bucket }: Subject, ...Statement: Statement[]): Promise<unknown> {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  return admin.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

/** The other user may do everything but `action`. */
function deny(s: Subject, action: string): Promise<unknown> {
  return setPolicy(s, statement(s, 'Allow', 's3:*'), statement(s, 'Deny', action));
}

function commands({ bucket: Bucket }: Subject) {
  return {
    put: (Key = 'k', more: object = {}) => new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }),
    list: () => new ListObjectsV2Command({ Bucket }),
    get: (Key = 'k') => new GetObjectCommand({ Bucket, Key }),
    create: (Key = 'm') => new CreateMultipartUploadCommand({ Bucket, Key }),
  };
}

onEachStore('Policies', {
  'without one, others may do nothing': async (s) => {
    const { put, list, get, create } = commands(s);
    await s.admin.send(put());
    await assertRefused(s.other.send(put()), 403, 'AccessDenied');
    await assertRefused(s.other.send(list()), 403, 'AccessDenied');
    await assertRefused(s.other.send(get()), 403, 'AccessDenied');
    await assertRefused(s.other.send(create()), 403, 'AccessDenied');
    await assertRefused(s.other.send(new HeadBucketCommand({ Bucket: s.bucket })), 403);
  },

  'a bucket cannot be made again by others': {
    aws: async (s) => {
      const create = s.other.send(new CreateBucketCommand({ Bucket: s.bucket }));
      await assertRefused(create, 403, 'AccessDenied');
    },
    differs: 'its users may all make buckets, so it says that there is one',
    radosgw: async (s) => {
      const create = s.other.send(new CreateBucketCommand({ Bucket: s.bucket }));
      await assertRefused(create, 409, 'BucketAlreadyExists');
    },
  },

  'can be read and removed': async (s) => {
    const target = { Bucket: s.bucket };
    await assertRefused(s.admin.send(new GetBucketPolicyCommand(target)), 404, 'NoSuchBucketPolicy');
    await setPolicy(s, statement(s, 'Allow', 's3:ListBucket'));
    const { Policy } = await s.admin.send(new GetBucketPolicyCommand(target));
    assert.deepEqual((JSON.parse(Policy!) as { Statement: Statement[] }).Statement[0]!.Action, ['s3:ListBucket']);
    await s.admin.send(new DeleteBucketPolicyCommand(target));
    await assertRefused(s.other.send(commands(s).list()), 403, 'AccessDenied');
  },

  'allow everything': async (s) => {
    await setPolicy(s, statement(s, 'Allow', 's3:*'));
    const { put, list, get } = commands(s);
    await s.other.send(put('allowed'));
    await s.other.send(list());
    await (await s.other.send(get('allowed'))).Body!.transformToString();
    await s.other.send(new DeleteObjectCommand({ Bucket: s.bucket, Key: 'allowed' }));
  },

  'deny s3:PutObject: single and multipart, but not listing': async (s) => {
    await deny(s, 's3:PutObject');
    const { put, list, create } = commands(s);
    await assertRefused(s.other.send(put()), 403, 'AccessDenied');
    await assertRefused(s.other.send(create()), 403, 'AccessDenied');
    await s.other.send(list());
  },

  'deny s3:ListBucket: listing, HeadBucket, and whether a key exists': async (s) => {
    await deny(s, 's3:ListBucket');
    await assertRefused(s.other.send(commands(s).list()), 403, 'AccessDenied');
    await assertRefused(s.other.send(new HeadBucketCommand({ Bucket: s.bucket })), 403);
    await assertRefused(s.other.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'missing' })), 403);
    await assertRefused(s.other.send(commands(s).get('missing')), 403, 'AccessDenied');
    await s.other.send(commands(s).put());
  },

  'deny s3:GetObject': async (s) => {
    await deny(s, 's3:GetObject');
    await assertRefused(s.other.send(commands(s).get()), 403, 'AccessDenied');
  },

  'deny s3:DeleteObject': async (s) => {
    await deny(s, 's3:DeleteObject');
    const remove = new DeleteObjectCommand({ Bucket: s.bucket, Key: 'k' });
    await assertRefused(s.other.send(remove), 403, 'AccessDenied');
  },

  'deny s3:DeleteObject of many': {
    aws: async (s) => {
      await deny(s, 's3:DeleteObject');
      const Delete = { Objects: [{ Key: 'a' }, { Key: 'b' }] };
      const { Errors } = await s.other.send(new DeleteObjectsCommand({ Bucket: s.bucket, Delete }));
      assert.deepEqual(
        Errors!.map(({ Key, Code }) => [Key, Code]),
        [
          ['a', 'AccessDenied'],
          ['b', 'AccessDenied'],
        ],
      );
    },
    differs: 'refuses the call as a whole',
    radosgw: async (s) => {
      await deny(s, 's3:DeleteObject');
      const Delete = { Objects: [{ Key: 'a' }, { Key: 'b' }] };
      const remove = new DeleteObjectsCommand({ Bucket: s.bucket, Delete });
      await assertRefused(s.other.send(remove), 403, 'AccessDenied');
    },
  },

  'deny s3:AbortMultipartUpload: the parts stay': async (s) => {
    await deny(s, 's3:AbortMultipartUpload');
    const target = { Bucket: s.bucket, Key: 'stays' };
    const { UploadId } = await s.other.send(new CreateMultipartUploadCommand(target));
    await s.other.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x' }));
    const abort = new AbortMultipartUploadCommand({ ...target, UploadId });
    await assertRefused(s.other.send(abort), 403, 'AccessDenied');
    const { Parts } = await s.other.send(new ListPartsCommand({ ...target, UploadId }));
    assert.equal(Parts!.length, 1);
  },

  'deny s3:ListBucketMultipartUploads, s3:ListMultipartUploadParts, s3:GetBucketLocation': async (s) => {
    await deny(s, 's3:ListBucketMultipartUploads');
    await assertRefused(s.other.send(new ListMultipartUploadsCommand({ Bucket: s.bucket })), 403, 'AccessDenied');
    await deny(s, 's3:ListMultipartUploadParts');
    const { UploadId } = await s.other.send(commands(s).create('parts'));
    const parts = new ListPartsCommand({ Bucket: s.bucket, Key: 'parts', UploadId });
    await assertRefused(s.other.send(parts), 403, 'AccessDenied');
    await deny(s, 's3:GetBucketLocation');
    await assertRefused(s.other.send(new GetBucketLocationCommand({ Bucket: s.bucket })), 403, 'AccessDenied');
  },

  'deny s3:PutObjectTagging: no put with tags': {
    aws: async (s) => {
      await deny(s, 's3:PutObjectTagging');
      await assertRefused(s.other.send(commands(s).put('tags', { Tagging: 'a=b' })), 403, 'AccessDenied');
      await s.other.send(commands(s).put('tags'));
    },
    differs: 'does not look at it',
    radosgw: async (s) => {
      await deny(s, 's3:PutObjectTagging');
      await s.other.send(commands(s).put('tags', { Tagging: 'a=b' }));
    },
  },

  'deny below a prefix': async (s) => {
    const Resource = [`arn:aws:s3:::${s.bucket}/locked/*`];
    await setPolicy(s, statement(s, 'Allow', 's3:*'), statement(s, 'Deny', 's3:PutObject', { Resource }));
    await s.other.send(commands(s).put('open/1'));
    await assertRefused(s.other.send(commands(s).put('locked/1')), 403, 'AccessDenied');
  },

  'allow listing below a prefix': async (s) => {
    const Condition = { StringLike: { 's3:prefix': 'mine/*' } };
    await setPolicy(s, statement(s, 'Allow', 's3:ListBucket', { Condition }));
    await s.other.send(new ListObjectsV2Command({ Bucket: s.bucket, Prefix: 'mine/x' }));
    await assertRefused(s.other.send(commands(s).list()), 403, 'AccessDenied');
  },

  'deny without a header': async (s) => {
    const Condition = { Null: { 's3:x-amz-server-side-encryption': 'true' } };
    await setPolicy(s, statement(s, 'Allow', 's3:*'), statement(s, 'Deny', 's3:PutObject', { Condition }));
    await assertRefused(s.other.send(commands(s).put('plain')), 403, 'AccessDenied');
    await s.other.send(commands(s).put('encrypted', { ServerSideEncryption: 'AES256' }));
  },

  'must be JSON': {
    aws: async (s) => {
      const put = new PutBucketPolicyCommand({ Bucket: s.bucket, Policy: '{' });
      await assertRefused(s.admin.send(put), 400, 'MalformedPolicy');
    },
    differs: 'says InvalidArgument',
    radosgw: async (s) => {
      const put = new PutBucketPolicyCommand({ Bucket: s.bucket, Policy: '{' });
      await assertRefused(s.admin.send(put), 400, 'InvalidArgument');
    },
  },
});

onEmbedded('Policies', {
  'a refusal names user, action, resource and kind of policy': async (s, s3) => {
    const { put } = commands(s);
    const { arn } = s.store.other;
    const message = async () => (await assertRefused(s.other.send(put('a b')), 403, 'AccessDenied')).error.message;
    const start = `User: ${arn} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${s.bucket}/a b"`;
    const everything = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
    const nothing = { ...everything, Effect: 'Deny' } as const;
    const user = s3.accounts.get(s.store.other.accessKeyId)!;
    const allow = (more: Partial<User>) => s3.accounts.set(user.accessKeyId, { ...user, ...more });
    try {
      assert.equal(await message(), `${start} because no identity-based policy allows the s3:PutObject action`);
      allow({ policy: { Statement: [everything, { ...nothing, Action: 's3:Put*' }] } });
      assert.equal(await message(), `${start} with an explicit deny in an identity-based policy`);
      const policy = { Statement: everything };
      allow({ policy });
      s3.setBucketPolicy(s.bucket, { Statement: { ...nothing, Principal: '*' } });
      assert.equal(await message(), `${start} with an explicit deny in a resource-based policy`);
      s3.setBucketPolicy(s.bucket, undefined);
      for (const [kind, name] of [
        ['serviceControlPolicy', 'service control policy'],
        ['boundary', 'permissions boundary'],
        ['sessionPolicy', 'session policy'],
      ] as const) {
        allow({ policy, [kind]: { Statement: nothing } });
        assert.equal(await message(), `${start} with an explicit deny in a ${name}`);
        allow({ policy, [kind]: { Statement: { ...everything, Action: 's3:GetObject' } } });
        assert.equal(await message(), `${start} because no ${name} allows the s3:PutObject action`);
        allow({ policy, [kind]: { Statement: everything } });
      }
      await s.other.send(put());
    } finally {
      s3.accounts.set(user.accessKeyId, user);
    }
  },

  'a missing key is a secret of those who may list': async (s, s3) => {
    s3.setUserPolicy('other', { Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } });
    try {
      const { error } = await assertRefused(s.other.send(commands(s).get('missing')), 403, 'AccessDenied');
      assert.match(error.message, /s3:ListBucket on resource: "arn:aws:s3:::[^/]+" because no identity-based policy/);
    } finally {
      s3.setUserPolicy('other', undefined);
    }
  },

  'across accounts both sides must allow, and no reasons are given': async (s, s3) => {
    const foreign = { name: 'foreign', accessKeyId: 'FOREIGN', secretAccessKey: 'foreign', account: '999999999999' };
    s3.accounts.set('FOREIGN', foreign);
    const client = s.client({ credentials: foreign });
    const refused = () => assertRefused(client.send(commands(s).list()), 403, 'AccessDenied');
    assert.equal((await refused()).error.message, 'Access Denied');
    const AWS = 'arn:aws:iam::999999999999:user/foreign';
    s3.setBucketPolicy(s.bucket, { Statement: statement(s, 'Allow', 's3:ListBucket', { Principal: { AWS } }) });
    await refused();
    s3.setUserPolicy('foreign', { Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } });
    await client.send(commands(s).list());
    s3.setBucketPolicy(s.bucket, undefined);
    await refused();
    s3.accounts.delete('FOREIGN');
  },

  'a KMS key needs its own permission': async (s, s3) => {
    const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'testkey-1' };
    s3.setUserPolicy('other', { Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } });
    try {
      const { error } = await assertRefused(s.other.send(commands(s).put('kms', kms)), 403, 'AccessDenied');
      assert.match(
        error.message,
        /not authorized to perform: kms:GenerateDataKey on resource: "?arn:aws:kms:us-east-1:/,
      );
    } finally {
      s3.setUserPolicy('other', undefined);
    }
  },

  'know variables, networks, tags and conditional writes': async (s, s3) => {
    const allow = (condition: Statement['Condition'], more: object = {}) => {
      s3.setUserPolicy('other', {
        Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: condition!, ...more },
      });
      return (command: PutObjectCommand) =>
        s.other.send(command).then(
          () => true,
          () => false,
        );
    };
    const { put } = commands(s);
    try {
      const home = allow({}, { Resource: 'arn:aws:s3:::*/home/${aws:username}/*' });
      assert.deepEqual([await home(put('home/other/x')), await home(put('home/admin/x'))], [true, false]);
      assert.equal(await allow({ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } })(put()), true);
      assert.equal(await allow({ IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } })(put()), false);
      assert.equal(await allow({ NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })(put()), true);
      assert.equal(await allow({ Bool: { 'aws:SecureTransport': true } })(put()), false);
      const tagged = allow({ StringEquals: { 's3:RequestObjectTag/team': 'data' } });
      assert.deepEqual([await tagged(put('t', { Tagging: 'team=data' })), await tagged(put('t'))], [true, false]);
      const first = allow({ StringEquals: { 's3:if-none-match': '*' } });
      assert.deepEqual([await first(put('new', { IfNoneMatch: '*' })), await first(put('new2'))], [true, false]);
    } finally {
      s3.setUserPolicy('other', undefined);
    }
  },

  'are checked before they are set': async (s) => {
    const reason = async (wrong: object) => {
      const refused = await assertRefused(setPolicy(s, statement(s, 'Allow', 's3:*', wrong)), 400, 'MalformedPolicy');
      return refused.error.message;
    };
    assert.equal(
      await reason({ Principal: { AWS: 'arn:aws:iam::123456789012:user/nobody' } }),
      'Invalid principal in policy',
    );
    assert.equal(await reason({ Resource: 'arn:aws:s3:::another-bucket/*' }), 'Policy has invalid resource');
    assert.equal(await reason({ Condition: { StringSimilar: {} } }), 'Invalid Condition type : StringSimilar');
    assert.equal(await reason({ Effect: 'Maybe' }), 'Invalid effect: Maybe');
  },
});
