import assert from 'node:assert/strict';
import fc from 'fast-check';
import { groupByRun, nameWithinRun } from '../../../../src/core/sync/runGroups.ts';
import { newRunId, runIdText } from '../../../../src/core/sync/runId.ts';

const folder = 'signalsmith/users/';
const object = (name: string) => ({ key: folder + name, size: 1 });
const first = '20261122T210301Z-7f3a9c';
const second = '20261122T210302Z-000000';

describe('groupByRun', () => {
  it('puts the newest run first and its objects in order', () => {
    const groups = groupByRun(
      [object(`${first}-00000.csv.gz`), object(`${first}-00001.csv.gz`), object(`${second}-00000.csv`)],
      folder,
    );
    assert.deepEqual(groups, {
      runs: [
        { runId: second, objects: [object(`${second}-00000.csv`)] },
        { runId: first, objects: [object(`${first}-00000.csv.gz`), object(`${first}-00001.csv.gz`)] },
      ],
      others: [],
    });
  });

  it('leaves the folder itself out, and keeps apart what names no run', () => {
    const { runs, others } = groupByRun([object(''), object('notes.txt'), object(`dt=2026/${first}.csv`)], folder);
    assert.deepEqual(runs, []);
    assert.deepEqual(others, [object('notes.txt'), object(`dt=2026/${first}.csv`)]);
  });

  it('has nothing for nothing', () => assert.deepEqual(groupByRun([], folder), { runs: [], others: [] }));

  it('loses no object and doubles none', () => {
    const run = fc.integer({ min: 0, max: 50 }).map((s) => runIdText(newRunId(new Date(1e12 + s * 1000))));
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.tuple(run, fc.string()).map(([id, rest]) => id + rest),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name), (names) => {
        const objects = names.map(object);
        const { runs, others } = groupByRun(objects, folder);
        const grouped = [...runs.flatMap((group) => group.objects), ...others].map(({ key }) => key);
        assert.deepEqual(grouped.sort(), objects.map(({ key }) => key).sort());
        assert.deepEqual(
          runs.map(({ runId }) => runId),
          runs.map(({ runId }) => runId).sort((a, b) => (a < b ? 1 : -1)),
        );
      }),
    );
  });
});

describe('nameWithinRun', () => {
  it('is the path below the folder of a run, else the last part', () => {
    for (const sync of ['p/users/', `p/${first}/`, `${first}/users/`, '']) {
      assert.equal(nameWithinRun(`${sync}${second}-00000.csv.gz`, sync), `${second}-00000.csv.gz`);
      assert.equal(nameWithinRun(`${sync}${second}/data/a b.csv.gz`, sync), 'data/a b.csv.gz');
      assert.equal(nameWithinRun(`${sync}${second}/${first}/x.csv`, sync), `${first}/x.csv`);
      assert.equal(nameWithinRun(`${sync}other.txt`, sync), 'other.txt');
    }
  });
});
