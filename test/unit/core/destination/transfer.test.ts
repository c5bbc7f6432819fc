import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDestinationFields } from '../../../../src/core/destination/destination.ts';
import { splitCredentials, joinCredentials, needsKeys } from '../../../../src/core/destination/secrets.ts';
import { parseCredentials, parseShownCredentials } from '../../../../src/core/destination/credentials.ts';
import {
  destinationsFile,
  parseDestinationsFile,
  parseSharedDestinations,
  type SharedDestination,
} from '../../../../src/core/destination/transfer.ts';

const keys = {
  kind: 'keys',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'top-secret',
  sessionToken: 'token',
} as const;
const roles = {
  kind: 'assumeRole',
  roleArn: 'arn:aws:iam::123456789012:role/outer',
  externalId: 'agreed',
  source: { kind: 'assumeRole', roleArn: 'arn:aws:iam:::role/inner', mfaSerial: 'arn:aws:iam::1:mfa/me', source: keys },
} as const;

describe('secrets within credentials', () => {
  it('are taken out and put back, under however many roles', () => {
    for (const value of [keys, roles, { kind: 'profile', profile: 'dev' }, { kind: 'env' }, { kind: 'default' }]) {
      const credentials = parseCredentials(value);
      const { shown, keys: secret } = splitCredentials(credentials);
      assert.doesNotMatch(JSON.stringify(shown), /AKID|top-secret|token/);
      assert.deepEqual(parseShownCredentials(shown), shown);
      assert.deepEqual(joinCredentials(shown, secret), credentials);
      assert.equal(joinCredentials(shown, undefined) === undefined, needsKeys(shown));
    }
  });
});

describe('a file of destinations', () => {
  const fields = parseDestinationFields({ name: 'prod', bucket: 'acme-data', endpoint: 'https://s3.example.com' });
  const good = destinationsFile([
    { ...fields, credentials: splitCredentials(parseCredentials(roles)).shown },
    { ...fields, name: 'dev', credentials: { kind: 'profile', profile: 'dev' } },
  ]);

  it('reads back to what was written, also with a byte order mark', () => {
    assert.deepEqual(parseDestinationsFile(`\uFEFF${JSON.stringify(good)}`), good.destinations);
  });

  it('has its secrets passed over', () => {
    const [first] = parseDestinationsFile(
      JSON.stringify({ version: 1, destinations: [{ ...fields, credentials: keys }] }),
    );
    assert.deepEqual(first?.credentials, { kind: 'keys' });
  });

  const [one, two] = good.destinations;
  const wrong: [what: string, text: string, reason: RegExp][] = [
    ['no JSON', 'nothing', /not JSON/],
    ['a list', '[]', /must be an object/],
    ['no version', '{"destinations": []}', /“version”/],
    ['a later version', '{"version": 2, "destinations": []}', /“version” must be 1/],
    ['no list', '{"version": 1, "destinations": {}}', /“destinations” must be a list/],
    ['an empty list', '{"version": 1, "destinations": []}', /not empty/],
    ['a text in the list', '{"version": 1, "destinations": ["x"]}', /“destinations\[0\]” must be an object/],
    [
      'a wrong second one',
      JSON.stringify({ version: 1, destinations: [one, { ...two, bucket: 'X' }] }),
      /“destinations\[1\]\.bucket”/,
    ],
    ['one twice', JSON.stringify({ version: 1, destinations: [one, two, one] }), /“destinations\[2\]\.name”.*twice/],
    [
      'other credentials',
      JSON.stringify({ version: 1, destinations: [{ ...one, credentials: { kind: 'x' } }] }),
      /credentials\.kind/,
    ],
    ['too much', JSON.stringify({ version: 1, destinations: [one], rest: ' '.repeat(1_000_000) }), /1 MB/],
    [
      'too many',
      JSON.stringify({
        version: 1,
        destinations: Array.from({ length: 1001 }, (_, i) => ({ name: `d${i}`, bucket: 'abc' })),
      }),
      /1000/,
    ],
  ];
  for (const [what, text, reason] of wrong) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => parseDestinationsFile(text), { code: 'invalid-argument', message: reason });
    });
  }

  it('is refused in words whatever is in it, or read as destinations that could be made by hand', () => {
    const hostile = fc.constantFrom<unknown>(
      'x\u0000y',
      '../../etc',
      'https://me:secret@evil.example',
      'javascript:alert(1)',
      { __proto__: { polluted: true } },
      JSON.parse('{"__proto__": {"polluted": true}}'),
      ['a'],
      1e308,
      null,
      true,
      'a'.repeat(5000),
      '[link](command:x)',
      '\u202Eevil',
    );
    const fields = fc.dictionary(
      fc.constantFrom(...Object.keys(one ?? {}), 'store', 'options', 'constructor', '__proto__', 'checksums', 'fips'),
      fc.oneof(hostile, fc.jsonValue()),
      { maxKeys: 4 },
    );
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 3 }), (changes) => {
        const destinations = changes.map((change, i) => ({ ...one, name: `d${i}`, ...change }));
        let read: SharedDestination[];
        try {
          read = parseDestinationsFile(JSON.stringify({ version: 1, destinations }));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'invalid-argument', String(error));
          return;
        }
        assert.deepEqual(parseSharedDestinations(JSON.parse(JSON.stringify(read))), read);
        for (const { endpoint, pathPrefix, name } of read) {
          if (endpoint !== undefined) assert.match(endpoint, /^https?:\/\/[^@]+$/);
          assert.doesNotMatch(`${name}${pathPrefix}`, /[\p{Cc}\u202E]/u);
          assert.ok(pathPrefix.split('/').every((folder) => folder !== '..'));
        }
        assert.equal(({} as { polluted?: boolean }).polluted, undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused in words when it is nested more deeply than anything is', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const source = `${'{"kind":"assumeRole","roleArn":"arn:aws:iam:::role/a","source":'.repeat(5000)}{}${'}'.repeat(5000)}`;
    for (const text of [
      deep,
      `{"version": 1, "destinations": [{"name": "a", "bucket": "abc", "credentials": ${source}}]}`,
    ]) {
      assert.throws(() => parseDestinationsFile(text), { code: 'invalid-argument' });
    }
  });
});
