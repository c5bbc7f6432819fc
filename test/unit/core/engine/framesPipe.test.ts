import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FramesPipe, makeFramesPipe } from '../../../../src/core/engine/framesPipe.ts';

/** Writes so many bytes, each of which tells where it stands, to its descriptor 3. */
const WRITER = `
  const { Socket } = require('node:net');
  const pipe = new Socket({ fd: 3, readable: false, writable: true });
  const bytes = Buffer.alloc(Number(process.argv[1]));
  for (let i = 0; i < bytes.length; i++) bytes[i] = i % 251;
  pipe.on('error', () => process.exit(7));
  pipe.end(bytes);
`;

describe('A pipe for frames', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 's3-destinations-test-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  async function made(): Promise<FramesPipe> {
    return (await makeFramesPipe(folder)) ?? assert.fail('no pipe');
  }

  function write(pipe: FramesPipe, bytes: number) {
    const child = spawn(process.execPath, ['-e', WRITER, String(bytes)], { stdio: ['ignore', 0, 2, pipe.theirs] });
    pipe.theirs.destroy();
    return child;
  }

  it('gives what a process writes, in order, to the end of the process, and leaves nothing in the folder', async () => {
    const pipe = await made();
    const child = write(pipe, 1_300_001);
    let at = 0;
    for await (const piece of pipe.bytes) {
      for (const byte of piece) assert.equal(byte, at++ % 251);
      // The next piece must not come before it is asked for.
      const before = piece[0];
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(piece[0], before);
    }
    assert.equal(at, 1_300_001);
    if (child.exitCode === null) await once(child, 'exit');
    assert.deepEqual(readdirSync(folder), []);
  });

  it('ends when the process is killed', async () => {
    const pipe = await made();
    const child = write(pipe, 60_000_000);
    let bytes = 0;
    for await (const piece of pipe.bytes) {
      bytes += piece.length;
      child.kill('SIGKILL');
    }
    assert.ok(bytes > 0 && bytes < 60_000_000);
  });

  it('fails the writer when it is destroyed', async () => {
    const pipe = await made();
    const child = write(pipe, 60_000_000);
    for await (const piece of pipe.bytes) {
      assert.ok(piece.length > 0);
      break;
    }
    pipe.destroy();
    assert.deepEqual(await once(child, 'exit'), [7, null]);
  });

  it('does without a pipe where a folder cannot have one', async () => {
    const deep = path.join(folder, 'x'.repeat(90));
    mkdirSync(deep);
    assert.equal(await makeFramesPipe(deep), undefined);
    assert.equal(await makeFramesPipe(path.join(folder, 'missing')), undefined);
  });
});
