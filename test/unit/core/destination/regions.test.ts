import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DEFAULT_REGION, FIRST_REGIONS, regionBreach } from '../../../../src/core/destination/regions.ts';

const word = fc.stringMatching(/^[a-z0-9]{1,10}$/);

describe('regions', () => {
  it('offers the twelve regions in their order, the default first', () => {
    assert.deepEqual(
      FIRST_REGIONS.map(({ id }) => id),
      [
        'us-east-1',
        'us-east-2',
        'us-west-1',
        'us-west-2',
        'eu-west-1',
        'eu-west-2',
        'eu-central-1',
        'ap-northeast-1',
        'ap-southeast-1',
        'ap-southeast-2',
        'ca-central-1',
        'sa-east-1',
      ],
    );
    assert.equal(FIRST_REGIONS[0]!.id, DEFAULT_REGION);
    for (const { id, label } of FIRST_REGIONS) {
      assert.equal(regionBreach(id), undefined);
      assert.match(label, /^\p{Lu}.*\(.+\)$/u);
    }
  });

  it('takes regions that it does not know', () => {
    for (const id of ['us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'auto', 'minio', 'garage', 'fr-par', '1']) {
      assert.equal(regionBreach(id), undefined, id);
    }
    const id = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join('-'));
    fc.assert(fc.property(id, (region) => assert.equal(regionBreach(region), undefined)));
  });

  it('refuses what has not the form of a region', () => {
    assert.match(regionBreach('')!, /required/);
    const wrong = [
      'US-EAST-1',
      'us east 1',
      'us_east_1',
      '-us',
      'us-',
      'us--east',
      'eu-west-1.',
      'a/b',
      'é',
      'us-east-1\n',
    ];
    for (const id of [...wrong, 'a'.repeat(65)]) assert.match(regionBreach(id) ?? '', /lower case/, id);
  });
});
