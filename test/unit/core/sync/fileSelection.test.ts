import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { type Root, selectFiles } from '../../../../src/core/sync/fileSelection.ts';
import { write } from '../../exporter/exportingFiles.ts';

describe('selectFiles', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 's3d-select-'));
    write(folder, {
      'w/b.txt': 'b',
      'w/a/x.csv': 'xx',
      'w/a/.env': '',
      'w/a/node_modules/n.js': '',
      'w/a/.git/config': '',
      'w/c/y.csv': '',
      'out/z.txt': '',
      'out/deep/z.txt': '',
    });
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => path.join(folder, name);
  const link = (target: string, name: string): void => symlinkSync(target, at(name));
  const workspace = (): Root[] => [{ path: at('w'), name: '' }];
  const names = async (selected: string[], roots = workspace()): Promise<string[]> =>
    (await selectFiles(selected.map(at), roots)).files.map(({ name }) => name);

  it('takes folders with all that they hold but .git and node_modules', async () => {
    const { files, largest, leftOut } = await selectFiles([at('w')], workspace());
    assert.deepEqual(files, [
      { path: at('w/a/.env'), name: 'a/.env' },
      { path: at('w/a/x.csv'), name: 'a/x.csv' },
      { path: at('w/b.txt'), name: 'b.txt' },
      { path: at('w/c/y.csv'), name: 'c/y.csv' },
    ]);
    assert.deepEqual([largest, leftOut], [2, []]);
  });

  it('takes what is selected itself, even there', async () => {
    assert.deepEqual(await names(['w/a/node_modules', 'w/a/.git/config']), ['a/.git/config', 'a/node_modules/n.js']);
  });

  it('takes a file once that is selected twice', async () => {
    assert.deepEqual(await names(['w/a/x.csv', 'w/a', 'w/a/../a/x.csv']), ['a/.env', 'a/x.csv']);
  });

  it('names files after their workspace folder where there are several, the innermost first', async () => {
    const roots = [
      { path: at('w'), name: 'one' },
      { path: at('w/c'), name: 'two' },
    ];
    assert.deepEqual(await names(['w/b.txt', 'w/c'], roots), ['one/b.txt', 'two/y.csv']);
  });

  it('names files outside from the folder that the selected have in common', async () => {
    assert.deepEqual(await names(['out/z.txt']), ['z.txt']);
    assert.deepEqual(await names(['out']), ['out/deep/z.txt', 'out/z.txt']);
    assert.deepEqual(await names(['out/z.txt', 'out/deep/z.txt']), ['deep/z.txt', 'z.txt']);
    assert.deepEqual(await names(['out/deep', 'w/b.txt']), ['b.txt', 'deep/z.txt']);
  });

  it('follows links within, once, and none that lead out, in a circle or nowhere', async () => {
    link('x.csv', 'w/a/to-file');
    link('..', 'w/a/circle');
    link('../c', 'w/a/to-sibling');
    link(at('out'), 'w/a/to-outside');
    link(at('out/z.txt'), 'w/a/to-file-outside');
    link('nothing', 'w/a/to-nothing');
    const { files, leftOut } = await selectFiles([at('w/a')], [{ path: at('w/a'), name: '' }]);
    assert.deepEqual(
      files.map(({ name }) => name),
      ['.env', 'to-file', 'x.csv'],
    );
    assert.deepEqual(leftOut.map((item) => item.replace(`${at('w/a')}/`, '')).sort(), [
      'circle: the link leads out of the folder',
      'to-file-outside: the link leads out of the folder',
      'to-nothing: the link leads nowhere',
      'to-outside: the link leads out of the folder',
      'to-sibling: the link leads out of the folder',
    ]);
    // Within the workspace the sibling may be reached, and the circle closes.
    assert.deepEqual(
      await names(['w/a']),
      ['.env', 'circle/b.txt', 'circle/c/y.csv', 'to-file', 'x.csv'].map((name) => `a/${name}`),
    );
  });

  it('follows a link that is itself selected', async () => {
    link(at('out/z.txt'), 'w/link.txt');
    assert.deepEqual(await names(['w/link.txt']), ['link.txt']);
  });

  it('leaves out what is no file, and refuses it when it is selected', async function () {
    if (process.platform === 'win32') this.skip();
    execFileSync('mkfifo', [at('w/a/pipe')]);
    const { leftOut } = await selectFiles([at('w/a')], workspace());
    assert.deepEqual(leftOut, [`${at('w/a/pipe')}: it is not a file`]);
    await assert.rejects(selectFiles([at('w/a/pipe')], workspace()), { code: 'source-missing' });
  });

  it('refuses selections without a file, with a missing one, and with two of one name', async () => {
    mkdirSync(at('w/none'));
    await assert.rejects(selectFiles([at('w/none')], workspace()), { code: 'invalid-argument' });
    await assert.rejects(selectFiles([], workspace()), { code: 'invalid-argument', message: /no files/ });
    await assert.rejects(selectFiles([at('w/gone')], workspace()), {
      code: 'source-missing',
      message: /does not exist/,
    });
    write(folder, { 'out/b.txt': '' });
    const two = selectFiles([at('w/b.txt'), at('out/b.txt')], workspace());
    await assert.rejects(two, { code: 'invalid-argument', message: /“b\.txt”/ });
  });
});
