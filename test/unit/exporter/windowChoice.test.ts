import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { WindowChoice } from '../../../src/exporter/windowChoice.ts';

const MIB = 1024 * 1024;
const digest = (i: number): string => createHash('sha256').update(String(i)).digest('base64');

/** Records that have nothing in common with those far before them. */
function table(bytes: number): Buffer {
  const record = (i: number): string => `${i},user${i}@example.com,${digest(i).slice(0, 6)},${i % 3 === 0}\n`;
  return filled(bytes, record);
}

/** Text that repeats itself word for word, but 20 KiB later. */
function distant(bytes: number): Buffer {
  return filled(bytes, (i) => digest(i % 466));
}

function filled(bytes: number, piece: (i: number) => string): Buffer {
  const pieces: string[] = [];
  for (let i = 0, length = 0; length < bytes; i++) length += pieces[pieces.push(piece(i)) - 1]?.length ?? 0;
  return Buffer.from(pieces.join('')).subarray(0, bytes);
}

/** The windows of blocks that follow each other, all asked for before any is known. */
async function windows(blocks: readonly Buffer[]): Promise<number[]> {
  const choice = new WindowChoice(4);
  const chosen = blocks.map((block, i) => choice.of(block, blocks[i - 1]?.subarray(-32 * 1024)));
  return (await Promise.all(chosen)).map(({ windowBits }) => windowBits);
}

describe('WindowChoice', () => {
  it('looks near by in tables, and far in text that repeats itself far away', async () => {
    assert.deepEqual(await windows([table(MIB), table(MIB)]), [12, 12]);
    assert.deepEqual(await windows([distant(MIB), distant(MIB)]), [15, 15]);
  });

  it('is not led by a header before the data', async () => {
    const [, first, second] = await windows([Buffer.from('id,digest\n'), distant(MIB), distant(MIB)]);
    assert.deepEqual([first, second], [15, 15]);
  });

  it('adds up what small blocks tell', async () => {
    const text = distant(MIB);
    const blocks = Array.from({ length: 128 }, (_, i) => text.subarray(i * 8192, (i + 1) * 8192));
    assert.equal((await windows(blocks)).at(-1), 15);
  });

  it('chooses anew when the data has changed, after 16 MiB and not for each block', async () => {
    const chosen = await windows([
      ...Array.from({ length: 17 }, () => table(MIB)),
      ...Array.from({ length: 16 }, () => distant(MIB)),
    ]);
    assert.deepEqual(chosen, [...Array.from({ length: 32 }, () => 12), 15]);
  });

  it('says what to expect of a block', async () => {
    const { ratio } = await new WindowChoice(4).of(table(MIB), undefined);
    const packed = deflateRawSync(table(MIB)).length / MIB;
    assert.ok(Math.abs(ratio / packed - 1) < 0.1, `${ratio} for ${packed}`);
  });

  it('takes the near window for nothing', async () => assert.deepEqual(await windows([Buffer.alloc(0)]), [12]));
});
