import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ListedObject, Page } from '../../../../src/core/s3/listing.ts';
import { newestFirst, type RunObjects } from '../../../../src/core/sync/newestFirst.ts';
import { newRunId, runIdOfFileName, runIdText } from '../../../../src/core/sync/runId.ts';

const FOLDER = 'a/one/';

/** A folder with these names, listed as S3 does. */
function folderOf(names: Iterable<string>, pageSize = 1000) {
  const pairs = [...names].map((name) => ({ name, bytes: Buffer.from(name) }));
  const sorted = pairs.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  let requests = 0;
  const list = (name: string): Promise<Page<ListedObject>> => {
    requests++;
    const after = Buffer.from(name);
    let low = 0;
    for (let high = sorted.length; low < high;) {
      const middle = (low + high) >> 1;
      if (Buffer.compare(sorted[middle]!.bytes, after) > 0) high = middle;
      else low = middle + 1;
    }
    const items = sorted.slice(low, low + pageSize).map((one) => ({ key: FOLDER + one.name, size: 1 }));
    return Promise.resolve({ items, ...(low + pageSize < sorted.length ? { continuation: 'x' } : {}) });
  };
  return { list, requests: () => requests };
}

async function first(list: (name: string) => Promise<Page<ListedObject>>, most: number, hint?: Date) {
  const runs: RunObjects[] = [];
  for await (const step of newestFirst(list, FOLDER, { hint: () => Promise.resolve(hint) })) {
    if (step === 'request') continue;
    runs.push(step.item);
    if (runs.length === most) break;
  }
  return runs;
}

function* hourly(runs: number, files: (run: number) => number, until = Date.now()): Generator<string> {
  for (let i = 0; i < runs; i++) {
    const { time } = newRunId(new Date(until - (runs - i) * 3_600_000));
    for (let part = 0; part < files(i); part++)
      yield `${time}-${String(i).padStart(6, '0')}-${String(part).padStart(5, '0')}.csv.gz`;
  }
}

function newest(names: readonly string[]): string[] {
  const ids = new Set(names.map(runIdOfFileName).filter((id) => id !== undefined));
  return [...ids].sort().reverse();
}

describe('the runs of a folder, newest first', () => {
  it('take one request where a page holds all', async () => {
    const names = [...hourly(300, () => 3), 'notes.txt'];
    const { list, requests } = folderOf(names);
    assert.deepEqual(
      (await first(list, 1000)).map(({ runId }) => runId),
      newest(names),
    );
    assert.equal(requests(), 1);
  });

  it('come with what else is there, also where very much of it sorts before them', async () => {
    const before = Array.from({ length: 1500 }, (_, i) => `(${i})`);
    for (const some of [['(0)', '000.csv'], before]) {
      const { list } = folderOf([...some, ...hourly(3, () => 1), 'notes.txt']);
      const others: string[] = [];
      let runs = 0;
      for await (const step of newestFirst(list, FOLDER, {
        onOther: ({ key }) => others.push(key.slice(FOLDER.length)),
      })) {
        if (step !== 'request') runs++;
      }
      assert.equal(runs, 3);
      assert.ok(others.includes('(0)') && others.includes('notes.txt'));
    }
  });

  it('come with what sorts after them, where they are very many', async () => {
    const { list } = folderOf([...hourly(3000, () => 1), 'notes.txt']);
    const others: string[] = [];
    const runs = newestFirst(list, FOLDER, { onOther: ({ key }) => others.push(key) });
    for await (const step of runs) if (step !== 'request') break;
    assert.deepEqual(others, [`${FOLDER}notes.txt`]);
  });

  it('take a few requests of 30,000 objects, wherever they end', async () => {
    for (const until of [Date.now(), Date.now() - 400 * 86_400_000, Date.now() + 50 * 86_400_000]) {
      const names = [...hourly(30_000, () => 1, until)];
      const { list, requests } = folderOf(names);
      assert.deepEqual(
        (await first(list, 100)).map(({ runId }) => runId),
        newest(names).slice(0, 100),
      );
      assert.ok(requests() <= 12, `${requests()} requests`);
    }
  });

  it('take three requests where it is known when the newest began', async () => {
    const names = [...hourly(30_000, () => 1)];
    const [id] = newest(names);
    const { list, requests } = folderOf(names);
    await first(list, 100, new Date(Date.now() - 3_600_000));
    assert.equal((await first(list, 1))[0]!.runId, id);
    const before = requests();
    await first(list, 100, new Date(Date.now() - 3_600_000));
    assert.ok(requests() - before <= 3, `${requests() - before} requests`);
  });

  it('leave out the rest of a run that has more objects than a page', async () => {
    const names = [...hourly(30, (run) => (run % 3 === 0 ? 20_000 : 1))];
    const { list, requests } = folderOf(names);
    const runs = await first(list, 30);
    assert.deepEqual(
      runs.map(({ runId }) => runId),
      newest(names),
    );
    for (const { runId, objects, more } of runs) {
      const all = names.filter((name) => name.startsWith(runId)).length;
      assert.equal(more, objects.length < all, runId);
    }
    assert.ok(requests() < 150, `${requests()} requests`);
  });

  it('are all there, each once, whole or marked as not, whatever is in the folder', async () => {
    const second = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2_000_000_000 }));
    const run = fc.tuple(
      second,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom('-', '/'),
    );
    const foreign = fc.constantFrom(
      '!x',
      '0',
      '1999',
      '2001-01-01',
      '20010101T',
      '20010909T014640Z_x',
      'data.csv',
      '~',
      'é',
      '漢',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { maxLength: 40 }),
        fc.array(foreign, { maxLength: 8 }),
        fc.boolean(),
        async (made, others, hinted) => {
          const names = new Set<string>(others);
          for (const [at, random, files, separator] of made) {
            const id = runIdText({ ...newRunId(new Date(at * 1000)), random: String(random).repeat(6) });
            for (let part = 0; part < files; part++) names.add(`${id}${separator}${String(part).padStart(2, '0')}`);
          }
          const { list } = folderOf(names, 5);
          const expected = newest([...names]);
          const runs = await first(
            list,
            Infinity,
            hinted && made.length > 0 ? new Date(made[0]![0] * 1000) : undefined,
          );
          assert.deepEqual(
            runs.map(({ runId }) => runId),
            expected,
          );
          for (const { runId, objects, more } of runs) {
            const all = [...names].filter((name) => name.startsWith(runId));
            assert.ok(objects.length === all.length || (more && objects.length > 0), runId);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
