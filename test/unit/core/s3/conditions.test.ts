import assert from 'node:assert/strict';
import { recordKey } from '../../../../src/core/sync/syncKeys.ts';
import { Bucket } from './bucket.ts';

const SYNC = { syncId: 'loose', mode: 'mirror', gzip: false };

for (const conditions of ['ignored', 'refused'] as const) {
  describe(`a mirror at a store by which conditions of writes are ${conditions}`, () => {
    let bucket: Bucket;
    before(async () => (bucket = await Bucket.create({ conditions })));
    afterEach(async () => {
      await bucket.clear();
      bucket.reset();
    });
    after(() => bucket.stop());

    it('goes the same way, and says that runs are not kept apart', async () => {
      const first = await bucket.run('SELECT 1 AS n', SYNC);
      const second = await bucket.run('SELECT 2 AS n', SYNC);
      for (const { warnings = [] } of [first, second]) {
        assert.match(warnings.join(), /This store ignores the conditions of writes/);
      }
      assert.deepEqual(
        second.replaced,
        first.files.map(({ key }) => key),
      );
      assert.deepEqual(
        await bucket.keys('signalsmith/loose/'),
        second.files.map(({ key }) => key),
      );
      const record = JSON.parse((await bucket.bytes(recordKey('signalsmith/', 'loose'))).toString()) as object;
      assert.deepEqual(record, { version: 1, state: 'released', runId: second.runId });
    });

    it('gives way to a run that is being committed', async () => {
      const key = recordKey('signalsmith/', 'loose');
      let other: Promise<string> | undefined;
      const commitOther = (): void => {
        other = bucket.bytes(key).then((bytes) => bytes.toString());
      };
      const late = bucket.run('SELECT 1 AS n', SYNC);
      // Another process has its record there before this run commits.
      bucket.s3.faults.add({
        op: 'UploadPart',
        run: async () => {
          const theirs = { version: 1, state: 'committing', runId: '20260101T000000Z-aaaaaa', owner: 'elsewhere:1' };
          await bucket.put(key, JSON.stringify(theirs));
          commitOther();
        },
      });
      assert.equal((await bucket.problemOf(late)).code, 'conflict');
      assert.match((await other) ?? '', /elsewhere/);
      assert.deepEqual([await bucket.keys('signalsmith/loose/'), await bucket.unfinished()], [[], 0]);
    });
  });
}
