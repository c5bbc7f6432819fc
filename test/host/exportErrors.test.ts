import assert from 'node:assert/strict';
import type { Problem } from '../../src/core/problem.ts';
import type { Statement } from '../s3/policy.ts';
import { DEMO_ADMIN, startS3 } from '../s3/server.ts';
import { ADMIN_KEYS, BUCKET, type HostSession, openHostSession, problemOf, run } from './hostSession.ts';

/** Large enough for a multipart upload, whatever gzip makes of it. */
const LARGE = { sql: 'SELECT i, md5(i::VARCHAR) AS hash FROM range(500000) AS r(i)', gzip: false };
const ALL: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };

describe('an export that fails', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  afterEach(async () => {
    session.s3.faults.clear();
    session.s3.setUserPolicy(DEMO_ADMIN.name, DEMO_ADMIN.policy);
    session.s3.setBucketPolicy(BUCKET, undefined);
    await session.clear();
  });
  after(async () => session.close());

  /** Exports, which has to fail and to leave nothing. */
  const refused = async (request: Record<string, unknown> = {}): Promise<Problem> => {
    const argument = { destination: 'store', syncId: 'failing', sql: 'SELECT 1 AS n', ...request };
    const problem = await problemOf(run('exportQuery', argument));
    session.s3.faults.clear();
    session.s3.setUserPolicy(DEMO_ADMIN.name, DEMO_ADMIN.policy);
    session.s3.setBucketPolicy(BUCKET, undefined);
    await session.assertNothingThere();
    assert.ok(!JSON.stringify(problem).includes(ADMIN_KEYS.secretAccessKey));
    assert.deepEqual(JSON.parse(JSON.stringify(problem)), problem);
    return problem;
  };

  it('names a destination that there is not', async () => {
    const { code, message, fix } = await refused();
    assert.deepEqual([code, message], ['invalid-argument', 'There is no destination store.']);
    assert.match(fix ?? '', /Add Destination/);
  });

  for (const [field, value, expected] of [
    ['syncId', '', /“syncId”.*required/],
    ['syncId', '.hidden', /“syncId”.*begin with a dot/],
    ['syncId', 'a/b', /“syncId”.*letters, digits/],
    ['syncId', 'x'.repeat(129), /“syncId”.*128/],
    ['syncId', 7, /“syncId” must be text/],
    ['destination', 7, /“destination” must be text/],
    ['mode', 'replace', /“mode” must be/],
    ['format', 'xml', /“format” must be "csv" or "jsonl"/],
    ['gzip', 'yes', /“gzip” must be true or false/],
    ['emptyFile', 1, /“emptyFile” must be true or false/],
    ['fileName', '{nothing}', /“fileName”.*\{nothing\}/],
    ['fileName', '../x', /“fileName”.*“\.\.”/],
    ['fileName', 'a//b', /“fileName”.*slash/],
    ['fileName', 'a\ud800', /“fileName”.*control/],
    ['prepare', 'a\ud800.sql', /preparation .*control/],
    ['kind', Object.create(null) as object, /“kind” must be/],
  ] as const) {
    it(`names the field: ${field} = ${JSON.stringify(value).slice(0, 20)}`, async () => {
      await session.addDestination('store');
      const { code, message } = await refused({ [field]: value });
      assert.equal(code, 'invalid-argument');
      assert.match(message, expected);
    });
  }

  it('says that nothing listens at the endpoint', async () => {
    const gone = await startS3();
    await gone.stop();
    await session.addDestination('store', { endpoint: gone.endpoint });
    const { code, message } = await refused();
    assert.equal(code, 'endpoint-unreachable');
    assert.ok(message.includes(gone.endpoint));
  });

  it('says that the secret is wrong', async () => {
    await session.addDestination('store', {
      credentials: { ...ADMIN_KEYS, secretAccessKey: 'the-secret-of-another-store' },
    });
    const { code, message, requestId } = await refused();
    assert.equal(code, 'signature-mismatch');
    assert.match(message, /store/);
    assert.ok(requestId);
  });

  it('says that the access key is unknown', async () => {
    await session.addDestination('store', { credentials: { ...ADMIN_KEYS, accessKeyId: 'AKNOBODY' } });
    assert.equal((await refused()).code, 'invalid-access-key');
  });

  it('says that the bucket is missing', async () => {
    await session.addDestination('store', { bucket: 'no-such-bucket' });
    const { code, message } = await refused();
    assert.equal(code, 'bucket-not-found');
    assert.match(message, /no-such-bucket/);
  });

  it('says where the bucket is', async () => {
    session.s3.createBucket('far-away', { region: 'eu-west-1' });
    await session.addDestination('store', { bucket: 'far-away' });
    const { code, message, region } = await refused();
    assert.deepEqual([code, region], ['region-mismatch', 'eu-west-1']);
    assert.match(message, /far-away is in eu-west-1, but store says us-east-1/);
  });

  for (const [size, query] of [
    ['small', {}],
    ['large', LARGE],
  ] as const) {
    it(`says which permission is missing (${size})`, async () => {
      await session.addDestination('store');
      session.s3.setUserPolicy(DEMO_ADMIN.name, { Statement: { ...ALL, Action: ['s3:Get*', 's3:List*'] } });
      const { code, permission, fix, requestId } = await refused(query);
      assert.deepEqual([code, permission], ['access-denied', 's3:PutObject']);
      assert.match(fix ?? '', /s3:PutObject/);
      assert.ok(requestId);
    });

    it(`says that a policy denies it (${size})`, async () => {
      await session.addDestination('store');
      const Resource = `arn:aws:s3:::${BUCKET}/signalsmith/*`;
      const statement: Statement = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource };
      session.s3.setBucketPolicy(BUCKET, { Statement: statement });
      const { code, permission } = await refused(query);
      assert.deepEqual([code, permission], ['explicit-deny', 's3:PutObject']);
    });
  }

  it('takes back the parts that were there when the store broke down', async () => {
    await session.addDestination('store');
    const fault = session.s3.faults.add({
      op: 'UploadPart',
      part: 2,
      times: 20,
      answer: { status: 403, code: 'AccessDenied', message: 'Access Denied' },
    });
    assert.equal((await refused(LARGE)).code, 'access-denied');
    assert.ok(fault.hits > 0);
    assert.ok(session.s3.requests.some(({ op, status }) => op === 'AbortMultipartUpload' && status === 204));
  });

  it('says that the query is wrong, and has sent nothing', async () => {
    await session.addDestination('store');
    session.s3.requests.length = 0;
    const { code, message } = await refused({ sql: 'SELECT nothing FROM range(3)' });
    assert.equal(code, 'query-failed');
    assert.match(message, /nothing/);
    const writing = session.s3.requests.filter(({ op = '' }) => !/^(List|Get|Head)/.test(op));
    assert.deepEqual(writing, []);
  });

  it('takes back what was sent when the query fails on its way', async () => {
    await session.addDestination('store');
    const sql =
      "SELECT i, md5(i::VARCHAR) AS hash, if(i = 450000, error('Stop here'), 0) AS x FROM range(500000) AS r(i)";
    const { code, message } = await refused({ sql, gzip: false });
    assert.equal(code, 'query-failed');
    assert.match(message, /Stop here/);
  });

  it('leaves the extension able to go on', async () => {
    await session.addDestination('store');
    session.s3.setUserPolicy(DEMO_ADMIN.name, undefined);
    await refused();
    await run('exportQuery', { destination: 'store', syncId: 'after', sql: 'SELECT 1 AS n' });
    assert.equal((await session.keys()).length, 3);
  });
});
