import assert from 'node:assert/strict';
import os from 'node:os';
import { LEASE_MS } from '../../../../src/core/sync/commitLock.ts';
import type { RunProgress } from '../../../../src/core/sync/exportRun.ts';
import { recordKey } from '../../../../src/core/sync/syncKeys.ts';
import { waitingFor, waitingText } from '../../../../src/core/sync/waiting.ts';
import { Bucket, SMALL } from './bucket.ts';

describe('a run whose sync is being committed by another machine', () => {
  let bucket: Bucket;
  before(async () => (bucket = await Bucket.create()));
  afterEach(async () => {
    bucket.reset();
    await bucket.clear();
  });
  after(() => bucket.stop());

  it('says whom it waits for, and until when, and then goes on', async () => {
    const key = recordKey('signalsmith/', 'mirrored');
    const of = { version: 1, runId: '20261122T210301Z-7f3a9c', syncId: 'mirrored' };
    const record = { ...of, state: 'committing', owner: 'build-7:4242', uploads: [], onlyNew: true, replace: [] };
    await bucket.put(key, JSON.stringify({ ...record, manifest: {} }));
    const told: RunProgress[] = [];
    const began = Date.now();
    const { rows } = await bucket.run(
      SMALL,
      { syncId: 'mirrored', mode: 'mirror' },
      {
        onProgress: (progress) => {
          told.push(progress);
          if (progress.waiting !== undefined) void bucket.put(key, JSON.stringify({ ...of, state: 'released' }));
        },
      },
    );
    assert.equal(rows.written, 2);
    const [first] = told;
    assert.deepEqual([first?.rows, first?.waiting?.machine], [0, 'build-7']);
    const left = (first?.waiting?.until?.getTime() ?? 0) - began;
    // Stores tell times in seconds.
    assert.ok(Math.abs(left - LEASE_MS) < 5000, String(left));
    assert.deepEqual(told.filter(({ waiting }) => waiting !== undefined).length, 1);
    assert.equal(told[1]?.waiting, undefined);
  });

  it('tells it in words, of which the store gives none', () => {
    const until = new Date(2026, 10, 22, 21, 4, 5);
    assert.equal(
      waitingText({ machine: 'build-7', until }),
      'Waiting for build-7 to commit its run of this sync; if that stops, this run goes on at 21:04:05',
    );
    assert.equal(waitingText(waitingFor('b:1', undefined)), 'Waiting for b to commit its run of this sync');
    assert.equal(waitingFor(`${os.hostname()}:17`, 0).machine, 'another window');
    assert.equal(waitingFor(':17', 0).machine, 'another machine');
    const hostile = '\u001b[2J[here](command:evil) $(error)\n<b>\u202e';
    assert.equal(waitingFor(`${hostile.repeat(9)}:1`, 0).machine.length, 64);
    assert.equal(waitingFor(`${hostile}:1`, 0).machine, '2Jherecommandevil errorb');
  });
});
