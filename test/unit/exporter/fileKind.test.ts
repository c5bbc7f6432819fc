import assert from 'node:assert/strict';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { fileKind, HEAD_BYTES, TAIL_BYTES } from '../../../src/exporter/fileKind.ts';

const kindOf = (name: string, content: Buffer | string) => {
  const bytes = Buffer.from(content as string, 'latin1');
  return fileKind(name, bytes.subarray(0, HEAD_BYTES), bytes.subarray(-TAIL_BYTES));
};

describe('fileKind', () => {
  const compressed: Record<string, string | Buffer> = {
    'application/gzip': gzipSync('x'),
    'application/zstd': '(\xb5/\xfd$\0',
    'application/x-bzip2': 'BZh91AY&SY',
    'application/x-xz': '\xfd7zXZ\0\0',
    'application/x-lz4': '\x04"M\x18d@',
    'application/zip': 'PK\x03\x04\x14',
    'application/x-7z-compressed': '7z\xbc\xaf\x27\x1c',
    'application/vnd.apache.parquet': 'PAR1\x15\0PAR1',
    'application/vnd.apache.orc': 'ORC\b\x03ORC\x17',
    'application/vnd.apache.avro': 'Obj\x01\x04\x14avro.codec\x0edeflate',
    'image/png': '\x89PNG\r\n\x1a\n',
    'image/jpeg': '\xff\xd8\xff\xe0',
    'image/gif': 'GIF89a',
    'image/webp': 'RIFF\x24\0\0\0WEBPVP8 ',
    'video/mp4': '\0\0\0\x20ftypisom',
    'audio/flac': 'fLaC\0\0',
  };
  for (const [type, content] of Object.entries(compressed)) {
    it(`sees by its bytes that ${type} is compressed`, () => {
      const kind = kindOf('data.csv', content);
      assert.deepEqual([kind.contentType, kind.compressed], [type, true]);
      assert.equal(kind.gzip, type === 'application/gzip');
    });
  }

  it('is not misled by names, nor by text that begins like another format', () => {
    for (const text of ['ORCID,name\n', 'PAR1,x\n', 'BZh9 plain', 'ID3,4\n', 'RIFFraff', 'Object', 'fLaCks', '']) {
      assert.equal(kindOf('x.csv.gz', text).compressed, false, text);
    }
    assert.equal(kindOf('x.avro', 'Obj\x01\x04\x14avro.codec\x08null').compressed, false);
    assert.equal(kindOf('x.txt', '\xff\xfea\0').compressed, false);
  });

  it('goes by the name where the bytes say nothing', () => {
    assert.deepEqual(kindOf('x.br', brotliCompressSync('x')).compressed, true);
    assert.equal(kindOf('a.B/x.JSON', '{}').contentType, 'application/json');
    assert.equal(kindOf('a.json/x', '{}').contentType, 'application/octet-stream');
  });
});
