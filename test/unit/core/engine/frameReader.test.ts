import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { type Frame, FramesBrokenOff, readFrames } from '../../../../src/core/engine/frameReader.ts';
import { FrameKind, FrameWriter } from '../../../../src/exporter/frames.ts';
import { all } from '../../exporter/exporting.ts';

const stats = (rows: number) => ({ rows, bytes: rows, plainBytes: rows, sha256: 'é'.repeat(rows % 5) });
const files = fc.array(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), { maxLength: 5 });

/** What a writer sends for files, each of which is written in pieces. */
async function sent(contents: readonly (readonly Uint8Array[])[]): Promise<Buffer> {
  const pipe = new PassThrough({ highWaterMark: 1 << 20 });
  const writer = new FrameWriter(pipe);
  for (const [i, pieces] of contents.entries()) {
    await writer.fileStart({ name: `f${i}` });
    for (const piece of pieces) await writer.data(Buffer.from(piece));
    await writer.fileEnd(stats(i));
  }
  await writer.end();
  assert.equal(
    writer.bytes,
    contents.flat().reduce((sum, { length }) => sum + length, 0),
  );
  return pipe.read() as Buffer;
}

function header(kind: number, length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(kind);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

// eslint-disable-next-line @typescript-eslint/require-await -- the reader takes what comes one after the other
async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let i = 0, at = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function framesOf(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Promise<Frame[]> {
  return all(readFrames(chunked(bytes, sizes)));
}

/** The files that frames add up to. */
function joined(frames: readonly Frame[]): { content: Buffer; rows: number }[] {
  const whole: { content: Buffer; rows: number }[] = [];
  let pieces: Buffer[] = [];
  for (const frame of frames) {
    if (frame.kind === 'fileStart') assert.deepEqual(frame.head, { name: `f${whole.length}` });
    if (frame.kind === 'data') pieces.push(frame.bytes);
    if (frame.kind !== 'fileEnd') continue;
    assert.deepEqual(frame.stats, stats(frame.stats.rows));
    whole.push({ content: Buffer.concat(pieces), rows: frame.stats.rows });
    pieces = [];
  }
  return whole;
}

describe('frames', () => {
  it('bring any files over, in whatever pieces they arrive', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(files, sizes, async (contents, chunks) => {
        const frames = await framesOf(await sent(contents), chunks);
        assert.equal(frames.at(-1)?.kind, 'end');
        assert.ok(frames.every((frame) => frame.kind !== 'data' || frame.bytes.length > 0));
        assert.deepEqual(
          joined(frames),
          contents.map((pieces, rows) => ({ content: Buffer.concat(pieces), rows })),
        );
      }),
    );
  });

  it('that are cut off anywhere are known to be', async () => {
    const whole = await sent([[Buffer.from('a,b\n1,2\n')], [], [Buffer.alloc(3), Buffer.alloc(9)]]);
    for (let length = 0; length < whole.length; length++) {
      await assert.rejects(framesOf(whole.subarray(0, length), [7]), FramesBrokenOff, String(length));
    }
  });

  it('end with the end, whatever follows', async () => {
    const frames = await framesOf(Buffer.concat([header(FrameKind.end, 0), Buffer.from('more')]));
    assert.deepEqual(frames, [{ kind: 'end' }]);
  });

  it('of an unknown kind break the stream off', async () => {
    for (const kind of [0, 5, 0x7b, 255]) {
      const bytes = Buffer.concat([header(kind, 3), Buffer.from('abc'), header(FrameKind.end, 0)]);
      await assert.rejects(
        framesOf(bytes),
        (e: Error) => e instanceof FramesBrokenOff && e.message.includes(`${kind}`),
      );
    }
  });

  it('whose statistics are no statistics break the stream off', async () => {
    for (const payload of ['', 'x', '{"rows":']) {
      const bytes = Buffer.concat([header(FrameKind.fileEnd, payload.length), Buffer.from(payload), header(3, 0)]);
      await assert.rejects(framesOf(bytes), FramesBrokenOff, payload);
    }
    // A length that nobody would send must not be waited for.
    await assert.rejects(
      framesOf(Buffer.concat([header(FrameKind.fileEnd, 2 ** 31), Buffer.alloc(9)])),
      FramesBrokenOff,
    );
  });

  it('pass data on at once, before the frame is whole', async () => {
    const pipe = new PassThrough();
    pipe.write(Buffer.concat([header(FrameKind.data, 2 ** 32 - 1), Buffer.from('begin')]));
    const frames = readFrames(pipe);
    const first = await frames.next();
    assert.deepEqual(first.value, { kind: 'data', bytes: Buffer.from('begin') });
    await frames.return(undefined);
  });
});

describe('FrameWriter', () => {
  it('waits for a pipe that is full', async () => {
    const pipe = new PassThrough({ highWaterMark: 10 });
    let written = false;
    const writing = new FrameWriter(pipe).data(Buffer.alloc(100)).then(() => (written = true));
    await sleep(20);
    assert.equal(written, false);
    pipe.resume();
    await writing;
  });

  it('fails when the pipe is closed while it waits', async () => {
    for (const reason of [undefined, new Error('broken')]) {
      const pipe = new Writable({ highWaterMark: 10, write: () => undefined });
      pipe.on('error', () => undefined);
      const writing = new FrameWriter(pipe).data(Buffer.alloc(100));
      pipe.destroy(reason);
      await assert.rejects(writing, reason ?? /closed/);
    }
  });

  it('fails when the pipe was closed before', async () => {
    const pipe = new PassThrough();
    pipe.on('error', () => undefined);
    pipe.destroy();
    await once(pipe, 'close');
    const writer = new FrameWriter(pipe);
    await assert.rejects(writer.data(Buffer.alloc(100)), /closed/);
    await assert.rejects(writer.end(), /closed/);
  });
});
