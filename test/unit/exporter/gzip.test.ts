import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ParallelGzip } from '../../../src/exporter/gzip.ts';

const KIB = 1024;

async function gzip(blocks: readonly Uint8Array[], level: number): Promise<Buffer> {
  const out: Buffer[] = [];
  const member = new ParallelGzip(level, (bytes) => Promise.resolve(void out.push(bytes)));
  for (const block of blocks) await member.write(Buffer.from(block));
  await member.end();
  return Buffer.concat(out);
}

/** Blocks that compress: each repeats a word, so that one refers to the one before. */
const block = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(4000))
    .map(([word, times]) => Buffer.concat(Array.from({ length: times }, () => word))),
);
const level = fc.integer({ min: 1, max: 9 });

/** Text that repeats itself at a distance, in blocks of that size. */
function textBlocks(count: number, size: number): Buffer[] {
  const words = Array.from({ length: 50 }, () => randomBytes(12).toString('hex'));
  const text = Array.from({ length: Math.ceil((count * size) / 24) }, (_, i) => words[(i * 7) % 50]).join('');
  return Array.from({ length: count }, (_, i) => Buffer.from(text.slice(i * size, (i + 1) * size)));
}

function assertReadable(packed: Buffer, plain: Buffer): void {
  const strict = spawnSync('gunzip', ['-t'], { input: packed });
  assert.equal(strict.status, 0, strict.stderr.toString());
  assert.equal(strict.stderr.length, 0);
  assert.ok(spawnSync('gunzip', ['-c'], { input: packed, maxBuffer: 1 << 27 }).stdout.equals(plain));
}

