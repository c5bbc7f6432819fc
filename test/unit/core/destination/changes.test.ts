import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { changeDestination } from '../../../../src/core/destination/changes.ts';
import { parseDestinationFields } from '../../../../src/core/destination/destination.ts';

const before = parseDestinationFields({
  name: 'prod',
  bucket: 'acme-data',
  region: 'eu-west-1',
  endpoint: 'https://s3.example.com',
  target: { format: 'jsonl', gzip: false },
});

describe('changeDestination', () => {
  it('keeps what is not named', () => {
    assert.deepEqual(changeDestination(before, {}), { fields: before });
    const { fields } = changeDestination(before, { region: 'us-west-2', target: { gzip: true } });
    assert.deepEqual(fields, { ...before, region: 'us-west-2', target: { format: 'jsonl', gzip: true } });
  });

  it('brings a field back to its default by null', () => {
    const { fields } = changeDestination(before, { region: null, endpoint: null, target: { format: null } });
    const others = Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'endpoint'));
    assert.deepEqual(fields, { ...others, region: 'us-east-1', target: { format: 'csv', gzip: false } });
  });

  it('replaces credentials whole, and says nothing of them otherwise', () => {
    const keys = { kind: 'keys', accessKeyId: 'A', secretAccessKey: 'B' } as const;
    assert.deepEqual(changeDestination(before, { credentials: keys }).credentials, keys);
    assert.equal('credentials' in changeDestination(before, { name: 'other' }), false);
  });

  it('lets the path style follow the bucket unless it was chosen', () => {
    assert.equal(changeDestination(before, { bucket: 'acme.data' }).fields.forcePathStyle, true);
    const chosen = changeDestination(before, { forcePathStyle: true }).fields;
    assert.equal(changeDestination(chosen, { bucket: 'other-data' }).fields.forcePathStyle, true);
  });

  const wrong: [value: unknown, reason: RegExp][] = [
    [undefined, /“changes” must be an object/],
    [[], /“changes” must be an object/],
    [{ buckt: 'x' }, /“changes\.buckt”/],
    [JSON.parse('{"__proto__": {"name": "x"}}'), /“changes\.__proto__”/],
    [{ name: ' ' }, /“changes\.name” cannot be used/],
    [{ bucket: 'X' }, /“changes\.bucket” cannot be used/],
    [{ target: { format: 'xml' } }, /“changes\.target\.format” must be/],
    [
      { credentials: { kind: 'keys', accessKeyId: 'A', secretAccessKey: 'S E' } },
      /“changes\.credentials\.secretAccessKey”/,
    ],
  ];
  for (const [value, reason] of wrong) {
    it(`refuses ${inspect(value)}`, () => {
      assert.throws(() => changeDestination(before, value), { code: 'invalid-argument', message: reason });
    });
  }
});
