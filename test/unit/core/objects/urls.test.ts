import assert from 'node:assert/strict';
import { expiryBreach, goodUntil, parseDuration } from '../../../../src/core/objects/expiry.ts';
import { consoleUrl, httpsUrl } from '../../../../src/core/objects/urls.ts';

const AWS = { bucket: 'acme-data', region: 'eu-west-1', forcePathStyle: false };

describe('URLs of objects', () => {
  it('are those of AWS’s endpoints, in all partitions', () => {
    const of = (changes: object): string => httpsUrl({ ...AWS, ...changes }, 'p/b c');
    assert.deepEqual(
      [
        of({}),
        of({ region: 'cn-north-1' }),
        of({ region: 'us-gov-west-1', fips: true }),
        of({ dualStack: true }),
        of({ bucket: 'a.b', forcePathStyle: true }),
      ],
      [
        'https://acme-data.s3.eu-west-1.amazonaws.com/p/b%20c',
        'https://acme-data.s3.cn-north-1.amazonaws.com.cn/p/b%20c',
        'https://acme-data.s3-fips.us-gov-west-1.amazonaws.com/p/b%20c',
        'https://acme-data.s3.dualstack.eu-west-1.amazonaws.com/p/b%20c',
        'https://s3.eu-west-1.amazonaws.com/a.b/p/b%20c',
      ],
    );
  });

  it('are those of other stores’ endpoints, with the bucket in the path or in the host', () => {
    const endpoint = 'http://localhost:9000/base/';
    assert.equal(
      httpsUrl({ ...AWS, endpoint, forcePathStyle: true }, "é/+%'"),
      'http://localhost:9000/base/acme-data/%C3%A9/%2B%25%27',
    );
    assert.equal(httpsUrl({ ...AWS, endpoint: 'https://x.example' }, 'k'), 'https://acme-data.x.example/k');
    // Where there are no names for buckets, requests have them in the path.
    for (const at of ['http://127.0.0.1:9000', 'http://[::1]:9000'])
      assert.equal(httpsUrl({ ...AWS, endpoint: at }, 'k'), `${at}/acme-data/k`);
  });

  it('of the console show an object or a folder, where AWS has a console', () => {
    const of = (changes: object, key: string): string | undefined => consoleUrl({ ...AWS, ...changes }, key);
    const bucket = 'https://eu-west-1.console.aws.amazon.com/s3/buckets/acme-data?region=eu-west-1';
    assert.equal(of({}, ''), bucket);
    assert.equal(of({}, 'p/s/'), `${bucket}&prefix=p%2Fs%2F`);
    assert.equal(
      of({ region: 'cn-north-1' }, 'p/b+c'),
      'https://cn-north-1.console.amazonaws.cn/s3/object/acme-data?region=cn-north-1&prefix=p%2Fb%2Bc',
    );
    assert.equal(
      of({ region: 'us-gov-west-1' }, 'k'),
      'https://us-gov-west-1.console.amazonaws-us-gov.com/s3/object/acme-data?region=us-gov-west-1&prefix=k',
    );
    assert.ok(of({ endpoint: 'https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com' }, 'k') !== undefined);
    for (const other of [{ endpoint: 'https://minio.example' }, { store: 'minio' }, { region: 'us-iso-east-1' }]) {
      assert.equal(of(other, 'k'), undefined);
    }
  });
});

describe('the time for which a URL is good', () => {
  it('is read as people write it', () => {
    const texts = ['90 min', '36h', '2 days', '1 week', '30 s', '1.5 hours', '15', 'soon', '3 months', '-1 h'];
    assert.deepEqual(texts.map(parseDuration), [5400, 129_600, 172_800, 604_800, 30, 5400, ...Array<undefined>(4)]);
  });

  it('is a second to seven days, and not longer than the credentials', () => {
    assert.deepEqual(
      [1, 604_800].map((seconds) => expiryBreach(seconds)),
      [undefined, undefined],
    );
    for (const seconds of [0, 604_801, undefined]) assert.ok(expiryBreach(seconds) !== undefined);
    const now = new Date('2026-11-24T12:00:00Z');
    const end = new Date('2026-11-24T12:30:00Z');
    assert.deepEqual(goodUntil(now, 3600, end), end);
    assert.deepEqual(goodUntil(now, 60, end), new Date('2026-11-24T12:01:00Z'));
  });
});
