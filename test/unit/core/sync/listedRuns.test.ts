import assert from 'node:assert/strict';
import { ProblemError } from '../../../../src/core/problem.ts';
import type { ListOptions } from '../../../../src/core/s3/listing.ts';
import type { Store } from '../../../../src/core/s3/store.ts';
import { type ListedRun, listedRuns, newestRuns } from '../../../../src/core/sync/listedRuns.ts';

const id = (second: number): string => `20261122T2103${String(second).padStart(2, '0')}Z-7f3a9c`;
const file = (second: number): string => `a/one/${id(second)}-00000.csv`;
const manifest = (second: number): string => `a/_s3destinations/one/runs/${id(second)}.json`;

/** A store that has these keys. @param denied the start of keys that may not be listed */
function storeWith(keys: string[], denied?: string): Store {
  const listPage = (prefix: string, { startAfter = '' }: ListOptions) => {
    if (denied !== undefined && prefix.startsWith(denied)) {
      return Promise.reject(new ProblemError({ code: 'access-denied', message: 'No.' }));
    }
    const found = keys.filter((key) => key.startsWith(prefix) && key > startAfter).sort();
    return Promise.resolve({ items: found.map((key) => ({ key, size: 1 })) });
  };
  return { listPage, readText: () => Promise.resolve(undefined) } as unknown as Store;
}

async function all(store: Store): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  for await (const step of listedRuns(store, 'a/', 'one', {})) if (step !== 'request') runs.push(step.item);
  return runs;
}

const shown = (runs: readonly ListedRun[]): [string, number, boolean][] =>
  runs.map(({ runId, objects, recorded }) => [runId, objects.length, recorded]);

describe('the runs of a sync', () => {
  it('are those with files and those with a manifest, each once, newest first', async () => {
    const store = storeWith([
      file(1),
      file(3),
      manifest(2),
      manifest(3),
      manifest(4),
      'a/one/notes.txt',
      'a/one-more/x',
    ]);
    const expected = [
      [id(4), 0, true],
      [id(3), 1, true],
      [id(2), 0, true],
      [id(1), 1, false],
    ];
    assert.deepEqual(shown(await all(store)), expected);
    assert.deepEqual(
      (await newestRuns(store, 'a/', 'one', 1)).map(({ runId }) => runId),
      [id(3)],
    );
  });

  it('do without manifests that may not be listed, but not without the folder', async () => {
    const keys = [file(1), manifest(1)];
    assert.deepEqual(shown(await all(storeWith(keys, 'a/_s3destinations/'))), [[id(1), 1, false]]);
    await assert.rejects(all(storeWith(keys, 'a/one/')), { code: 'access-denied' });
  });
});
