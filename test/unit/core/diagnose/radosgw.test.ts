import assert from 'node:assert/strict';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { parseDestination } from '../../../../src/core/destination/destination.ts';
import { checkDestination } from '../../../../src/core/diagnose/checkDestination.ts';
import { verdict } from '../../../../src/core/diagnose/checkReport.ts';
import type { CheckResult, StepId } from '../../../../src/core/diagnose/checkResult.ts';
import { type Purpose, PURPOSES } from '../../../../src/core/diagnose/iamPolicy.ts';
import type { SignerHooks } from '../../../../src/core/s3/signer.ts';
import { openStore } from '../../../../src/core/s3/store.ts';
import { type Radosgw, RADOSGW_OTHER_ARN, radosgwInstalled, startRadosgw } from '../../../s3/radosgw.ts';
import { clientOf } from '../../s3/subject.ts';

const BUCKET = 'acme-data';

/** What may be denied, the step that shows it, and what exports of each purpose need. */
const RIGHTS: readonly (readonly [action: string, step: StepId])[] = [
  ['s3:PutObject', 'put'],
  ['s3:ListBucket', 'list'],
  ['s3:DeleteObject', 'delete'],
  ['s3:AbortMultipartUpload', 'multipart'],
  ['s3:GetObject', 'get'],
];
const NEEDED: Readonly<Record<Purpose, readonly StepId[]>> = {
  insert: ['put'],
  mirror: ['put', 'list', 'delete', 'get'],
  audience: ['put', 'list', 'get'],
};

