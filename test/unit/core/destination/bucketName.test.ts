import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bucketNameBreaches } from '../../../../src/core/destination/bucketName.ts';

const EDGE = Array.from('abcdefghijklmnopqrstuvwxyz0123456789');
const character = fc.constantFrom(...EDGE, '-', '.');

/** Names that S3 takes: built from its rules, with the reserved words taken out. */
const validName = fc
  .tuple(fc.constantFrom(...EDGE), fc.array(character, { minLength: 1, maxLength: 61 }), fc.constantFrom(...EDGE))
  .map(([first, middle, last]) => (first + middle.join('') + last).replaceAll('..', '.a'))
  .filter((name) => name.length <= 63 && !/^[\d.]+$/.test(name))
  .filter((name) => !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name));

describe('bucketNameBreaches', () => {
  it('finds nothing wrong with names that S3 takes', () => {
    fc.assert(fc.property(validName, (name) => assert.deepEqual(bucketNameBreaches(name), [])));
    for (const name of ['abc', 'a.b', 'my-bucket.eu', '123', '1.2.3', 'a'.repeat(63), 'xn-a', '256.1.1.1.1']) {
      assert.deepEqual(bucketNameBreaches(name), [], name);
    }
  });

  const alone: [name: string, breach: RegExp][] = [
    ['', /required/],
    ['ab', /at least 3/],
    ['a'.repeat(64), /at most 63/],
    ['Bucket', /capital/],
    ['my bucket', /not a space\.$/],
    ['my_bucket', /not “_”\.$/],
    ['bücket', /not “ü”\.$/],
    ['buc😀ket', /not “😀”\.$/],
    ['buc/ket', /not “\/”\.$/],
    ['-bucket', /begin with a letter/],
    ['.bucket', /begin with a letter/],
    ['bucket-', /end with a letter/],
    ['bucket.', /end with a letter/],
    ['buc..ket', /Two dots/],
    ['192.168.5.4', /IP address/],
    ['999.999.999.999', /IP address/],
    ['xn--bucket', /begin with “xn--”/],
    ['sthree-bucket', /begin with “sthree-”/],
    ['amzn-s3-demo-bucket', /begin with “amzn-s3-demo-”/],
    ['bucket-s3alias', /end with “-s3alias”/],
    ['bucket--ol-s3', /end with “--ol-s3”/],
    ['bucket.mrap', /end with “\.mrap”/],
    ['bucket--x-s3', /end with “--x-s3”/],
    ['bucket--table-s3', /end with “--table-s3”/],
  ];
  for (const [name, breach] of alone) {
    it(`names the one rule that “${name.slice(0, 20)}” breaks`, () => {
      const breaches = bucketNameBreaches(name);
      assert.equal(breaches.length, 1, breaches.join(' '));
      assert.match(breaches[0]!, breach);
    });
  }

  it('names every rule that is broken, and each strange character once', () => {
    const breaches = bucketNameBreaches('-A__B..é-');
    assert.equal(breaches.length, 5, breaches.join(' '));
    assert.match(breaches.join(' '), /not “_” “é”\./);
  });

  it('takes any text without failing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => assert.ok(Array.isArray(bucketNameBreaches(name)))));
  });
});
