import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { Workspace } from './exporting.ts';
import { exportNamed, write } from './exportingFiles.ts';

const TEXT = 'é\r\n\0 anything'.repeat(1000);

describe('exportFiles', () => {
  let workspace: Workspace;
  beforeEach(() => (workspace = new Workspace()));
  afterEach(() => {
    const left = workspace.scratch();
    workspace.remove();
    assert.deepEqual(left, []);
  });
  const at = (name: string): string => path.join(workspace.folder, name);

  it('copies files byte for byte, in the order given, each with its own name', async () => {
    const contents = { 'b/x.bin': randomBytes(3 << 20), 'a.txt': TEXT, empty: '', 'a b/é #%+?&日.csv': 'a\n1' };
    write(workspace.folder, contents);
    const { files, summary } = await exportNamed(workspace, Object.keys(contents));
    assert.deepEqual(summary, { rows: 0, columns: [] });
    assert.deepEqual(
      files.map(({ name }) => name),
      Object.keys(contents),
    );
    for (const [i, content] of Object.values(contents).entries()) {
      const { bytes, stats } = files[i]!;
      assert.ok(bytes.equals(Buffer.from(content)));
      const sha256 = createHash('sha256').update(content).digest('hex');
      assert.deepEqual(stats, { rows: 0, bytes: bytes.length, plainBytes: bytes.length, sha256 });
    }
    const types = ['application/octet-stream', 'text/plain; charset=utf-8', 'application/octet-stream'];
    assert.deepEqual(
      files.map(({ contentType }) => contentType),
      [...types, 'text/csv; charset=utf-8'],
    );
  });

  it('gzips what is not compressed, and nothing twice', async () => {
    const packed = gzipSync(TEXT);
    write(workspace.folder, {
      'a.txt': TEXT,
      none: '',
      'no-extension': packed,
      'wrong.csv': packed,
      'said.br': brotliCompressSync(TEXT),
      'not.gz': 'text',
    });
    const names = ['a.txt', 'none', 'no-extension', 'wrong.csv', 'said.br', 'not.gz'];
    const { files } = await exportNamed(workspace, names, { gzipLevel: 4 });
    assert.deepEqual(
      files.map(({ name, contentType }) => [name, contentType]),
      [
        ['a.txt.gz', 'application/gzip'],
        ['none.gz', 'application/gzip'],
        ['no-extension', 'application/gzip'],
        ['wrong.csv', 'application/gzip'],
        ['said.br', 'application/x-brotli'],
        ['not.gz.gz', 'application/gzip'],
      ],
    );
    assert.equal(gunzipSync(files[0]!.bytes).toString(), TEXT);
    assert.equal(gunzipSync(files[1]!.bytes).toString(), '');
    assert.ok(files[2]!.bytes.equals(packed));
    assert.equal(files[0]!.stats.plainBytes, Buffer.byteLength(TEXT));
  });

  it('does not take a name that another file has by itself', async () => {
    write(workspace.folder, { 'a.csv': 'a\n', 'a.csv.gz': gzipSync('other') });
    const { files } = await exportNamed(workspace, ['a.csv', 'a.csv.gz'], { gzipLevel: 4 });
    assert.deepEqual(
      files.map(({ name, bytes }) => [name, bytes.length]),
      [
        ['a.csv', 2],
        ['a.csv.gz', gzipSync('other').length],
      ],
    );
  });

  it('sends thousands of small files in a short time', async () => {
    const contents = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`f/${i}.txt`, `${i}`.padEnd(1024)]));
    write(workspace.folder, contents);
    const { files } = await exportNamed(workspace, Object.keys(contents), { gzipLevel: 4 });
    assert.equal(files.length, 2000);
    for (const { name, bytes } of files) assert.equal(gunzipSync(bytes).toString(), contents[name.slice(0, -3)]);
  });

  describe('reads nothing that', () => {
    beforeEach(() => write(workspace.folder, { 'a.txt': 'a', 'z.txt': 'z', 'folder/x': '' }));
    const refused = async (reason: RegExp): Promise<void> => {
      const seen: string[] = [];
      const run = exportNamed(workspace, ['a.txt', 'it.txt', 'z.txt'], {}, (name) => seen.push(name));
      await assert.rejects(run, { code: 'source-missing', message: reason });
      assert.deepEqual(seen, []);
    };

    it('is not there', () => refused(/^The file “it\.txt” cannot be read: it does not exist\.$/));
    it('is a folder', async () => {
      mkdirSync(at('it.txt'));
      await refused(/“it\.txt” cannot be read: it is not a file/);
    });
    it('is a link in a circle', async () => {
      symlinkSync('it.txt', at('it.txt'));
      await refused(/“it\.txt” cannot be read: its links lead in a circle/);
    });
    it('may not be read', async function () {
      // Nothing is forbidden to root.
      if (process.getuid?.() === 0) this.skip();
      write(workspace.folder, { 'it.txt': '' });
      chmodSync(at('it.txt'), 0);
      await refused(/“it\.txt” cannot be read: the permission is missing/);
    });
  });

  it('fails for a file that has more than its size says', async function () {
    if (process.platform !== 'linux') this.skip();
    symlinkSync('/proc/self/status', at('status'));
    const run = exportNamed(workspace, ['status']);
    await assert.rejects(run, { code: 'query-failed', message: /“status” was changed while it was read/ });
  });

  const changes: [title: string, change: (file: string) => void, code: string, message: RegExp][] = [
    ['grows', (file) => appendFileSync(file, 'more'), 'query-failed', /“big\.bin” was changed/],
    ['becomes shorter', (file) => truncateSync(file, 1000), 'query-failed', /“big\.bin” was changed/],
    ['is written to', (file) => writeFileSync(file, 'x', { flag: 'r+' }), 'query-failed', /“big\.bin” was changed/],
    [
      'is replaced',
      (file) => {
        writeFileSync(`${file}.new`, Buffer.alloc(30 << 20));
        renameSync(`${file}.new`, file);
      },
      'query-failed',
      /“big\.bin” was changed/,
    ],
    ['vanishes', (file) => rmSync(file), 'source-missing', /“big\.bin” cannot be read: it does not exist/],
  ];
  for (const [title, change, code, message] of changes) {
    it(`fails when a file ${title} while it is read`, async () => {
      write(workspace.folder, { 'big.bin': Buffer.alloc(30 << 20) });
      const run = exportNamed(workspace, ['big.bin'], {}, () => change(at('big.bin')));
      await assert.rejects(run, { code, message });
    });
  }
});
