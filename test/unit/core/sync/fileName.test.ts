import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  contentTypeOf,
  DEFAULT_FILE_NAME,
  extensionOf,
  fileName,
  fileNameBreach,
} from '../../../../src/core/sync/fileName.ts';

const parts = { syncId: 'users', run: { time: '20261122T210301Z', random: '7f3a9c' }, extension: 'csv.gz' };
const TOKENS = ['sync_id', 'run', 'run_time', 'part', 'ext', 'yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'];

describe('file names', () => {
  it('have the default form of the contract', () => {
    assert.equal(fileName(DEFAULT_FILE_NAME, parts, 0), '20261122T210301Z-7f3a9c-00000.csv.gz');
    assert.equal(fileName(DEFAULT_FILE_NAME, parts, 123456), '20261122T210301Z-7f3a9c-123456.csv.gz');
  });

  const values: [token: string, value: string][] = [
    ['sync_id', 'users'],
    ['run', '7f3a9c'],
    ['run_time', '20261122T210301Z'],
    ['part', '00042'],
    ['ext', 'csv.gz'],
    ['yyyy', '2026'],
    ['MM', '11'],
    ['dd', '22'],
    ['HH', '21'],
    ['mm', '03'],
    ['ss', '01'],
  ];
  for (const [token, value] of values) {
    it(`put ${value} in the place of {${token}}, wherever it stands`, () => {
      assert.equal(fileNameBreach(`a{${token}}b{${token}}`), undefined);
      assert.equal(fileName(`a{${token}}b{${token}}`, parts, 42), `a${value}b${value}`);
    });
  }

  it('may have folders', () => {
    const template = 'dt={yyyy}-{MM}-{dd}/{part}.{ext}';
    assert.equal(fileNameBreach(template), undefined);
    assert.equal(fileName(template, parts, 1), 'dt=2026-11-22/00001.csv.gz');
  });

  it('sort by part', () => {
    fc.assert(
      fc.property(fc.nat(99_999), fc.nat(99_999), (a, b) => {
        assert.equal(fileName(DEFAULT_FILE_NAME, parts, a) < fileName(DEFAULT_FILE_NAME, parts, b), a < b);
      }),
    );
  });

  const wrong: [template: string, reason: RegExp][] = [
    ['', /required/],
    ['  ', /required/],
    ['{Part}.csv', /no \{Part\}; known are \{sync_id\} \{run\}/],
    ['{}.csv', /no \{\}/],
    ['{toString}', /no \{toString\}/],
    ['{part', /brace/],
    ['part}', /brace/],
    ['{{part}}', /brace/],
    ['a\nb', /control/],
    ['a\ud800b', /control/],
    ['/a', /slash/],
    ['a/', /slash/],
    ['a//b', /slash/],
    ['../{part}', /“\.\.”/],
    ['a/../{part}', /“\.\.”/],
    ['./{part}', /“\.”/],
    ['a/..', /“\.\.”/],
    ['é'.repeat(201), /at most 400 bytes/],
  ];
  for (const [template, reason] of wrong) {
    it(`refuse ${JSON.stringify(template.slice(0, 20))}`, () => assert.match(fileNameBreach(template) ?? '', reason));
  }

  it('of a template that is taken never leave the folder, nor hold a brace', () => {
    const piece = fc.constantFrom(...TOKENS.map((token) => `{${token}}`), '/', '.', '..', '-', 'a', 'é', '{', '}', ' ');
    const template = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(template, fc.nat(99_999), (text, part) => {
        fc.pre(fileNameBreach(text) === undefined);
        const name = fileName(text, parts, part);
        assert.ok(!/[{}]|undefined/.test(name), name);
        assert.ok(
          name.split('/').every((segment) => !['', '.', '..'].includes(segment)),
          name,
        );
      }),
    );
  });
});

describe('what is in a file', () => {
  it('is said by its extension and content type', () => {
    const kinds = (['csv', 'jsonl'] as const).flatMap((format) =>
      [true, false].map((gzip) => [extensionOf(format, gzip), contentTypeOf(format, gzip)]),
    );
    assert.deepEqual(kinds, [
      ['csv.gz', 'application/gzip'],
      ['csv', 'text/csv; charset=utf-8'],
      ['jsonl.gz', 'application/gzip'],
      ['jsonl', 'application/x-ndjson'],
    ]);
  });
});