describe('ParallelGzip', () => {
  it('makes one member that gunzips to what went in, from any blocks at any level', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 12 }), level, async (blocks, l) => {
        const plain = Buffer.concat(blocks);
        const packed = await gzip(blocks, l);
        assert.ok(gunzipSync(packed).equals(plain));
        assert.equal(packed.readUInt32LE(packed.length - 8), crc32(plain));
        assert.equal(packed.readUInt32LE(packed.length - 4), plain.length);
        // A second member would begin like the first.
        assert.equal(packed.indexOf(packed.subarray(0, 10), 1), -1);
      }),
      { numRuns: 60 },
    );
  });

  const cases: [title: string, blocks: Buffer[]][] = [
    ['nothing', []],
    ['empty blocks', [Buffer.alloc(0), Buffer.alloc(0)]],
    ['an empty block between others', [Buffer.from('a'), Buffer.alloc(0), Buffer.from('a')]],
    ['one byte', [Buffer.from('x')]],
    ['blocks of one byte', textBlocks(300, 1)],
    ['blocks just below the window', textBlocks(7, 32 * KIB - 1)],
    ['blocks of the window', textBlocks(7, 32 * KIB)],
    ['blocks just above the window', textBlocks(7, 32 * KIB + 1)],
    ['large blocks', textBlocks(9, 1024 * KIB)],
    ['large blocks after small ones', [...textBlocks(5, 100), ...textBlocks(3, 200 * KIB), ...textBlocks(5, 10)]],
    ['what cannot be compressed', [randomBytes(300 * KIB), randomBytes(10), randomBytes(300 * KIB)]],
    ['zeros', [Buffer.alloc(3000 * KIB)]],
  ];
  for (const [title, blocks] of cases) {
    it(`is read by gunzip: ${title}`, async () => assertReadable(await gzip(blocks, 4), Buffer.concat(blocks)));
  }

  it('is read by Python', async function () {
    const check = 'import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))';
    if (spawnSync('python3', ['-c', '']).status !== 0) this.skip();
    for (const blocks of [[], textBlocks(20, 50 * KIB), textBlocks(100, 10)]) {
      const read = spawnSync('python3', ['-c', check], { input: await gzip(blocks, 6), maxBuffer: 1 << 27 });
      assert.equal(read.status, 0, read.stderr.toString());
      assert.ok(read.stdout.equals(Buffer.concat(blocks)));
    }
  });

  it('uses what it has seen: small blocks pack nearly as well as one', async () => {
    const blocks = textBlocks(40, 16 * KIB);
    const whole = await gzip([Buffer.concat(blocks)], 6);
    assert.ok((await gzip(blocks, 6)).length < whole.length * 2);
  });

  it('never becomes larger than it says, whatever goes in', async () => {
    for (const size of [0, 1, 100, 1000, 64 * KIB, 200 * KIB, 1024 * KIB]) {
      for (const l of [1, 4, 9]) {
        let sent = 0;
        const member = new ParallelGzip(l, (bytes) => Promise.resolve(void (sent += bytes.length)));
        await member.write(randomBytes(32 * KIB));
        await member.flush();
        const worst = sent + member.worstBytes(size);
        await member.write(randomBytes(size));
        await member.end();
        assert.ok(sent <= worst, `${size} bytes at level ${l}: ${sent} of ${worst}`);
      }
    }
  });

  it('says how much fits for certain', () => {
    const member = new ParallelGzip(4, () => Promise.resolve());
    for (const room of [0, 10, 100, 1000, 65_536, 1e6, 5e9]) {
      const fitting = member.fitting(room);
      assert.ok(fitting === 0 || member.worstBytes(fitting) <= room);
      assert.ok(member.worstBytes(fitting + 2) > room);
    }
  });

  it('can be flushed in between', async () => {
    const out: Buffer[] = [];
    const member = new ParallelGzip(4, (bytes) => Promise.resolve(void out.push(bytes)));
    await member.write(Buffer.from('first'));
    await member.flush();
    const flushed = Buffer.concat(out).length;
    assert.ok(flushed > 10);
    await member.write(Buffer.from('second'));
    await member.end();
    assert.equal(gunzipSync(Buffer.concat(out)).toString(), 'firstsecond');
  });

  it('looks at no more of what it took than it says, so that a block may be used again', async () => {
    const out: Buffer[] = [];
    const member = new ParallelGzip(4, (bytes) => Promise.resolve(void out.push(bytes)));
    // A ring of blocks, as large as what is held at most and the block in hand; some blocks are smaller than the dictionary.
    const sizes = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 10 * KIB : 100 * KIB));
    const ring: Buffer[] = Array.from({ length: 8 }, () => Buffer.alloc(100 * KIB));
    const plain: Uint8Array[] = [];
    const given: { bytes: number; block: Buffer }[] = [];
    for (const size of sizes) {
      const block = ring.shift() ?? assert.fail('All blocks are held.');
      const [text = Buffer.alloc(0)] = textBlocks(1, size);
      plain.push(text);
      text.copy(block);
      given.push({ bytes: size, block });
      await member.write(block.subarray(0, size));
      const heldOf = (): number => given.reduce((sum, { bytes }) => sum + bytes, 0);
      while (given[0] !== undefined && heldOf() - given[0].bytes >= member.heldBytes) {
        const free = given.shift();
        free?.block.fill(0xff);
        if (free !== undefined) ring.push(free.block);
      }
    }
    await member.end();
    assert.equal(member.heldBytes, 0);
    assert.ok(gunzipSync(Buffer.concat(out)).equals(Buffer.concat(plain)));
  });

  it('waits for the sink, so that no more than a few blocks are in memory', async () => {
    const gate = Promise.withResolvers<undefined>();
    let taken = 0;
    const member = new ParallelGzip(1, (bytes) => (bytes.length === 10 ? Promise.resolve() : gate.promise));
    const writing = (async () => {
      for (; taken < 50; taken++) await member.write(Buffer.alloc(1000, taken));
      await member.end();
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(taken < 10, `${taken} blocks were taken`);
    gate.resolve(undefined);
    await writing;
    assert.equal(taken, 50);
  });

  it('fails with the sink, and leaves no failure unhandled', async () => {
    const broken = new Error('broken pipe');
    const member = new ParallelGzip(4, (bytes) => (bytes.length === 10 ? Promise.resolve() : Promise.reject(broken)));
    await assert.rejects(async () => {
      for (let i = 0; i < 20; i++) await member.write(Buffer.alloc(100));
    }, broken);
  });
});

describe('a gzip member over 4 GiB', () => {
  it('has the right checksum and size: gunzip reads it to its end', async function () {
    this.timeout(120_000);
    const BLOCKS = 4100;
    const block = Buffer.alloc(1024 * KIB, 'all work and no play ');
    const gunzip = spawn('bash', ['-o', 'pipefail', '-c', 'gunzip -c | wc -c'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let count = '';
    gunzip.stdout.on('data', (data: Buffer) => (count += data.toString()));
    let trailer = Buffer.alloc(0) as Buffer;
    const member = new ParallelGzip(1, async (bytes) => {
      trailer = Buffer.concat([trailer, bytes]).subarray(-4);
      if (!gunzip.stdin.write(bytes)) await once(gunzip.stdin, 'drain');
    });
    for (let i = 0; i < BLOCKS; i++) await member.write(block);
    await member.end();
    gunzip.stdin.end();
    const [code] = (await once(gunzip, 'close')) as [number];
    assert.equal(code, 0);
    assert.equal(Number(count), BLOCKS * block.length);
    assert.equal(trailer.readUInt32LE(0), (BLOCKS * block.length) % 2 ** 32);
  });
});
