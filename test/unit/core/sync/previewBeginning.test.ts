import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { type Frame, FramesBrokenOff } from '../../../../src/core/engine/frameReader.ts';
import { lookThrough } from '../../../../src/core/sync/previewBeginning.ts';
import { newRunId } from '../../../../src/core/sync/runId.ts';
import { RunKeys } from '../../../../src/core/sync/runKeys.ts';

const MIB = 1024 * 1024;

describe('the beginning of what a run would write', () => {
  const keys = (): RunKeys =>
    new RunKeys({ pathPrefix: '', syncId: 's', run: newRunId(new Date()), fileName: '{part}', extension: 'csv.gz' });
  async function* frames(...pieces: Buffer[]): AsyncGenerator<Frame> {
    await Promise.resolve();
    yield { kind: 'fileStart', head: {} };
    for (const bytes of pieces) yield { kind: 'data', bytes };
    yield { kind: 'fileEnd', stats: { rows: 1 } as Extract<Frame, { kind: 'fileEnd' }>['stats'] };
    yield { kind: 'end' };
  }

  it('is unpacked, of one piece or of several', async () => {
    const packed = gzipSync('a,b\n1,2\n');
    for (const pieces of [[packed], [packed.subarray(0, 7), packed.subarray(7)], [packed, packed]]) {
      const { text, whole } = await lookThrough(frames(...pieces), keys(), true);
      assert.deepEqual([text, whole], ['a,b\n1,2\n'.repeat(pieces[0] === pieces[1] ? 2 : 1), true]);
    }
  });

  it('is what has come, when it breaks off', async () => {
    const packed = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, i) => `${i},${i * 7919}\n`).join('')));
    async function* cut(): AsyncGenerator<Frame> {
      for await (const frame of frames(packed.subarray(0, packed.length >> 1)))
        if (frame.kind !== 'fileEnd') yield frame;
      throw new FramesBrokenOff('cut');
    }
    const { text, whole } = await lookThrough(cut(), keys(), true);
    assert.ok(text.startsWith('0,0\n1,7919\n') && text.length > 10_000, String(text.length));
    assert.equal(whole, false);
  });

  it('is not unpacked beyond what is shown, however far it could be', async () => {
    // Gzip of what is all alike: 1 MiB of it becomes 1 GiB.
    const member = gzipSync(Buffer.alloc(4 * MIB, 'a'));
    const packed = Buffer.concat(Array.from({ length: 256 }, () => member));
    const before = process.resourceUsage().maxRSS;
    const { text, whole } = await lookThrough(frames(packed), keys(), true);
    assert.deepEqual([text.length, whole], [4 * MIB, false]);
    const grown = (process.resourceUsage().maxRSS - before) / 1024;
    assert.ok(grown < 128, `It took ${grown} MiB.`);
  });
});
