import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import wabt from 'wabt';
import { COMPILED, countBytes, vectorCounter } from '../../../src/exporter/countRecords.ts';
import { RecordCounter } from '../../../src/exporter/recordCounter.ts';

/** Bytes as they matter here, and those that differ from them in one bit or in the sign. */
const byte = fc.constantFrom(
  0x22,
  0x22,
  0x0a,
  0x0a,
  0x2c,
  0x61,
  0x23,
  0x0b,
  0x21,
  0x09,
  0xa2,
  0x8a,
  0x00,
  0xff,
  0x0d,
  0x80,
);
const content = fc.array(byte, { maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

/** Line feeds with an even number of quotes before them. */
function naive(bytes: Buffer, quotes: boolean): number {
  let seen = 0;
  let records = 0;
  for (const b of bytes) {
    if (b === 0x22) seen++;
    if (b === 0x0a && (!quotes || seen % 2 === 0)) records++;
  }
  return records;
}

function counted(chunks: readonly Buffer[], quotes = true): number {
  const [records, slowly] = [vectorCounter(), countBytes].map((count) => {
    assert.ok(count !== undefined);
    const counter = new RecordCounter(quotes, count);
    for (const chunk of chunks) counter.add(chunk);
    return counter.records;
  });
  assert.equal(slowly, records);
  assert.ok(records !== undefined);
  return records;
}

/** The bytes in chunks, each at an offset of its own in memory, with quotes and line feeds around it. */
function scattered(bytes: Buffer, chunkSizes: readonly number[], offset: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let i = 0, at = 0; at < bytes.length; i++) {
    const chunk = bytes.subarray(at, at + chunkSizes[i % chunkSizes.length]!);
    const memory = Buffer.alloc(chunk.length + 16, '"\n');
    chunk.copy(memory, (offset + i) % 8);
    chunks.push(memory.subarray((offset + i) % 8, ((offset + i) % 8) + chunk.length));
    at += chunk.length;
  }
  return chunks;
}

describe('RecordCounter', () => {
  it('counts as the naive way does, in any chunks at any alignment', () => {
    fc.assert(
      fc.property(content, sizes, fc.nat(7), fc.boolean(), (bytes, chunkSizes, offset, quotes) => {
        assert.equal(counted(scattered(bytes, chunkSizes, offset), quotes), naive(bytes, quotes));
      }),
      { numRuns: 1000 },
    );
  });

  it('counts as the naive way does over any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), sizes, (bytes, chunkSizes) => {
        const buffer = Buffer.from(bytes);
        assert.equal(counted(scattered(buffer, chunkSizes, 1)), naive(buffer, true));
      }),
      { numRuns: 300 },
    );
  });

  it('sees each byte on its own', () => {
    for (let value = 0; value < 256; value++) {
      for (let at = 0; at < 17; at++) {
        const word = Buffer.alloc(17, 'x');
        word[at] = value;
        assert.equal(counted([word]), value === 0x0a ? 1 : 0, `${value} at ${at}`);
        assert.equal(counted([word, Buffer.from('\n')]), value === 0x0a ? 2 : value === 0x22 ? 0 : 1);
      }
    }
  });

  const records: [csv: string, count: number][] = [
    ['', 0],
    ['a,b\n', 1],
    ['a,b', 0],
    ['"a\nb",c\n', 1],
    ['"a""\n""b"\n1\n', 2],
    ['""\n""\n', 2],
    ['"\n\n\n', 0],
    ['\n\n\n', 3],
    ['a\r\nb\r\n', 2],
  ];
  for (const [csv, count] of records) {
    it(`counts ${count} in ${JSON.stringify(csv)}`, () => {
      assert.equal(counted([Buffer.from(csv)]), count);
      assert.equal(counted(Array.from(csv, (c) => Buffer.from(c))), count);
    });
  }

  it('counts in blocks of any length, whose quotes begin far before they end', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${i},"${'a\n'.repeat(i % 40)}"\n`).join('');
    const bytes = Buffer.from(`${lines}"${'\n'.repeat(100_000)}"\n${lines}`);
    const expected = naive(bytes, true);
    assert.equal(expected, 10_001);
    for (const size of [bytes.length, 65_535, 65_536, 65_537, 1 << 20, 100_003])
      assert.equal(counted(scattered(bytes, [size], 3)), expected, `in blocks of ${size}`);
  });

  it('does without vectors where there is no room for them, or nothing to make them with', () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { Instance: unknown } };
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (): never {
      throw new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance');
    };
    try {
      assert.equal(vectorCounter(), undefined);
    } finally {
      WebAssembly.Instance = Instance;
    }
    assert.ok(vectorCounter() !== undefined);
  });

  it('is compiled from what is written', async () => {
    const source = readFileSync('src/exporter/countRecords.wat', 'utf8');
    const { buffer } = (await wabt()).parseWat('countRecords.wat', source).toBinary({});
    assert.equal(COMPILED, Buffer.from(buffer).toString('base64'));
  });

  it('counts the lines of JSONL whatever quotes are in them', () => {
    assert.equal(counted([Buffer.from('{"a":"\\""}\n{"a":1}\n')], false), 2);
  });
});
