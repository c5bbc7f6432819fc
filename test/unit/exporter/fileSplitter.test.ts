import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readFrames } from '../../../src/core/engine/frameReader.ts';
import { FileSplitter, type SplitOptions } from '../../../src/exporter/fileSplitter.ts';
import { FrameWriter } from '../../../src/exporter/frames.ts';
import type { FileStats } from '../../../src/exporter/protocol.ts';

const HEAD = Buffer.from('name,note\n');

interface File {
  content: Buffer;
  stats: FileStats;
}

/** Sends records through a splitter, in blocks of a size that has nothing to do with theirs. */
async function split(records: readonly string[], blockBytes: number, options: Partial<SplitOptions>): Promise<File[]> {
  // As a pipe to another process does, it keeps nothing of what it has taken.
  const pipe = new Transform({ transform: (chunk: Buffer, _, done) => done(null, Buffer.from(chunk)) });
  const frames = new FrameWriter(pipe);
  const defaults = { head: HEAD, quotes: true, gzipLevel: undefined, maxFileBytes: 2 ** 40, maxFileRows: undefined };
  const splitter = new FileSplitter(frames, { ...defaults, ...options });
  const text = Buffer.from(records.join(''));
  const written = (async () => {
    const given: Buffer[] = [];
    let givenBytes = 0;
    for (let at = 0; at < text.length; at += blockBytes) {
      const block = Buffer.from(text.subarray(at, at + blockBytes));
      given.push(block);
      givenBytes += block.length;
      await splitter.write(block);
      // What is held no more is used for something else.
      while (given[0] !== undefined && givenBytes - given[0].length >= splitter.heldBytes) {
        givenBytes -= given[0].length;
        given.shift()?.fill('"');
      }
    }
    await splitter.end();
    assert.equal(splitter.heldBytes, 0);
    await frames.end();
    assert.equal(splitter.rows, records.length);
  })();
  const files: File[] = [];
  let pieces: Buffer[] = [];
  for await (const frame of readFrames(pipe)) {
    if (frame.kind === 'data') pieces.push(Buffer.from(frame.bytes));
    if (frame.kind !== 'fileEnd') continue;
    const bytes = Buffer.concat(pieces);
    assert.equal(frame.stats.bytes, bytes.length);
    assert.equal(frame.stats.sha256, createHash('sha256').update(bytes).digest('hex'));
    const content = options.gzipLevel === undefined ? bytes : gunzipSync(bytes);
    assert.equal(frame.stats.plainBytes, content.length);
    files.push({ content, stats: frame.stats });
    pieces = [];
  }
  await written;
  return files;
}

/** The records of a file: its content without the head, cut where the records are known to end. */
function recordsOf(files: readonly File[], records: readonly string[]): string[][] {
  let next = 0;
  return files.map(({ content, stats }) => {
    const own = records.slice(next, next + stats.rows);
    next += stats.rows;
    assert.equal(content.toString(), HEAD.toString() + own.join(''));
    return own;
  });
}

const record = fc
  .tuple(fc.string({ unit: fc.constantFrom('a', 'é', '"', '\n', '\r', ',', ' ') }), fc.nat(3000))
  .map(([text, length]) => `"${(text + 'x'.repeat(length)).replaceAll('"', '""')}",1\n`);
const records = fc.array(record, { maxLength: 60 });
const blocks = fc.integer({ min: 1, max: 5000 });

describe('FileSplitter', () => {
  it('keeps all records in one file when nothing limits it', async () => {
    await fc.assert(
      fc.asyncProperty(records, blocks, async (rows, block) => {
        const files = await split(rows, block, {});
        assert.equal(files.length, 1);
        assert.deepEqual(recordsOf(files, rows), [rows]);
      }),
      { numRuns: 50 },
    );
  });

  it('cuts after so many records, quoted line breaks or not', async () => {
    await fc.assert(
      fc.asyncProperty(records, blocks, fc.integer({ min: 1, max: 20 }), async (rows, block, most) => {
        const files = recordsOf(await split(rows, block, { maxFileRows: most }), rows);
        assert.equal(files.length, Math.max(1, Math.ceil(rows.length / most)));
        for (const own of files.slice(0, -1)) assert.equal(own.length, most);
      }),
      { numRuns: 100 },
    );
  });

  for (const gzipLevel of [undefined, 1, 9]) {
    it(`stays below a size, gzip level ${gzipLevel ?? 'none'}, unless a single record is larger`, async () => {
      await fc.assert(
        fc.asyncProperty(records, blocks, fc.integer({ min: 1, max: 40_000 }), async (rows, block, most) => {
          const files = await split(rows, block, { maxFileBytes: most, gzipLevel });
          recordsOf(files, rows);
          for (const { stats } of files) assert.ok(stats.bytes <= most || stats.rows <= 1, JSON.stringify(stats));
        }),
        { numRuns: 60 },
      );
    });
  }

  it('stays below a size with large blocks and many records, and does not waste much of it', async () => {
    const rows = Array.from(
      { length: 60_000 },
      (_, i) => `${i},${createHash('md5').update(String(i)).digest('hex')}\n`,
    );
    const most = 400_000;
    const files = await split(rows, 1 << 20, { maxFileBytes: most, gzipLevel: 4 });
    recordsOf(files, rows);
    for (const { stats } of files) assert.ok(stats.bytes <= most, JSON.stringify(stats));
    for (const { stats } of files.slice(0, -1)) assert.ok(stats.bytes > most * 0.7, JSON.stringify(stats));
  });

  it('makes a file of nothing but the head when there are no records', async () => {
    const [file, ...more] = await split([], 100, { gzipLevel: 4, maxFileRows: 1, maxFileBytes: 1 });
    assert.deepEqual(more, []);
    assert.equal(file?.content.toString(), HEAD.toString());
  });
});