describe('checkDestination at radosgw', () => {
  if (!radosgwInstalled()) {
    it('radosgw is not installed (test/s3/ceph/install.sh): the checks have run against the embedded server only');
    return;
  }
  let s3: Radosgw;
  let client: S3Client;

  before(async function () {
    this.timeout(60_000);
    s3 = await startRadosgw({ tls: true });
    client = clientOf({ ...s3, region: 'eu-west-1' });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });
  after(async () => {
    client.destroy();
    await s3.stop();
  });

  const check = async (
    changes: Record<string, unknown>,
    purpose: Purpose = 'insert',
    hooks: SignerHooks = {},
  ): Promise<CheckResult> => {
    const usual = { name: 'ceph', bucket: BUCKET, region: 'eu-west-1', endpoint: s3.endpoint, forcePathStyle: true };
    const destination = parseDestination({ ...usual, credentials: s3.other, ...changes });
    const store = openStore(destination, hooks);
    try {
      return await checkDestination(destination, store, purpose);
    } finally {
      store.close();
    }
  };
  const allowAllBut = async (denied: readonly string[]): Promise<void> => {
    const Resource = [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`];
    const Principal = { AWS: [RADOSGW_OTHER_ARN] };
    const Statement = [
      { Effect: 'Allow', Principal, Action: ['s3:*'], Resource },
      ...(denied.length === 0 ? [] : [{ Effect: 'Deny', Principal, Action: denied, Resource }]),
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await client.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
  };

  it('passes for the owner, and for somebody who is allowed everything', async () => {
    await allowAllBut([]);
    for (const credentials of [s3.admin, s3.other]) {
      const result = await check({ credentials }, 'mirror');
      assert.deepEqual([result.ok, failed(result)], [true, []], verdict(result));
      assert.ok(result.durationMs < 5000, `${result.durationMs} ms`);
      assert.ok(result.identity !== undefined);
    }
  });

  const pairs = RIGHTS.flatMap((first, i) => [[first], ...RIGHTS.slice(i + 1).map((second) => [first, second])]);
  for (const denied of pairs) {
    it(`says that ${denied.map(([action]) => action).join(' and ')} is denied`, async () => {
      await allowAllBut(denied.map(([action]) => action));
      for (const purpose of PURPOSES) {
        const result = await check({}, purpose);
        const needed = denied.filter(([, step]) => NEEDED[purpose].includes(step));
        assert.equal(result.ok, needed.length === 0, `${purpose}: ${verdict(result)}`);
        for (const [action, step] of denied) {
          const found = result.checks.find(({ id }) => id === step);
          // What could not be written cannot be read, whoever may.
          if (found?.status === 'skipped' && step === 'get' && denied.some(([, other]) => other === 'put')) continue;
          assert.equal(found?.status, 'failed', step);
          // What may not be written cannot be begun, either.
          const isBegun = step !== 'multipart' || !denied.some(([other]) => other === 's3:PutObject');
          assert.equal(found.permission, isBegun ? action : 's3:PutObject');
        }
      }
    });
  }

  it('says that a policy allows nothing', async () => {
    await client.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
    const result = await check({});
    assert.equal(result.ok, false);
    assert.ok(result.checks.filter(({ status }) => status === 'failed').every(({ code }) => code !== 'upload-failed'));
  });

  it('says that a key is unknown, that a secret is wrong, and that a user is suspended', async () => {
    const code = async (credentials: object): Promise<string | undefined> =>
      (await check({ credentials })).checks.find(({ status }) => status === 'failed')?.code;
    assert.equal(await code({ ...s3.other, accessKeyId: 'AKIANOBODYNOBODY0001' }), 'invalid-access-key');
    assert.equal(await code({ ...s3.other, secretAccessKey: 'the-secret-of-another' }), 'signature-mismatch');
    s3.administer('user', 'suspend', '--uid=other');
    assert.equal(await code(s3.other), 'access-denied');
    s3.administer('user', 'enable', '--uid=other');
  });

  it('says that a quota is used up', async () => {
    s3.administer('quota', 'set', '--quota-scope=bucket', '--uid=admin', '--max-objects=0');
    s3.administer('quota', 'enable', '--quota-scope=bucket', '--uid=admin');
    await allowAllBut([]);
    const put = (await check({ credentials: s3.admin })).checks.find(({ id }) => id === 'put');
    s3.administer('quota', 'disable', '--quota-scope=bucket', '--uid=admin');
    assert.equal(put?.problem?.kind, 'quota');
  });

  it('passes with a role that its own STS gives, and says whom it does not give it', async () => {
    const trust = (user: string): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: [`arn:aws:iam:::user/${user}`] }, Action: ['sts:AssumeRole'] },
        ],
      });
    const rights = { Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [rights] });
    for (const [name, user] of [
      ['writer', 'other'],
      ['stranger', 'nobody'],
    ] as const) {
      s3.administer('role', 'create', `--role-name=${name}`, `--assume-role-policy-doc=${trust(user)}`);
      s3.administer('role-policy', 'put', `--role-name=${name}`, '--policy-name=all', `--policy-doc=${policy}`);
    }
    await client.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
    const as = (name: string, more: object = {}): Record<string, unknown> => ({
      credentials: { kind: 'assumeRole', roleArn: `arn:aws:iam:::role/${name}`, source: s3.other, ...more },
    });
    assert.equal((await check({})).ok, false, 'without the role');
    const result = await check(as('writer', { sessionName: 'nightly' }), 'mirror');
    assert.deepEqual([result.ok, failed(result)], [true, []], verdict(result));
    const refused = await check(as('stranger'));
    const { id, code, problem } = refused.checks.find(({ status }) => status === 'failed') ?? {};
    assert.deepEqual([id, code, problem?.permission], ['identity', 'access-denied', 'sts:AssumeRole']);
    // It refuses all codes of six digits, which others have.
    const asked: string[] = [];
    const mfaSerial = 'arn:aws:iam:::mfa/other';
    const guarded = await check(as('writer', { mfaSerial }), 'insert', {
      askMfaCode: (serial) => Promise.resolve(asked.push(serial) > 0 ? '123456' : ''),
    });
    assert.deepEqual([guarded.ok, asked], [false, [mfaSerial]]);
    assert.match(verdict(guarded), /the service where it signs in has refused \(\w+ 400\)/);
  });

  it('says that a certificate is not trusted', async () => {
    const [reach] = (await check({ endpoint: s3.httpsEndpoint })).checks;
    assert.deepEqual([reach?.status, reach?.code], ['failed', 'tls-failed']);
    assert.equal(reach?.problem?.kind, 'certificate-untrusted');
  });

  it('says that the port of an encrypted store is asked without encryption', async () => {
    const [reach] = (await check({ endpoint: s3.httpsEndpoint?.replace('https:', 'http:') })).checks;
    assert.equal(reach?.status, 'failed');
    assert.match(reach.code ?? '', /endpoint-unreachable|tls-failed/);
  });
});

function failed({ checks }: CheckResult): StepId[] {
  return checks.filter(({ status }) => status === 'failed').map(({ id }) => id);
}
