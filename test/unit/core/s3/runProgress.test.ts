import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { RunProgress } from '../../../../src/core/sync/exportRun.ts';
import type { ExportSource } from '../../../../src/core/sync/exportSource.ts';
import { write } from '../../exporter/exportingFiles.ts';
import { Bucket } from './bucket.ts';

const PART_MS = 150;

describe('the progress of a run', () => {
  let bucket: Bucket;
  before(async () => {
    bucket = await Bucket.create();
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i},${randomBytes(50).toString('hex')}\n`).join('');
    write(bucket.workspace.folder, {
      'a.bin': randomBytes(30 << 20),
      'b.bin': randomBytes(10 << 20),
      'rows.csv': `id,text\n${lines.repeat(6)}`,
    });
  });
  after(() => bucket.stop());

  /** Runs with a store that takes its time. */
  async function progressOf(source: string | ExportSource): Promise<RunProgress[]> {
    const seen: RunProgress[] = [];
    bucket.s3.faults.add({ op: 'UploadPart', times: Infinity, delayMs: PART_MS });
    const onProgress = (progress: RunProgress): void => void seen.push(progress);
    await bucket.run(source, { syncId: 'progress', gzip: false, emptyFile: true }, { onProgress, partsAtOnce: 1 });
    return seen;
  }

  function assertGrows(seen: readonly RunProgress[]): number[] {
    const percents = seen.flatMap(({ percent }) => percent ?? []);
    assert.deepEqual(
      percents,
      percents.toSorted((a, b) => a - b),
    );
    assert.equal(percents.at(-1), 100);
    return percents.slice(0, -1);
  }

  it('of a query says how much of it is done', async () => {
    const before = assertGrows(await progressOf(`FROM 'rows.csv'`));
    assert.ok(new Set(before).size >= 3, before.join());
    assert.ok(before.every((percent) => percent >= 0 && percent <= 100));
  });

  it('of a query that gives its first row at the end says how much of it is done before', async () => {
    const seen = await progressOf(`SELECT count(DISTINCT md5(repeat(text, 15))) AS n FROM 'rows.csv'`);
    assertGrows(seen);
    assert.ok(seen.some(({ rows, percent = 0 }) => rows === 0 && percent > 0 && percent < 100));
  });

  it('of files says how many of their bytes are done', async () => {
    const files = ['a.bin', 'b.bin'].map((name) => ({ name, path: path.join(bucket.workspace.folder, name) }));
    const seen = await progressOf({ kind: 'files', files, convert: false });
    const before = assertGrows(seen);
    assert.ok(new Set(before).size >= 3, before.join());
    // Three quarters of the bytes are those of the first file.
    for (const { files: done, percent } of seen) {
      if (percent !== undefined) assert.ok(done === 0 ? percent <= 75 : percent >= 75, `${done}: ${percent}`);
    }
  });

  it('of files that are converted goes by their sizes, too', async () => {
    const file = path.join(bucket.workspace.folder, 'rows.csv');
    const files = ['one.csv', 'two.csv'].map((name) => ({ name, path: file }));
    const seen = await progressOf({ kind: 'files', files, convert: true });
    assert.ok(assertGrows(seen).some((percent) => percent > 50));
  });
});
