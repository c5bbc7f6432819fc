import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { Arguments } from '../../../../src/core/arguments.ts';
import { objectParams, parseObjectOptions } from '../../../../src/core/destination/objectOptions.ts';

const parse = (value: object): ReturnType<typeof parseObjectOptions> =>
  parseObjectOptions(new Arguments(value, 'options.'));

describe('object options', () => {
  it('are none where none is set', () => {
    assert.equal(parse({}), undefined);
    assert.equal(parse({ kmsKeyId: '', storageClass: ' ', tags: {}, metadata: {}, acl: null }), undefined);
    assert.deepEqual(objectParams(undefined, 'data'), {});
  });

  it('become parameters, of data all of them, of what stands beside what policies insist on', () => {
    const options = parse({
      kmsKeyId: 'alias/exports',
      bucketKey: true,
      storageClass: 'STANDARD_IA',
      acl: 'bucket-owner-full-control',
      tags: { team: 'data + more', 'cost center': '12=3' },
      metadata: { Purpose: 'test' },
      expectedBucketOwner: '123456789012',
    });
    const side = {
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'alias/exports',
      BucketKeyEnabled: true,
      ACL: 'bucket-owner-full-control',
    };
    assert.deepEqual(objectParams(options, 'side'), side);
    assert.deepEqual(objectParams(options, 'data'), {
      ...side,
      StorageClass: 'STANDARD_IA',
      Tagging: 'team=data%20%2B%20more&cost%20center=12%3D3',
      Metadata: { purpose: 'test' },
    });
  });

  const wrong: [value: object, reason: RegExp][] = [
    [{ encryption: 'rot13' }, /“options\.encryption” must be "AES256" or/],
    [{ encryption: 'AES256', kmsKeyId: 'k' }, /“options\.kmsKeyId”.*aws:kms/],
    [{ kmsKeyId: 'a b' }, /“options\.kmsKeyId”/],
    [{ bucketKey: true }, /“options\.bucketKey”.*aws:kms/],
    [{ storageClass: 'COLD!' }, /“options\.storageClass”/],
    [{ acl: 'everyone' }, /“options\.acl” must be/],
    [{ expectedBucketOwner: '12' }, /“options\.expectedBucketOwner”.*12 digits/],
    [{ tags: ['a'] }, /“options\.tags” must be an object/],
    [{ tags: { a: 1 } }, /“options\.tags\.a” must be text/],
    [{ tags: { 'aws:x': '1' } }, /“options\.tags”.*aws:/],
    [{ tags: { a: 'b;c' } }, /“options\.tags”/],
    [{ tags: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`t${i}`, ''])) }, /at most 10/],
    [{ metadata: { 'a b': '1' } }, /“options\.metadata”/],
    [{ metadata: { 'Run-Id': '1' } }, /run-id is written by the export/],
    [{ metadata: { a: 'é' } }, /ASCII/],
    [{ metadata: { a: 'x'.repeat(2048) } }, /2048 bytes/],
  ];
  for (const [value, reason] of wrong) {
    it(`refuse ${inspect(value).slice(0, 60)}`, () => {
      assert.throws(() => parse(value), { code: 'invalid-argument', message: reason });
    });
  }
});
