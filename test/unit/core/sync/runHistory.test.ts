import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProblemError } from '../../../../src/core/problem.ts';
import { openStore } from '../../../../src/core/s3/store.ts';
import { parseLatest } from '../../../../src/core/sync/manifest.ts';
import { failedRun, failedRuns, recordFailedRun, runHistory } from '../../../../src/core/sync/runHistory.ts';
import { latestKey } from '../../../../src/core/sync/syncKeys.ts';
import { Bucket, SMALL } from '../s3/bucket.ts';

const FAILURE = new ProblemError({ code: 'throttled', message: 'It stopped.' });

describe('the history of a sync', () => {
  let bucket: Bucket;
  let folder: string;

  before(async () => (bucket = await Bucket.create()));
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 's3d-history-'))));
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await bucket.clear();
    bucket.reset();
  });
  after(() => bucket.stop());

  const startedAt = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
  const history = async () => {
    const destination = bucket.destination();
    const store = openStore(destination);
    try {
      return await runHistory(store, destination, folder, 'users', 10);
    } finally {
      store.close();
    }
  };

  it('has completed runs by their manifests and the others as they are remembered here, newest first', async () => {
    const done = await bucket.run(SMALL, { syncId: 'users' });
    const own = { syncId: 'users', mode: 'insert' } as const;
    await recordFailedRun(
      folder,
      bucket.destination(),
      failedRun({ ...own, runId: 'old', startedAt: startedAt(9) }, FAILURE),
    );
    const stopped = new ProblemError({ code: 'cancelled', message: 'Stopped.' });
    const last = failedRun({ ...own, runId: 'cancelled', startedAt: startedAt(-1) }, stopped);
    await recordFailedRun(folder, bucket.destination(), last);
    const elsewhere = bucket.destination({ pathPrefix: 'elsewhere/' });
    await recordFailedRun(folder, elsewhere, { ...last, runId: 'elsewhere' });
    await recordFailedRun(folder, bucket.destination(), { ...last, runId: 'other', syncId: 'other' });
    assert.deepEqual(
      (await history()).map(({ runId, status, error, files }) => [runId, status, error?.code, files]),
      [
        ['cancelled', 'cancelled', undefined, undefined],
        [done.runId, 'completed', undefined, 1],
        ['old', 'failed', 'throttled', undefined],
      ],
    );
  });

  it('tells once of a run that was finished after its commit had stopped', async () => {
    const { runId, startedAt: began } = await bucket.run(SMALL, { syncId: 'users' });
    const run = failedRun({ syncId: 'users', mode: 'insert', runId, startedAt: began }, FAILURE);
    await recordFailedRun(folder, bucket.destination(), run);
    assert.deepEqual(
      (await history()).map((ended) => [ended.runId, ended.status]),
      [[runId, 'completed']],
    );
  });

  it('does not grow without end', async () => {
    const run = failedRun({ syncId: 'users', mode: 'insert', runId: 'r', startedAt: startedAt(1) }, FAILURE);
    for (let i = 0; i < 1001; i++) await recordFailedRun(folder, bucket.destination(), run);
    const { length } = await failedRuns(folder, bucket.destination(), 'users');
    assert.equal(length, 500);
  });

  it('and what names the newest insert follow the time, also within a second', async () => {
    for (let i = 0; i < 8; i++) {
      const { runId } = await bucket.run(SMALL, { syncId: 'users' });
      const latest = parseLatest((await bucket.bytes(latestKey('signalsmith/', 'users'))).toString());
      assert.ok(typeof latest === 'object');
      assert.equal(latest.runId, runId);
    }
  });
});
