import assert from 'node:assert/strict';
import { formatRowsSoFar } from '../../../src/core/format.ts';

describe('formatRowsSoFar', () => {
  it('counts rows, and says in words that there are none yet', () => {
    assert.deepEqual([0, 1, 1204].map(formatRowsSoFar), ['no rows so far', '1 row', '1,204 rows']);
  });
});
