import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import * as vscode from 'vscode';
import { checkReport, problemReport } from '../../src/core/diagnose/checkReport.ts';
import type { CheckResult } from '../../src/core/diagnose/checkResult.ts';
import type { Problem } from '../../src/core/problem.ts';
import { DEMO_ADMIN } from '../s3/server.ts';
import { type Recorded, recordedFailures } from '../unit/core/diagnose/recorded.ts';
import { assertLogsHoldNone } from './logFiles.ts';
import { BUCKET, type HostSession, openHostSession, problemOf, run } from './hostSession.ts';

const SECRETS = {
  keyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secret: `Zq7${randomBytes(28).toString('base64')}`,
  token: `Zq7${randomBytes(90).toString('base64')}`,
  signature: randomBytes(32).toString('hex'),
};
/** The request that each recorded answer belongs to, in S3's words. */
const OPERATIONS = {
  put: 'PutObject',
  create: 'CreateMultipartUpload',
  part: 'UploadPart',
  complete: 'CompleteMultipartUpload',
  abort: 'AbortMultipartUpload',
  list: 'ListObjectsV2',
  get: 'GetObject',
  head: 'HeadBucket',
  delete: 'DeleteObject',
} as const satisfies Record<Recorded['request'], string>;
const LARGE = 'SELECT i, md5(i::VARCHAR) AS hash FROM range(250000) AS r(i)';

/** How many rows are followed by another try, which is the same for all. */
const TRIED_AGAIN = 4;

/** Downloads tell of a missing object in their own words; of commits one is enough, as each takes an export of several parts. */
const LEFT_OUT = ['no-object/get', 'store-fault/complete', 'conflict/complete', 'part-too-small/complete'];

/** One recorded answer for each kind of failure and request. */
function rows(): [file: string, answer: Recorded][] {
  const seen = new Set(LEFT_OUT);
  return [...recordedFailures()].flatMap(([file, answers]) =>
    answers
      .filter(({ expected: { kind }, request }) => {
        const id = `${kind}/${request}`;
        return !seen.has(id) && seen.add(id);
      })
      .map((answer): [string, Recorded] => [file, answer]),
  );
}

describe('what a store answers', () => {
  let session: HostSession;
  const told: string[] = [];
  let tried = 0;

  before(async () => {
    session = await openHostSession();
    const { keyId: accessKeyId, secret: secretAccessKey, token: sessionToken } = SECRETS;
    session.s3.accounts.set(accessKeyId, { ...DEMO_ADMIN, accessKeyId, secretAccessKey, sessionToken });
    // What has no endpoint is AWS, which is here for now.
    process.env.AWS_ENDPOINT_URL_S3 = session.s3.endpoint;
  });
  afterEach(async () => {
    session.s3.faults.clear();
    await session.clear();
  });
  after(async () => {
    Reflect.deleteProperty(process.env, 'AWS_ENDPOINT_URL_S3');
    await session.close();
  });

  for (const [file, answer] of rows()) {
    it(`is read for what it is: ${file}: ${answer.title}`, async () => {
      const { keyId: accessKeyId, secret: secretAccessKey, token: sessionToken } = SECRETS;
      const credentials = { kind: 'keys', accessKeyId, secretAccessKey, sessionToken };
      await session.addDestination('prod', { ...answer.destination, credentials });
      const { status, headers, body } = answer;
      // Who is no store answers everything.
      const op = file === 'no-store' ? {} : { op: OPERATIONS[answer.request] };
      session.s3.faults.add({ ...op, times: 1000, answer: { status, headers, body: filled(body) } });
      const found = await (WAYS[answer.request] ?? checked)(answer);
      if (found === undefined) return;
      const { problem, report } = found;
      assert.deepEqual([problem.code, problem.kind], [answer.expected.code, answer.expected.kind]);
      const { message, fix = '', repairs = [] } = problem;
      assert.ok(repairs.length > 0);
      const { says } = answer.expected;
      if (says !== undefined) assert.ok(`${message} ${problem.fixes?.join(' ') ?? ''}`.includes(says), message);
      told.push(JSON.stringify(problem), `${message} ${fix}`, report);
      session.s3.faults.clear();
      if (repairs[0]?.kind !== 'retry' || tried++ >= TRIED_AGAIN) return;
      await run('repairDestination', { name: 'prod', repair: repairs[0] });
      assert.ok(session.s3.requests.at(-1)?.status === 204, 'The check has come to its end.');
    });
  }

  it('has left no secret in anything that is told, or in a log', async () => {
    assert.ok(told.length > 100);
    // All that there is below them is one key and two identities.
    for (const secret of Object.values(SECRETS)) {
      for (const form of [secret, encodeURIComponent(secret), secret.slice(4, 24)]) {
        const leak = told.find((text) => text.includes(form));
        assert.equal(leak, undefined);
      }
    }
    const { secret, token, signature, keyId } = SECRETS;
    assertLogsHoldNone([secret, token, signature, keyId]);
    await run('showLog');
  });

  interface Found {
    problem: Problem;
    report: string;
  }

  async function checked({ expected, request }: Recorded): Promise<Found | undefined> {
    const result = await run<CheckResult>('checkDestination', { name: 'prod', for: 'mirror' });
    const failures = result.checks.flatMap(({ problem }) => problem ?? []);
    // A look that is refused without a reason does no harm where all else may be done.
    if (request === 'head' && ['denied', 'bad-request'].includes(expected.kind)) {
      assert.deepEqual([result.ok, failures], [true, []]);
      return undefined;
    }
    const problem = failures.find(({ kind }) => kind === expected.kind) ?? failures[0];
    assert.ok(problem, JSON.stringify(result.checks, null, 2));
    return { problem, report: JSON.stringify(result) + checkReport(result, { bucket: BUCKET, pathPrefix: '' }) };
  }

  async function failing(command: string, argument: object): Promise<Found> {
    const problem = await problemOf(run(command, { destination: 'prod', ...argument }));
    return { problem, report: problemReport(problem, command) };
  }

  const exported = (): Promise<Found> => failing('exportQuery', { syncId: 'large', sql: LARGE, gzip: false });
  const WAYS: Partial<Record<Recorded['request'], (answer: Recorded) => Promise<Found | undefined>>> = {
    part: exported,
    complete: exported,
    get: () => failing('downloadObject', { key: 'signalsmith/a/b.csv', to: vscode.Uri.file(tmpdir()).toString() }),
  };
});

function filled(body: string): string {
  const values: Record<string, string | undefined> = SECRETS;
  return body.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
}
