import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NamedPipe } from '../../../src/exporter/namedPipe.ts';
import { all } from './exporting.ts';

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
  let writers: ChildProcess[];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 's3d-pipe-'));
    writers = [];
  });

  afterEach(async () => {
    pipe.destroy();
    for (const writer of writers) {
      if (writer.exitCode === null && writer.signalCode === null && writer.kill('SIGKILL')) await once(writer, 'close');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  async function create(blockBytes: number): Promise<NamedPipe> {
    pipe = await NamedPipe.create(path.join(folder, 'rows'), blockBytes);
    return pipe;
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
    const blocks = await all(pipe);
    assert.ok(Buffer.concat(blocks).equals(bytes));
    assert.ok(blocks.slice(0, -1).every(({ length }) => length === 10_007));
  });

  it('gives no block for no bytes', async () => {
    await create(100);
    const { ended } = write(Buffer.alloc(0), [1]);
    void ended.then(() => pipe.writerDone());
    assert.deepEqual(await all(pipe), []);
  });

  it('ends when nobody ever opens it and the writer is done', async () => {
    await create(100);
    const read = all(pipe);
    await sleep(20);
    pipe.writerDone();
    pipe.writerDone();
    assert.deepEqual(await read, []);
  });

  it('does not end before the writer is done, though another has closed it', async () => {
    await create(100);
    const read = all(pipe);
    await write(Buffer.from('first '), [100]).ended;
    await write(Buffer.from('second'), [100]).ended;
    pipe.writerDone();
    assert.equal(Buffer.concat(await read).toString(), 'first second');
  });

  it('blocks the writer when nobody reads', async () => {
    const blockBytes = 64 * 1024;
    await create(blockBytes);
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
    // Two blocks that are ready, one that is being filled, and what the system keeps in the pipe.
    assert.ok((await written()) <= 5 * blockBytes + 64 * 1024, `${said().at(-1)} bytes were taken`);
    const reader = pipe[Symbol.asyncIterator]();
    const first = (await reader.next()).value as Buffer;
    assert.ok((await written()) <= 7 * blockBytes + 64 * 1024, `${said().at(-1)} bytes were taken`);
    const rest = await all(reader);
    assert.ok(Buffer.concat([first, ...rest]).equals(bytes));
  });

  it('is for its owner only', async () => {
    await create(100);
    const { mode } = statSync(pipe.path);
    assert.equal(mode & 0o777, 0o600);
    pipe.writerDone();
    assert.deepEqual(await all(pipe), []);
  });

  it('tells the writer when it is destroyed, and ends', async () => {
    await create(1024);
    const { ended, said } = write(randomBytes(4 << 20), [16 * 1024]);
    await pipe[Symbol.asyncIterator]().next();
    pipe.destroy();
    pipe.destroy();
    await ended;
    assert.equal(said().at(-1), 'EPIPE');
    await all(pipe);
  });

  it('is not made where something is already', async () => {
    await create(100);
    await assert.rejects(NamedPipe.create(pipe.path, 100), /exists/i);
    assert.ok(existsSync(pipe.path));
  });
});
