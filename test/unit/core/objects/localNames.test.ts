import assert from 'node:assert/strict';
import path from 'node:path';
import fc from 'fast-check';
import { localNames } from '../../../../src/core/objects/localNames.ts';

const pathsOf = (keys: string[], unpacked = false): string[] =>
  localNames(
    keys.map((key) => `p/s/${key}`),
    'p/s/',
    unpacked,
  ).map((name) => name.path);

describe('names of downloaded files', () => {
  it('are the paths of the objects below their folder, as they are', () => {
    const keys = ['a.csv', 'sub/b c+é.csv.gz', "100% 'x' 漢字 😀.jsonl", '.hidden', 'con.d/x'];
    assert.deepEqual(pathsOf(keys), [...keys.slice(0, 4), '_con.d/x']);
  });

  it('lose .gz where gzip is taken off', () => {
    assert.deepEqual(pathsOf(['a.csv.gz', 'b.GZ', '.gz', 'c.gz/d'], true), ['a.csv', 'b', '.gz', 'c.gz/d']);
  });

  it('have nothing that leads out of the folder or that a system does not take', () => {
    const hostile = [
      '../../up',
      '/etc/passwd',
      '..\\..\\up',
      'C:\\x',
      'a\0b',
      'NUL',
      'aux.txt',
      'COM1.csv',
      'x. .',
      '',
      'dir/',
    ];
    const names = pathsOf(hostile);
    assert.deepEqual(names, [
      ...['__/__/up', '_/etc/passwd', '.._.._up', 'C__x', 'a_b', '_NUL', '_aux.txt', '_COM1.csv', 'x___'],
      ...[names[9], 'dir/_'],
    ]);
    assert.match(names[9]!, /^_-[0-9a-f]{8}$/);
  });

  it('do not meet, also where case does not count or a file would have to be a folder', () => {
    const keys = ['Data.csv', 'data.csv', 'é.csv', 'e\u0301.csv', 'x', 'x/y', 'a:b', 'a?b'];
    const names = localNames(keys, '', false);
    const shown = names.map((name) => name.path.replace(/-[0-9a-f]{8}/, '-#'));
    assert.deepEqual(shown, ['Data.csv', 'data-#.csv', 'é.csv', 'e\u0301-#.csv', 'x-#', 'x/y', 'a_b', 'a_b-#']);
    assert.deepEqual(
      names.map(({ renamed }) => renamed),
      [false, true, false, true, true, false, true, true],
    );
    assert.deepEqual(localNames(keys, '', false), names);
  });

  it('fit into what file systems take, and keep their extension', () => {
    const [long, wide, same] = pathsOf([`${'x'.repeat(900)}.csv.gz`, '漢'.repeat(300), `${'x'.repeat(901)}.csv.gz`]);
    assert.match(long!, /^x+-[0-9a-f]{8}\.csv\.gz$/);
    for (const name of [long!, wide!, same!]) assert.ok(Buffer.byteLength(name) <= 200, name);
    assert.notEqual(long, same);
  });

  it('are safe and different whatever the keys are', () => {
    const part = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom('..', '.', '', 'a', 'A', 'nul', 'é', 'e\u0301', 'x'.repeat(300)),
    );
    const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 12 }), (keys) => {
        const names = pathsOf(keys);
        const seen = new Set(names.map((name) => name.normalize('NFC').toLowerCase()));
        assert.equal(seen.size, keys.length);
        for (const name of names) {
          for (const system of [path.posix, path.win32]) {
            assert.ok(system.resolve('/in/here', name).startsWith(system.resolve('/in/here') + system.sep), name);
          }
          assert.ok(name.split('/').every((one) => one !== '' && Buffer.byteLength(one) <= 255));
        }
      }),
    );
  });
});
