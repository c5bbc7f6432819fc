import assert from 'node:assert/strict';
import net from 'node:net';
import { parseDestination, type Destination } from '../../../../src/core/destination/destination.ts';
import { checkDestination } from '../../../../src/core/diagnose/checkDestination.ts';
import { checkReport, verdict } from '../../../../src/core/diagnose/checkReport.ts';
import type { CheckResult, StepId } from '../../../../src/core/diagnose/checkResult.ts';
import { iamPolicy, type Purpose, PURPOSES } from '../../../../src/core/diagnose/iamPolicy.ts';
import { openStore } from '../../../../src/core/s3/store.ts';
import { ACCOUNT, DEMO_ADMIN, type EmbeddedS3, startS3 } from '../../../s3/server.ts';
import type { Statement, User } from '../../../s3/policy.ts';

const ANN: User = { name: 'ann', accessKeyId: 'AKIAANNANNANNANN0001', secretAccessKey: 'secret-of-ann-0123456789' };
const BUCKET = 'acme-data';
/** Longer than any check takes, on a machine that is busy. */
const DEAD_MS = 15_000;

describe('checkDestination', () => {
  let s3: EmbeddedS3;

  const destinationOf = (changes: Record<string, unknown> = {}): Destination => {
    const credentials = { accessKeyId: ANN.accessKeyId, secretAccessKey: ANN.secretAccessKey };
    const usual = { name: 'prod', bucket: BUCKET, endpoint: s3.endpoint, forcePathStyle: true, credentials };
    return parseDestination({ ...usual, ...changes });
  };
  const check = async (changes: Record<string, unknown> = {}, purpose: Purpose = 'insert'): Promise<CheckResult> => {
    const destination = destinationOf(changes);
    const store = openStore(destination);
    try {
      return await checkDestination(destination, store, purpose);
    } finally {
      store.close();
    }
  };
  const allow = (...actions: string[]): void =>
    s3.setUserPolicy('ann', { Statement: { Effect: 'Allow', Action: actions, Resource: '*' } });

  before(async () => {
    s3 = await startS3({ users: [DEMO_ADMIN, { ...ANN }] });
    s3.createBucket(BUCKET);
  });
  beforeEach(() => {
    allow('*');
    s3.setBucketPolicy(BUCKET, undefined);
    s3.faults.clear();
    s3.requests.length = 0;
  });
  after(() => s3.stop());

  it('passes where everything is allowed, quickly, and leaves nothing', async () => {
    for (const purpose of PURPOSES) {
      const result = await check({}, purpose);
      assert.equal(result.ok, true, verdict(result));
      assert.deepEqual(failed(result), []);
      assert.ok(result.durationMs < 5000, `${result.durationMs} ms`);
      assert.equal(result.left, undefined);
    }
    assert.ok(s3.requests.some(({ op, status }) => op === 'DeleteObject' && status === 204));
    assert.ok(s3.requests.some(({ op, status }) => op === 'AbortMultipartUpload' && status === 204));
  });

  it('passes for inserts of somebody who may only put', async () => {
    allow('s3:PutObject');
    const result = await check();
    assert.equal(result.ok, true, verdict(result));
    assert.deepEqual(failed(result), ['list', 'multipart', 'get', 'delete']);
    assert.equal(result.left, 'signalsmith/_s3destinations/connection-check.txt');
    assert.equal((await check({}, 'mirror')).ok, false);
    assert.equal((await check({}, 'audience')).ok, false);
  });

  for (const purpose of PURPOSES) {
    it(`passes for ${purpose} with the policy that it gives`, async () => {
      allow('s3:ListAllMyBuckets');
      const before = await check({}, purpose);
      assert.equal(before.ok, false);
      s3.setUserPolicy('ann', before.policy);
      const after = await check({}, purpose);
      assert.equal(after.ok, true, verdict(after));
      assert.deepEqual(after.policy, iamPolicy(destinationOf(), purpose));
      if (purpose === 'mirror') assert.deepEqual(failed(after), []);
    });
  }

  const rights: readonly (readonly [action: string, step: StepId, neededFor: readonly Purpose[]])[] = [
    ['s3:ListBucket', 'list', ['mirror', 'audience']],
    ['s3:PutObject', 'put', ['insert', 'mirror', 'audience']],
    ['s3:AbortMultipartUpload', 'multipart', []],
    ['s3:GetObject', 'get', ['mirror', 'audience']],
    ['s3:DeleteObject', 'delete', ['mirror']],
  ];
  for (const [action, step, neededFor] of rights) {
    it(`says that ${action} is denied`, async () => {
      const statement: Statement = {
        Effect: 'Deny',
        Principal: '*',
        Action: action,
        Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
      };
      s3.setBucketPolicy(BUCKET, { Statement: statement });
      for (const purpose of PURPOSES) {
        const result = await check({}, purpose);
        assert.equal(result.ok, !neededFor.includes(purpose), `${purpose}: ${verdict(result)}`);
        const found = result.checks.find(({ id }) => id === step);
        assert.equal(found?.status, 'failed');
        assert.equal(found.permission, action);
        assert.equal(found.code, step === 'multipart' ? 'multipart-abort-denied' : 'explicit-deny');
        assert.equal(result.account, ACCOUNT);
        assert.equal(result.identity, `arn:aws:iam::${ACCOUNT}:user/ann`);
      }
    });
  }

  it('finds the region, and tries the rest there', async () => {
    s3.createBucket('far-away', { region: 'eu-west-1' });
    const result = await check({ bucket: 'far-away' });
    assert.equal(result.ok, false);
    assert.equal(result.region, 'eu-west-1');
    assert.deepEqual(failed(result), ['region']);
    const { problem, fix } = result.checks.find(({ id }) => id === 'region') ?? {};
    assert.equal(problem?.code, 'region-mismatch');
    assert.deepEqual(problem.repairs?.[0], { kind: 'set-region', region: 'eu-west-1' });
    assert.match(fix ?? '', /eu-west-1/);
    assert.equal((await check({ bucket: 'far-away', region: 'eu-west-1' })).ok, true);
  });

  it('finds names that a bucket may have been meant by', async () => {
    const result = await check({ bucket: 'acme-dtaa' });
    assert.deepEqual(failed(result), ['region']);
    const { problem } = result.checks.find(({ id }) => id === 'region') ?? {};
    assert.equal(problem?.code, 'bucket-not-found');
    assert.deepEqual(problem.repairs?.[0], { kind: 'set-bucket', bucket: BUCKET });
    allow('s3:PutObject');
    const { checks } = await check({ bucket: 'acme-dtaa' });
    assert.equal(checks.find(({ id }) => id === 'region')?.code, 'bucket-not-found');
  });

  for (const [what, credentials, code] of [
    [
      'the key is unknown',
      { accessKeyId: 'AKIANOBODY', secretAccessKey: 'the-secret-of-nobody' },
      'invalid-access-key',
    ],
    [
      'the secret is wrong',
      { accessKeyId: ANN.accessKeyId, secretAccessKey: 'the-secret-of-another' },
      'signature-mismatch',
    ],
  ] as const) {
    it(`says once that ${what}`, async () => {
      const result = await check({ credentials });
      assert.equal(result.ok, false);
      const found = result.checks.filter(({ status }) => status === 'failed');
      assert.deepEqual(
        found.map((step) => [step.id, step.code]),
        [['list', code]],
      );
      assert.ok(!JSON.stringify(result).includes(credentials.secretAccessKey));
    });
  }

  it('says that the clock is off', async () => {
    s3.faults.add({
      times: 100,
      answer: {
        status: 403,
        code: 'RequestTimeTooSkewed',
        headers: { date: new Date(Date.now() - 3_600_000).toUTCString() },
      },
    });
    const result = await check();
    assert.equal(result.ok, false);
    const clock = result.checks.find(({ id }) => id === 'clock');
    assert.equal(clock?.code, 'clock-skew');
    assert.match(clock.message, /60 minutes ahead/);
  });

  for (const [what, endpoint, code] of [
    ['nothing listens', async () => `http://127.0.0.1:${await closedPort()}`, 'endpoint-unreachable'],
    ['the port speaks no TLS', () => s3.endpoint.replace('http:', 'https:'), 'tls-failed'],
    ['the name is not known', () => 'http://no-such-host.invalid', 'endpoint-unreachable'],
  ] as const) {
    it(`says at once that ${what}`, async () => {
      const result = await check({ endpoint: await endpoint() });
      assert.equal(result.ok, false);
      const [reach, ...rest] = result.checks;
      assert.deepEqual([reach?.id, reach?.status, reach?.code], ['reachability', 'failed', code]);
      assert.ok(rest.every(({ status }) => status === 'skipped'));
      assert.ok(result.durationMs < DEAD_MS);
    });
  }

  it('gives stores up that never answer, or stop answering', async () => {
    const silent = net.createServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as net.AddressInfo;
    s3.faults.add({ op: 'PutObject', times: 100, hang: 'before' });
    const endpoint = `http://127.0.0.1:${port}`;
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/writer`;
    const role = { kind: 'assumeRole', roleArn, stsEndpoint: endpoint, source: ANN };
    const [dead, stopped, unsigned] = await Promise.all([check({ endpoint }), check(), check({ credentials: role })]);
    silent.close();
    const late = unsigned.checks.find(({ status }) => status === 'failed');
    assert.deepEqual([unsigned.ok, late?.id, late?.code], [false, 'identity', 'endpoint-unreachable']);
    assert.equal(dead.checks[0]?.code, 'endpoint-unreachable');
    assert.deepEqual([stopped.ok, failed(stopped)[0]], [false, 'put']);
    for (const { durationMs } of [dead, stopped, unsigned]) assert.ok(durationMs < DEAD_MS, `${durationMs} ms`);
  }).timeout(60_000);

  it('makes a report that can be read and pasted', async () => {
    allow('s3:ListBucket');
    const result = await check({}, 'mirror');
    const report = checkReport(result, destinationOf());
    assert.match(
      report,
      /^# Check of prod\n\nprod cannot take mirrors\. These credentials may not write in acme-data\./,
    );
    assert.match(report, /\| ✓ +\| Reach the store/);
    assert.match(report, /\| ✕ +\| Write +\| `s3:PutObject` +\| \d+\u00a0ms +\|/);
    assert.match(report, /"s3:DeleteObject"/);
    const [step] = result.checks.filter(({ problem }) => problem !== undefined);
    const problem = { ...step!.problem!, cause: 'The store says <b>`no`</b>.' };
    assert.match(
      checkReport({ ...result, checks: [{ ...step!, problem }] }, destinationOf()),
      / The store says \\<b\\>/,
    );
    const [, ids] = report.split('## Request ids');
    assert.ok(ids !== undefined && !ids.includes('##'), 'request ids come last');
    assert.ok(!report.includes(ANN.secretAccessKey) && !report.includes(ANN.accessKeyId));
  });
});

function failed({ checks }: CheckResult): StepId[] {
  return checks.filter(({ status }) => status === 'failed').map(({ id }) => id);
}

async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
