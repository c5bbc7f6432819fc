import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { nameBreach, parseDestination, summarise } from '../../../../src/core/destination/destination.ts';
import { endpointBreach } from '../../../../src/core/destination/endpoint.ts';

const credentials = { kind: 'keys', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'top-secret' } as const;
const least = { name: 'prod', bucket: 'my-bucket', credentials };

describe('parseDestination', () => {
  it('fills in the defaults', () => {
    assert.deepEqual(parseDestination(least), {
      name: 'prod',
      bucket: 'my-bucket',
      region: 'us-east-1',
      pathPrefix: 'signalsmith/',
      forcePathStyle: false,
      target: { format: 'csv', gzip: true },
      credentials,
    });
  });

  it('takes everything that is given', () => {
    const whole = {
      name: ' prod ',
      bucket: ' my-bucket ',
      region: ' eu-west-1 ',
      pathPrefix: '/exports/daily',
      endpoint: ' http://127.0.0.1:9000 ',
      forcePathStyle: true,
      target: { format: 'jsonl', gzip: false },
      credentials,
    };
    assert.deepEqual(parseDestination(whole), {
      ...whole,
      name: 'prod',
      bucket: 'my-bucket',
      region: 'eu-west-1',
      pathPrefix: 'exports/daily/',
      endpoint: 'http://127.0.0.1:9000',
    });
    assert.equal(parseDestination({ ...least, pathPrefix: '' }).pathPrefix, '');
    assert.equal(parseDestination({ ...least, endpoint: 'HTTP://Minio:9000' }).endpoint, 'http://Minio:9000');
  });

  it('puts a bucket with a dot into the path, unless told otherwise', () => {
    assert.equal(parseDestination({ ...least, bucket: 'my.bucket' }).forcePathStyle, true);
    assert.equal(parseDestination({ ...least, bucket: 'my.bucket', forcePathStyle: false }).forcePathStyle, false);
  });

  const wrong: [field: string, value: unknown, reason: RegExp][] = [
    ['name', undefined, /“name” must be text/],
    ['name', '  ', /“name” cannot be used\. A name is required/],
    ['name', 'a'.repeat(101), /at most 100/],
    ['name', 'a\u0007b', /control/],
    ['bucket', undefined, /“bucket” must be text/],
    ['bucket', 'No_Good', /“bucket” cannot be used\. It may not contain capital letters\. Only/],
    ['region', 5, /“region” must be text/],
    ['region', '', /“region” cannot be used\. A region is required/],
    ['region', 'Ireland', /“region” cannot be used/],
    ['pathPrefix', {}, /“pathPrefix” must be text/],
    ['pathPrefix', 'a/../b', /“pathPrefix” cannot be used/],
    ['pathPrefix', 'half\ud83d', /“pathPrefix” cannot be used/],
    ['endpoint', 1, /“endpoint” must be text/],
    ['endpoint', 'minio:9000', /“endpoint” cannot be used/],
    ['forcePathStyle', 'yes', /“forcePathStyle” must be true or false/],
    ['target', 'csv', /“target” must be an object/],
    ['target', { format: 'parquet' }, /“target\.format” must be "csv" or "jsonl"/],
    ['target', { gzip: 1 }, /“target\.gzip” must be true or false/],
    ['credentials', undefined, /“credentials” must be an object/],
    ['credentials', { ...credentials, accessKeyId: 'a b' }, /“credentials\.accessKeyId” cannot be used/],
  ];
  for (const [field, value, reason] of wrong) {
    it(`refuses ${field}: ${inspect(value).slice(0, 40)}`, () => {
      assert.throws(() => parseDestination({ ...least, [field]: value }), {
        code: 'invalid-argument',
        message: reason,
      });
    });
  }

  it('refuses what is no object', () => {
    for (const value of [undefined, null, 'x', [least]]) {
      assert.throws(() => parseDestination(value), { code: 'invalid-argument', message: /must be an object/ });
    }
  });

  it('is listed without its secrets', () => {
    const destination = parseDestination({ ...least, endpoint: 'https://minio.example' });
    const summary = summarise(destination, destination.credentials.kind);
    assert.deepEqual(summary, {
      name: 'prod',
      bucket: 'my-bucket',
      region: 'us-east-1',
      pathPrefix: 'signalsmith/',
      endpoint: 'https://minio.example',
      credentials: { kind: 'keys' },
    });
    assert.ok(!('endpoint' in summarise(parseDestination(least), 'keys')));
  });
});

describe('endpoints and names', () => {
  it('an endpoint is an http(s) URL that holds nothing secret', () => {
    for (const fine of ['https://s3.example.com', 'http://127.0.0.1:9000', 'http://[::1]:9000/', 'https://h/path']) {
      assert.equal(endpointBreach(fine), undefined, fine);
    }
    for (const url of [
      'minio',
      'minio:9000',
      'ftp://h',
      'file:///etc',
      'https://',
      's3://bucket',
      'http:minio',
      'http:/h',
    ]) {
      assert.match(endpointBreach(url) ?? '', /URL/, url);
    }
    assert.match(endpointBreach('https://user:pass@h') ?? '', /password/);
    assert.match(endpointBreach('https://h/?a=1') ?? '', /query/);
    assert.match(endpointBreach('https://h/#x') ?? '', /fragment/);
  });

  it('a name is any text of a line', () => {
    for (const fine of ['prod', 'Café – é日本', 'a'.repeat(100)]) assert.equal(nameBreach(fine), undefined);
    assert.match(nameBreach('a\nb') ?? '', /control/);
    assert.match(nameBreach('[prod](command:x)') ?? '', /“\]\(”/);
  });
});
