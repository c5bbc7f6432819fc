import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProblemCode } from '../../../../src/core/problem.ts';
import { ACCOUNT, DEMO_ADMIN } from '../../../s3/server.ts';
import type { Fault } from '../../../s3/faults.ts';
import { exporters } from '../../exporter/exporting.ts';
import { Bucket, LARGE, SMALL } from './bucket.ts';

const FOREVER = 1e6;
const denied = { status: 403, code: 'AccessDenied' };

describe('a run that fails', () => {
  let bucket: Bucket;

  before(async () => (bucket = await Bucket.create()));
  afterEach(async () => {
    const left = [await bucket.keys(), await bucket.unfinished()];
    bucket.reset();
    assert.deepEqual(left, [[], 0]);
  });
  after(() => bucket.stop());

  const faults: [title: string, sql: string, fault: Fault, code: ProblemCode][] = [
    ['the upload is refused at once', LARGE, { op: 'CreateMultipartUpload', answer: denied }, 'access-denied'],
    ['a part is refused', LARGE, { op: 'UploadPart', part: 3, times: FOREVER, answer: denied }, 'access-denied'],
    [
      'the store is too busy for a part',
      LARGE,
      { op: 'UploadPart', part: 2, times: FOREVER, answer: { status: 503, code: 'SlowDown' } },
      'throttled',
    ],
    [
      'a part never arrives',
      LARGE,
      { op: 'UploadPart', part: 2, times: FOREVER, cut: 'during', cutAfterBytes: 1e5 },
      'endpoint-unreachable',
    ],
    ['all parts are cut', LARGE, { op: 'UploadPart', times: FOREVER, cut: 'before' }, 'endpoint-unreachable'],
    [
      'the commit is refused',
      LARGE,
      { op: 'CompleteMultipartUpload', times: FOREVER, answer: denied },
      'access-denied',
    ],
    [
      'the commit fails within 200',
      LARGE,
      { op: 'CompleteMultipartUpload', times: FOREVER, answer: { status: 200, code: 'InternalError' } },
      'upload-failed',
    ],
    ['the one request is refused', SMALL, { op: 'PutObject', times: FOREVER, answer: denied }, 'access-denied'],
  ];
  for (const [title, sql, fault, code] of faults) {
    it(`leaves nothing when ${title}`, async () => {
      const active = bucket.s3.faults.add(fault);
      const problem = await bucket.problemOf(bucket.run(sql, { syncId: 'failing', gzip: false }));
      assert.equal(problem.code, code, problem.message);
      assert.ok(active.hits > 0);
      assert.deepEqual(bucket.warnings, []);
    });
  }

  it('names the upload that cannot be aborted, and keeps the reason it failed for', async () => {
    bucket.s3.faults.add({
      op: 'UploadPart',
      part: 2,
      answer: { status: 400, code: 'InvalidRequest', message: 'Odd' },
    });
    const no = bucket.s3.faults.add({ op: 'AbortMultipartUpload', times: FOREVER, answer: denied });
    const problem = await bucket.problemOf(bucket.run(LARGE, { syncId: 'stuck', gzip: false }));
    assert.match(problem.message, /Odd/);
    assert.match(bucket.warnings.join(), /unfinished upload \S+ of signalsmith\/stuck\/\S+ could not be removed/);
    assert.equal(await bucket.unfinished(), 1);
    no.remove();
    await bucket.abortAll();
  });

  it('tells why the commit failed, although it was cancelled meanwhile', async () => {
    const abort = new AbortController();
    const run = (): void => abort.abort();
    bucket.s3.faults.add({ op: 'CompleteMultipartUpload', times: FOREVER, run, answer: denied });
    const late = bucket.run(LARGE, { syncId: 'late', gzip: false }, { signal: abort.signal });
    assert.equal((await bucket.problemOf(late)).code, 'access-denied');
  });

  it('goes on when a part, the commit or its answer is lost once', async () => {
    for (const fault of [
      { op: 'UploadPart', part: 2, cut: 'during', cutAfterBytes: 1e6 },
      { op: 'UploadPart', part: 3, cut: 'after' },
      { op: 'UploadPart', part: 4, answer: { status: 503, code: 'SlowDown' } },
      { op: 'CompleteMultipartUpload', answer: { status: 500, code: 'InternalError' } },
    ] satisfies Fault[]) {
      bucket.s3.faults.add(fault);
    }
    const { files } = await bucket.run(LARGE, { syncId: 'hurdles', gzip: false });
    assert.equal((await bucket.bytes(files[0]!.key)).length, files[0]!.bytes);
    await bucket.clear();
  });

  const moments: [title: string, sql: string, fault: Fault][] = [
    ['when its upload is created', LARGE, { op: 'CreateMultipartUpload' }],
    ['with the first part', LARGE, { op: 'UploadPart', part: 1 }],
    ['with a part that hangs', LARGE, { op: 'UploadPart', part: 3, hang: 'before' }],
    ['with the last part', LARGE, { op: 'UploadPart', part: 5 }],
  ];
  for (const [title, sql, fault] of moments) {
    it(`leaves nothing when it is cancelled ${title}`, async () => {
      const abort = new AbortController();
      // A request that is delayed gets its answer after the cancellation, so that there is something to clean up.
      const run = () => void setTimeout(() => abort.abort(), fault.hang === undefined ? 0 : 200);
      bucket.s3.faults.add({ ...fault, run });
      const { code } = await bucket.problemOf(
        bucket.run(sql, { syncId: 'cancelled', gzip: false }, { signal: abort.signal }),
      );
      assert.equal(code, 'cancelled');
      assert.deepEqual(exporters(), []);
      assert.deepEqual(bucket.warnings, []);
    });
  }

  it('removes an upload that is created only after it was cancelled', async () => {
    const abort = new AbortController();
    const run = async (): Promise<void> => {
      abort.abort();
      await sleep(300);
    };
    const active = bucket.s3.faults.add({ op: 'CreateMultipartUpload', run });
    const running = bucket.run(LARGE, { syncId: 'cancelled', gzip: false }, { signal: abort.signal });
    assert.equal((await bucket.problemOf(running)).code, 'cancelled');
    assert.equal(active.hits, 1);
    assert.ok(bucket.count('AbortMultipartUpload') > 0);
  });

  for (const ms of [0, 30, 250, 400]) {
    it(`leaves nothing when it is cancelled after ${ms} ms`, async () => {
      const endless = `select repeat('x', 1000) || random() as t from range(1000000000)`;
      const abort = new AbortController();
      const running = bucket.run(endless, { syncId: 'cancelled', gzip: false }, { signal: abort.signal });
      setTimeout(() => abort.abort(), ms);
      assert.equal((await bucket.problemOf(running)).code, 'cancelled');
    });
  }

  it('does not begin when it is cancelled before', async () => {
    const running = bucket.run(SMALL, { syncId: 'cancelled' }, { signal: AbortSignal.abort() });
    assert.equal((await bucket.problemOf(running)).code, 'cancelled');
    assert.deepEqual(bucket.log(), []);
  });

  it('is not cancelled any more once it is being committed', async () => {
    for (const [sql, op] of [
      [LARGE, 'CompleteMultipartUpload'],
      [SMALL, 'PutObject'],
    ] as const) {
      const abort = new AbortController();
      bucket.s3.faults.add({ op, run: () => abort.abort() });
      const { files } = await bucket.run(sql, { syncId: 'committed', gzip: false }, { signal: abort.signal });
      assert.equal((await bucket.bytes(files[0]!.key)).length, files[0]!.bytes);
    }
    await bucket.clear();
  });

  it('leaves nothing when the exporter is killed', async () => {
    bucket.s3.faults.add({ op: 'UploadPart', part: 2, run: () => void process.kill(exporters()[0]!, 'SIGKILL') });
    const sql = `select repeat('x', 1000) || random() as t from range(1000000000)`;
    const problem = await bucket.problemOf(bucket.run(sql, { syncId: 'killed', gzip: false }));
    assert.equal(problem.code, 'query-failed');
    assert.match(problem.message, /ended unexpectedly \(SIGKILL\)/);
  });

  it('says which setting is wrong', async () => {
    const credentials = { accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: 'not-this-one' };
    const stranger = { accessKeyId: 'NOBODY', secretAccessKey: 'not-this-one' };
    bucket.s3.createBucket('frankfurt', { region: 'eu-central-1' });
    const cases: [ProblemCode, Record<string, unknown>][] = [
      ['signature-mismatch', { credentials }],
      ['invalid-access-key', { credentials: stranger }],
      ['bucket-not-found', { bucket: 'no-such-bucket' }],
      ['region-mismatch', { region: 'eu-west-1' }],
      ['region-mismatch', { bucket: 'frankfurt' }],
      ['endpoint-unreachable', { endpoint: 'http://127.0.0.1:1' }],
      ['tls-failed', { endpoint: bucket.s3.endpoint.replace('http:', 'https:') }],
    ];
    for (const [code, destination] of cases) {
      // Small and large files begin with different requests, which S3 may answer differently.
      const queries = code === 'region-mismatch' ? [SMALL, LARGE] : [SMALL];
      const run = (sql: string) => bucket.run(sql, { syncId: 'wrong', gzip: false }, { destination });
      for (const problem of await Promise.all(queries.map((sql) => bucket.problemOf(run(sql))))) {
        assert.equal(problem.code, code, problem.message);
        assert.doesNotMatch(problem.message, /stopped in the middle/);
        assert.doesNotMatch(JSON.stringify(problem), /not-this-one/);
        if (code === 'region-mismatch') assert.equal(problem.region, destination.region ? 'us-east-1' : 'eu-central-1');
      }
    }
  });

  it('says which permission is missing', async () => {
    const user = { name: 'reader', accessKeyId: 'DEMOREADER', secretAccessKey: 'demo-reader-secret', account: ACCOUNT };
    bucket.s3.accounts.set(user.accessKeyId, user);
    for (const sql of [SMALL, LARGE]) {
      const destination = { credentials: { accessKeyId: user.accessKeyId, secretAccessKey: user.secretAccessKey } };
      const problem = await bucket.problemOf(bucket.run(sql, { syncId: 'wrong', gzip: false }, { destination }));
      assert.deepEqual([problem.code, problem.permission], ['access-denied', 's3:PutObject']);
      assert.match(problem.requestId ?? '', /^[0-9A-F]{16}$/);
    }
  });
});
