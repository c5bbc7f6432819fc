import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NamedPipe } from '../../../src/exporter/namedPipe.ts';
import { PipeThread } from '../../../src/exporter/pipeThread.ts';

/** Writes a file into the pipe in pieces of odd sizes, and says how far it is. */
const WRITER = `
  const fs = require('node:fs');
  const [file, pipe, sizes] = process.argv.slice(1);
  const bytes = fs.readFileSync(file);
  const out = fs.openSync(pipe, 'w');
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = JSON.parse(sizes)[i % JSON.parse(sizes).length];
      at += fs.writeSync(out, bytes, at, Math.min(size, bytes.length - at));
      process.stdout.write(at + '\\n');
    }
  } catch (error) {
    process.stdout.write(error.code + '\\n');
  }`;

describe('NamedPipe', () => {
  let folder: string;
  let pipe: NamedPipe;
  let thread: PipeThread;
  let writers: ChildProcess[];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 's3d-pipe-'));
    writers = [];
  });

  afterEach(async () => {
    pipe.destroy();
    thread.stop();
    for (const writer of writers) {
      if (writer.exitCode === null && writer.signalCode === null && writer.kill('SIGKILL')) await once(writer, 'close');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  async function create(blockBytes: number, blocks?: number): Promise<NamedPipe> {
    thread = new PipeThread(blockBytes, blocks);
    pipe = await NamedPipe.create(path.join(folder, 'rows'), thread);
    return pipe;
  }

  /** Copies of all blocks that are still to come; each is let go of at once. */
  async function blocksOf(blocks: AsyncIterable<Buffer>): Promise<Buffer[]> {
    const copies: Buffer[] = [];
    for await (const block of blocks) {
      copies.push(Buffer.from(block));
      pipe.letGo(0);
    }
    return copies;
  }

  /** Starts another process that writes; its `said` are its numbers of bytes written so far, or an error's code. */
  function write(bytes: Buffer, sizes: number[]): { ended: Promise<unknown>; said: () => string[] } {
    const file = path.join(folder, 'content');
    writeFileSync(file, bytes);
    const writer = spawn(process.execPath, ['-e', WRITER, file, pipe.path, JSON.stringify(sizes)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    writers.push(writer);
    let text = '';
    writer.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { ended: once(writer, 'close'), said: () => text.trim().split('\n') };
  }

  it('gives what another process writes in odd pieces, in blocks of the size asked for', async () => {
    await create(10_007);
    const bytes = randomBytes(1_234_567);
    const { ended } = write(bytes, [1, 70_000, 4096, 13, 65_536, 3, 200_001]);
    void ended.then(() => pipe.writerDone());
    const blocks = await blocksOf(pipe);
    assert.ok(Buffer.concat(blocks).equals(bytes));
    assert.ok(blocks.slice(0, -1).every(({ length }) => length === 10_007));
  });

  it('gives no block for no bytes', async () => {
    await create(100);
    const { ended } = write(Buffer.alloc(0), [1]);
    void ended.then(() => pipe.writerDone());
    assert.deepEqual(await blocksOf(pipe), []);
  });

  it('ends when nobody ever opens it and the writer is done', async () => {
    await create(100);
    const read = blocksOf(pipe);
    await sleep(20);
    pipe.writerDone();
    pipe.writerDone();
    assert.deepEqual(await read, []);
  });

  it('does not end before the writer is done, though another has closed it', async () => {
    await create(100);
    const read = blocksOf(pipe);
    await write(Buffer.from('first '), [100]).ended;
    await write(Buffer.from('second'), [100]).ended;
    pipe.writerDone();
    assert.equal(Buffer.concat(await read).toString(), 'first second');
  });

  it('blocks the writer when nobody reads, and as long as blocks are held', async () => {
    const blockBytes = 64 * 1024;
    await create(blockBytes, 3);
    const bytes = randomBytes(4 << 20);
    const { ended, said } = write(bytes, [16 * 1024]);
    void ended.then(() => pipe.writerDone());
    const written = async (): Promise<number> => {
      for (let last = -1; ;) {
        const now = Number(said().at(-1));
        if (now === last && now > 0) return now;
        last = now;
        await sleep(150);
      }
    };
    // The three blocks, and what the system keeps in the pipe.
    const most = 3 * blockBytes + 64 * 1024;
    assert.ok((await written()) <= most, `${said().at(-1)} bytes were taken`);
    const reader = pipe[Symbol.asyncIterator]();
    const first = (await reader.next()).value as Buffer;
    const second = (await reader.next()).value as Buffer;
    assert.ok((await written()) <= most, `${said().at(-1)} bytes were taken`);
    // A byte of the first is still looked at, then a byte of the second.
    pipe.letGo(blockBytes + 1);
    assert.ok((await written()) <= most, `${said().at(-1)} bytes were taken`);
    assert.ok(first.equals(bytes.subarray(0, blockBytes)));
    const copies: Uint8Array[] = [Buffer.from(first)];
    pipe.letGo(1);
    assert.ok((await written()) <= most + blockBytes, `${said().at(-1)} bytes were taken`);
    assert.ok(second.equals(bytes.subarray(blockBytes, 2 * blockBytes)));
    copies.push(Buffer.from(second));
    pipe.letGo(0);
    copies.push(...(await blocksOf(reader)));
    assert.ok(Buffer.concat(copies).equals(bytes));
  });

  it('is read by a thread that reads one pipe after the other', async () => {
    await create(1000, 2);
    for (const size of [2500, 2000, 0, 1]) {
      const bytes = randomBytes(size);
      const { ended } = write(bytes, [300]);
      void ended.then(() => pipe.writerDone());
      assert.ok(Buffer.concat(await blocksOf(pipe)).equals(bytes));
      pipe.letGo(0);
      pipe.destroy();
      rmSync(pipe.path);
      pipe = await NamedPipe.create(pipe.path, thread);
    }
  });

  it('fails where its thread has failed', async () => {
    await create(1000);
    pipe.writerDone();
    assert.deepEqual(await blocksOf(pipe), []);
    pipe.letGo(0);
    // No pipe: the thread cannot read it.
    const broken = new Promise<Error | undefined>((resolve) => thread.read(-1, resolve));
    assert.equal(((await broken) as NodeJS.ErrnoException).code, 'ERR_OUT_OF_RANGE');
    rmSync(pipe.path);
    pipe = await NamedPipe.create(pipe.path, thread);
    await assert.rejects(blocksOf(pipe), { code: 'ERR_OUT_OF_RANGE' });
  });

  it('is for its owner only', async () => {
    await create(100);
    const { mode } = statSync(pipe.path);
    assert.equal(mode & 0o777, 0o600);
    pipe.writerDone();
    assert.deepEqual(await blocksOf(pipe), []);
  });

  it('tells the writer when it is destroyed, and ends', async () => {
    await create(1024);
    const { ended, said } = write(randomBytes(4 << 20), [16 * 1024]);
    await pipe[Symbol.asyncIterator]().next();
    pipe.destroy();
    pipe.destroy();
    await ended;
    assert.equal(said().at(-1), 'EPIPE');
    await blocksOf(pipe);
  });

  it('is not made where something is already', async () => {
    await create(100);
    await assert.rejects(NamedPipe.create(pipe.path, thread), /exists/i);
    assert.ok(existsSync(pipe.path));
  });
});
