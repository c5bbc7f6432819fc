import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { problemOf, run } from './hostSession.ts';

const SECRET = randomBytes(20).toString('hex');
const TOKEN = randomBytes(20).toString('hex');
const CREDENTIALS = { kind: 'keys', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
const LEAST = { name: 'prod-exports', bucket: 'acme-data', credentials: CREDENTIALS };

/** Arguments that cannot be used: what replaces fields of good ones, and what the message has to say. */
const WRONG: [string, Record<string, unknown>, RegExp][] = [
  ['no name', { name: undefined }, /“name” must be text/],
  ['an empty name', { name: '  ' }, /“name”.*required/],
  ['a long name', { name: 'n'.repeat(101) }, /“name”.*100 characters/],
  ['a name of two lines', { name: 'a\nb' }, /“name”.*control characters/],
  ['no bucket', { bucket: undefined }, /“bucket” must be text/],
  ['an empty bucket', { bucket: '' }, /“bucket”.*required/],
  ['a short bucket', { bucket: 'ab' }, /“bucket”.*at least 3/],
  ['a long bucket', { bucket: 'b'.repeat(64) }, /“bucket”.*at most 63/],
  ['a bucket with several breaches', { bucket: '-Acme_Data' }, /capital.*“_”.*begin with a letter/],
  ['a bucket that ends with a dot', { bucket: 'acme.' }, /“bucket”.*end with a letter/],
  ['a bucket with two dots', { bucket: 'acme..data' }, /“bucket”.*side by side/],
  ['a bucket like an address', { bucket: '10.0.0.1' }, /“bucket”.*IP address/],
  ['a reserved bucket', { bucket: 'xn--acme' }, /“bucket”.*“xn--”/],
  ['a reserved ending', { bucket: 'acme--x-s3' }, /“bucket”.*“--x-s3”/],
  ['a region that is none', { region: 'eu west' }, /“region”/],
  ['a region of another type', { region: 1 }, /“region” must be text/],
  ['a prefix with two slashes', { pathPrefix: 'a//b' }, /“pathPrefix”.*side by side/],
  ['a prefix that climbs', { pathPrefix: 'a/../b' }, /“pathPrefix”.*“\.\.”/],
  ['a long prefix', { pathPrefix: 'p'.repeat(600) }, /“pathPrefix”.*512 bytes/],
  ['an endpoint that is none', { endpoint: 'ftp://s3.example.com' }, /“endpoint”.*https/],
  ['an endpoint with a password', { endpoint: `https://me:${SECRET}@s3.example.com` }, /“endpoint”.*password/],
  ['an endpoint with a query', { endpoint: 'https://s3.example.com/?a=b' }, /“endpoint”.*query/],
  ['a path style of another type', { forcePathStyle: 'yes' }, /“forcePathStyle” must be true or false/],
  ['a target of another type', { target: 'csv' }, /“target” must be an object/],
  ['an unknown format', { target: { format: 'xml' } }, /“target\.format” must be "csv" or "jsonl"/],
  ['gzip of another type', { target: { gzip: 1 } }, /“target\.gzip” must be true or false/],
  ['no credentials', { credentials: undefined }, /“credentials” must be an object/],
  ['an unknown kind', { credentials: { ...CREDENTIALS, kind: 'magic' } }, /“credentials\.kind”/],
  ['no key id', { credentials: { ...CREDENTIALS, accessKeyId: '' } }, /“credentials\.accessKeyId”.*empty/],
  ['no secret', { credentials: { ...CREDENTIALS, secretAccessKey: undefined } }, /“credentials\.secretAccessKey”/],
  [
    'a secret of two words',
    { credentials: { ...CREDENTIALS, secretAccessKey: `${SECRET} ${TOKEN}` } },
    /“credentials\.secretAccessKey”.*space/,
  ],
  [
    'a token with a quote',
    { credentials: { ...CREDENTIALS, sessionToken: `${TOKEN}"x` } },
    /“credentials\.sessionToken”.*quote/,
  ],
];

describe('addDestination', () => {
  afterEach(async () => {
    for (const { name } of await run<{ name: string }[]>('listDestinations')) await run('removeDestination', { name });
  });

  it('fills in the defaults', async () => {
    assert.deepEqual(await run('addDestination', LEAST), { name: 'prod-exports' });
    assert.deepEqual(await run('listDestinations'), [
      {
        name: 'prod-exports',
        bucket: 'acme-data',
        region: 'us-east-1',
        pathPrefix: 'signalsmith/',
        credentials: { kind: 'keys' },
      },
    ]);
  });

  it('takes every field, brought into its one form', async () => {
    const endpoint = 'https://s3.example.com';
    const credentials = { ...CREDENTIALS, secretAccessKey: ` "${SECRET}"\n`, sessionToken: TOKEN };
    const fields = { region: 'eu-west-1', endpoint, pathPrefix: '/exports/daily', forcePathStyle: true };
    await run('addDestination', { ...LEAST, ...fields, credentials, target: { format: 'jsonl', gzip: false } });
    assert.deepEqual(await run('listDestinations'), [
      {
        name: 'prod-exports',
        bucket: 'acme-data',
        region: 'eu-west-1',
        pathPrefix: 'exports/daily/',
        endpoint,
        credentials: { kind: 'keys' },
      },
    ]);
  });

  it('takes an empty prefix', async () => {
    await run('addDestination', { ...LEAST, pathPrefix: '' });
    const [destination] = await run<{ pathPrefix: string }[]>('listDestinations');
    assert.equal(destination?.pathPrefix, '');
  });

  it('refuses a name that is taken', async () => {
    await run('addDestination', LEAST);
    const { code, message } = await problemOf(run('addDestination', { ...LEAST, bucket: 'other-data' }));
    assert.equal(code, 'invalid-argument');
    assert.match(message, /already a destination prod-exports/);
    const [destination, ...others] = await run<{ bucket: string }[]>('listDestinations');
    assert.deepEqual([destination?.bucket, others], ['acme-data', []]);
  });

  for (const [what, changes, expected] of WRONG) {
    it(`refuses ${what}`, async () => {
      const problem = await problemOf(run('addDestination', { ...LEAST, ...changes }));
      assert.equal(problem.code, 'invalid-argument');
      assert.match(problem.message, expected);
      assert.doesNotMatch(JSON.stringify(problem), new RegExp(`${SECRET}|${TOKEN}`));
      assert.deepEqual(await run('listDestinations'), []);
    });
  }
});
