import assert from 'node:assert/strict';
import { changeDestination } from '../../../../src/core/destination/changes.ts';
import { checksumPolicy, deletePolicy, parseDestinationFields } from '../../../../src/core/destination/destination.ts';
import { endpointWarning } from '../../../../src/core/destination/endpoint.ts';
import { partitionOf, storeAt } from '../../../../src/core/destination/storePresets.ts';

const of = (given: object): ReturnType<typeof parseDestinationFields> =>
  parseDestinationFields({ name: 'prod', bucket: 'acme-data', ...given });
const R2 = 'https://0123456789abcdef.r2.cloudflarestorage.com';

describe('store presets', () => {
  const cases: [given: object, region: string, path: boolean, checksums: string, deletes: string][] = [
    [{}, 'us-east-1', false, 'supported', 'many'],
    [{ store: 'aws', region: 'cn-north-1' }, 'cn-north-1', false, 'supported', 'many'],
    [{ endpoint: 'https://s3.eu-west-3.amazonaws.com' }, 'eu-west-3', false, 'supported', 'many'],
    [{ store: 'minio', endpoint: 'http://127.0.0.1:9000' }, 'us-east-1', true, 'required', 'many'],
    [{ store: 'r2', endpoint: R2 }, 'auto', true, 'required', 'many'],
    [{ endpoint: R2, forcePathStyle: true }, 'auto', true, 'required', 'many'],
    [{ store: 'b2', endpoint: 'https://s3.us-west-004.backblazeb2.com' }, 'us-west-004', true, 'required', 'single'],
    [{ store: 'gcs' }, 'auto', true, 'required', 'single'],
    [{ store: 'localstack' }, 'us-east-1', true, 'required', 'many'],
    [
      { store: 'ceph', endpoint: 'https://s3.example.com', checksums: 'supported', deletes: 'single' },
      'us-east-1',
      true,
      'supported',
      'single',
    ],
    [{ endpoint: 'https://s3.example.com' }, 'us-east-1', false, 'required', 'many'],
  ];
  for (const [given, region, path, checksums, deletes] of cases) {
    it(`fill in ${JSON.stringify(given)}`, () => {
      const fields = of(given);
      assert.deepEqual(
        [fields.region, fields.forcePathStyle, checksumPolicy(fields), deletePolicy(fields)],
        [region, path, checksums, deletes],
      );
    });
  }

  it('know the endpoints that are always the same, and ask for the others', () => {
    assert.equal(of({ store: 'gcs' }).endpoint, 'https://storage.googleapis.com');
    for (const store of ['minio', 'r2', 'b2', 'ceph', 'custom']) {
      assert.throws(() => of({ store }), { code: 'invalid-argument', message: /“endpoint” cannot be used.*like http/ });
    }
    assert.throws(() => of({ store: 'floppy' }), { message: /“store” must be "aws" or/ });
  });

  it('switch AWS to FIPS and IPv6, and nothing else', () => {
    assert.deepEqual(
      [of({ fips: true }).fips, of({ dualStack: true }).dualStack, of({ fips: false }).fips],
      [true, true, undefined],
    );
    assert.throws(() => of({ fips: true, endpoint: R2 }), { message: /“fips” cannot be used/ });
  });

  it('can be changed afterwards', () => {
    const { fields } = changeDestination(of({ store: 'r2', endpoint: R2 }), {
      store: 'aws',
      endpoint: null,
      region: 'eu-west-1',
    });
    assert.deepEqual(fields, of({ store: 'aws', region: 'eu-west-1' }));
  });

  it('are told by the host, not by what stands in it somewhere', () => {
    assert.equal(storeAt('https://storage.googleapis.com.example.com'), 'custom');
    assert.equal(storeAt('https://amazonaws.com.evil.example'), 'custom');
    assert.equal(storeAt('https://s3.cn-north-1.amazonaws.com.cn'), 'aws');
  });

  it('name the partition', () => {
    const regions = ['eu-west-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'us-isob-east-1', 'eusc-de-east-1'];
    assert.deepEqual(regions.map(partitionOf), ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-eusc']);
  });
});

describe('an endpoint without encryption', () => {
  it('warns unless it is this machine', () => {
    for (const fine of [
      'https://s3.example.com',
      'http://localhost:9000',
      'http://127.0.0.1',
      'http://[::1]:1',
      'http://127.1.2.3/',
    ]) {
      assert.equal(endpointWarning(fine), undefined, fine);
    }
    for (const open of [
      'http://s3.example.com',
      'http://10.0.0.1:9000',
      'http://127.0.0.1.example.com',
      'http://localhost.evil.example',
    ]) {
      assert.match(endpointWarning(open) ?? '', /without encryption/, open);
    }
  });
});

describe('a target', () => {
  it('keeps what differs from the defaults', () => {
    const target = {
      format: 'csv',
      gzip: true,
      csv: { delimiter: ';' },
      jsonl: { bigNumbersAsStrings: true },
      fileName: '{run}.{ext}',
    };
    assert.deepEqual(of({ target: { ...target, csv: { delimiter: ';', header: true } } }).target, target);
    assert.deepEqual(of({ target: { csv: {}, jsonl: { bigNumbersAsStrings: false } } }).target, {
      format: 'csv',
      gzip: true,
    });
    for (const [wrong, reason] of [
      [{ csv: { delimiter: ';;' } }, /“target\.csv\.delimiter”/],
      [{ fileName: '{no}' }, /“target\.fileName”/],
    ] as const) {
      assert.throws(() => of({ target: wrong }), { message: reason });
    }
  });
});
