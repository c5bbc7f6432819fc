import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Destination, parseDestination } from '../../../../src/core/destination/destination.ts';
import {
  formErrors,
  formWarnings,
  hiddenFields,
  keyExample,
  placeholders,
} from '../../../../src/core/destination/formChecks.ts';
import type { FormValues } from '../../../../src/core/destination/formMessages.ts';
import { argumentOf, EMPTY_VALUES, mapOf, valuesOf } from '../../../../src/core/destination/formValues.ts';
import { ACLS } from '../../../../src/core/destination/objectOptions.ts';
import { splitCredentials } from '../../../../src/core/destination/secrets.ts';
import { STORES } from '../../../../src/core/destination/storePresets.ts';

const KEYS = { kind: 'keys', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'top-secret-key' } as const;
const CONTEXT = { keysStored: false, isTaken: (name: string) => name === 'taken' };
const ALL_STORED = { ...CONTEXT, keysStored: true };

const sources = fc.constantFrom<object>(
  KEYS,
  { ...KEYS, sessionToken: 'token' },
  { kind: 'profile', profile: 'dev' },
  {
    kind: 'sso',
    startUrl: 'https://a.awsapps.com/start',
    ssoRegion: 'eu-west-1',
    accountId: '123456789012',
    roleName: 'w',
  },
  { kind: 'env' },
  { kind: 'default' },
);
const roleArn = 'arn:aws:iam::123456789012:role/exporter';
const credentials = fc.oneof(
  sources,
  sources.map((source) => ({ kind: 'assumeRole', roleArn, externalId: 'agreed', sessionName: 'nightly', source })),
  sources.map((source) => ({ kind: 'assumeRole', roleArn, source: { kind: 'assumeRole', roleArn, source } })),
);
const words = fc.stringMatching(/^[a-z]{1,9}$/);
const target = fc.record(
  {
    format: fc.constantFrom('csv', 'jsonl'),
    gzip: fc.boolean(),
    fileName: fc.constantFrom('{run}-{part}.{ext}', '{yyyy}/{run}.{ext}'),
    csv: fc.record(
      {
        delimiter: fc.constantFrom(',', ';', '\t', '|'),
        nullText: words,
        header: fc.boolean(),
        bom: fc.boolean(),
        crlf: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    jsonl: fc.record({ bigNumbersAsStrings: fc.boolean() }),
  },
  { requiredKeys: [] },
);
const options = fc.record(
  {
    encryption: fc.constantFrom('AES256', 'aws:kms'),
    storageClass: fc.constantFrom('STANDARD_IA', 'GLACIER_IR'),
    acl: fc.constantFrom(...ACLS),
    tags: fc.dictionary(words, words, { maxKeys: 3 }),
    metadata: fc.dictionary(words, words, { maxKeys: 3 }),
    expectedBucketOwner: fc.constant('123456789012'),
  },
  { requiredKeys: [] },
);
const destinations = fc
  .record(
    {
      name: words,
      bucket: fc.stringMatching(/^[a-z]{3,9}(-[a-z]{2})?$/),
      region: fc.constantFrom('eu-west-1', 'us-east-1', 'cn-north-1'),
      pathPrefix: fc.constantFrom('', 'a', 'a/b/'),
      store: fc.constantFrom(...STORES),
      forcePathStyle: fc.boolean(),
      checksums: fc.constantFrom('supported', 'required'),
      deletes: fc.constantFrom('many', 'single'),
      target,
      options,
      credentials,
    },
    { requiredKeys: ['name', 'bucket', 'credentials'] },
  )
  .map((fields) => {
    const needsEndpoint = fields.store !== undefined && fields.store !== 'aws';
    return parseDestination(needsEndpoint ? { ...fields, endpoint: 'https://s3.example.com' } : fields);
  });

/** What is shown of a destination, and what becomes of it when it is saved as it is shown. */
function throughForm(destination: Destination): { values: FormValues; saved: Destination } {
  const { credentials: own, ...fields } = destination;
  const values = valuesOf(fields, splitCredentials(own).shown);
  return { values, saved: parseDestination(argumentOf(values, own)) };
}

describe('the form of a destination', () => {
  it('saves what it shows as it was, whatever that is, and shows no secret', () => {
    fc.assert(
      fc.property(destinations, (destination) => {
        const { values, saved } = throughForm(destination);
        // What had been told by the endpoint is said in the form.
        assert.deepEqual(saved, { ...destination, store: saved.store });
        assert.deepEqual(formErrors(values, ALL_STORED), {});
        assert.doesNotMatch(JSON.stringify(values), /AKIDEXAMPLE|top-secret-key|"token"/);
        assert.ok(keyExample(values).startsWith(`s3://${destination.bucket}/${destination.pathPrefix}`));
      }),
      { numRuns: 200 },
    );
  });

  it('finds wrong what cannot be saved, and nothing else', () => {
    const odd = [
      'a//b',
      'X Y',
      '"',
      '{run',
      '=',
      'http://x',
      'http:x',
      'https://s3.eu-west-1.amazonaws.com',
      '1',
      ';',
      '',
    ];
    const choices: Readonly<Record<string, readonly string[]>> = {
      store: STORES,
      kind: ['keys', 'profile', 'sso', 'env', 'default'],
      format: ['csv', 'jsonl'],
      delimiter: [',', ';', '\t', '|'],
      pathStyle: ['auto', 'path', 'host'],
      checksums: ['auto', 'supported', 'required'],
      deletes: ['auto', 'many', 'single'],
      encryption: ['', 'AES256', 'aws:kms'],
      acl: ['', ...ACLS],
    };
    const valueOf = (id: string): fc.Arbitrary<string | boolean> => {
      const offered = choices[id];
      if (offered !== undefined) return fc.constantFrom(...offered);
      return typeof EMPTY_VALUES[id] === 'boolean' ? fc.boolean() : fc.oneof(fc.string(), fc.constantFrom(...odd));
    };
    const changes = fc
      .uniqueArray(fc.constantFrom(...Object.keys(EMPTY_VALUES)), { maxLength: 5 })
      .chain((ids) => fc.record(Object.fromEntries(ids.map((id) => [id, valueOf(id)]))));
    const base: FormValues = { ...EMPTY_VALUES, ...KEYS, bucket: 'acme-data', name: 'prod', endpoint: '' };
    fc.assert(
      fc.property(changes, (changed) => {
        const values: FormValues = { ...base, ...changed };
        const isRight = Object.keys(formErrors(values, { ...CONTEXT, isTaken: () => false })).length === 0;
        let refusal: unknown;
        try {
          parseDestination(argumentOf(values, undefined));
        } catch (error) {
          refusal = error;
        }
        assert.equal(refusal === undefined, isRight, `${JSON.stringify(changed)}: ${String(refusal)}`);
      }),
      { numRuns: 1500 },
    );
  });

  it('says which region it would be, where none is typed', () => {
    for (const [store, endpoint] of [
      ['aws', ''],
      ['aws', 'https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com'],
      ['b2', 'https://s3.eu-central-003.backblazeb2.com'],
      ['gcs', ''],
      ['custom', 'https://acct.r2.cloudflarestorage.com'],
    ] as const) {
      const values = { ...EMPTY_VALUES, ...KEYS, bucket: 'acme-data', name: 'prod', store, endpoint };
      assert.equal(placeholders(values).region, parseDestination(argumentOf(values, undefined)).region, endpoint);
    }
  });

  it('keeps stored keys where none are typed, and takes those that are', () => {
    const stored = { kind: 'assumeRole', roleArn, source: KEYS } as const;
    const { values } = throughForm(parseDestination({ name: 'prod', bucket: 'acme-data', credentials: stored }));
    assert.deepEqual(argumentOf(values, stored).credentials, stored);
    const typed = { ...values, accessKeyId: 'AKIDNEW', secretAccessKey: ' "new-secret" ' };
    const { credentials: given } = parseDestination(argumentOf(typed, stored));
    const source = { kind: 'keys', accessKeyId: 'AKIDNEW', secretAccessKey: 'new-secret' };
    assert.deepEqual(given, { ...stored, source });
    const half = formErrors({ ...values, accessKeyId: 'AKIDNEW' }, ALL_STORED);
    assert.deepEqual(Object.keys(half), ['secretAccessKey']);
  });

  it('names a name that is taken, and never repeats a secret', () => {
    const errors = formErrors({ ...EMPTY_VALUES, name: 'taken', secretAccessKey: 'hush hush' }, CONTEXT);
    assert.match(errors.name ?? '', /already a destination taken/);
    assert.match(errors.secretAccessKey ?? '', /contains a space/);
    assert.doesNotMatch(JSON.stringify(errors), /hush/);
  });

  it('warns of what is open to others', () => {
    const open = formWarnings({ ...EMPTY_VALUES, endpoint: 'http://s3.example.com', acl: 'public-read' });
    assert.deepEqual(Object.keys(open), ['endpoint', 'acl']);
    assert.deepEqual(formWarnings({ ...EMPTY_VALUES, endpoint: 'http://localhost:9000' }), {});
  });

  it('hides what has no meaning, and finds nothing wrong with it', () => {
    const values = { ...EMPTY_VALUES, kind: 'env', bucket: 'acme-data', name: 'prod', profile: '[x]', roleArn: '?' };
    for (const id of ['profile', 'roleArn', 'accessKeyId', 'kmsKeyId']) assert.ok(hiddenFields(values).has(id), id);
    assert.deepEqual(formErrors(values, CONTEXT), {});
  });

  it('reads lines of names and values', () => {
    assert.deepEqual(mapOf('a=b\r\n\n c = d=e \nf'), { a: 'b', c: 'd=e', f: '' });
  });
});
