import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../vscode/lock.ts';

describe('withLock', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 's3d-lock-'));
    file = path.join(folder, 'deep/work.lock');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('lets one work after the other', async () => {
    const steps: string[] = [];
    const work = (name: string) =>
      withLock(file, async () => {
        steps.push(`${name} starts`);
        await sleep(50);
        steps.push(`${name} ends`);
      });
    await Promise.all([work('a'), work('b')]);
    assert.deepEqual(steps, ['a starts', 'a ends', 'b starts', 'b ends']);
  });

  it('is released when the work fails', async () => {
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(existsSync(file), false);
  });

  it('is taken over from a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await withLock(file, () => Promise.resolve());
    writeFileSync(file, String(pid));
    const waits: true[] = [];
    assert.equal(
      await withLock(
        file,
        () => Promise.resolve('done'),
        () => waits.push(true),
      ),
      'done',
    );
    assert.equal(waits.length, 1);
  });
});
