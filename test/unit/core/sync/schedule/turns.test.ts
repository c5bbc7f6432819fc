import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { Turns } from '../../../../../src/core/sync/schedule/turns.ts';

describe('Turns', () => {
  it('let a few run at a time, and others after them, also after those that fail', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const works = Array.from({ length: 5 }, () => Promise.withResolvers<string>());
    const outcomes = works.map(({ promise }, i) =>
      turns.take(() => (begun.push(i), promise)).catch((error: unknown) => String(error)),
    );
    await turn();
    assert.deepEqual(begun, [0, 1]);
    works[1]?.reject(new Error('failed'));
    await turn();
    assert.deepEqual(begun, [0, 1, 2]);
    works[0]?.resolve('done');
    works[2]?.resolve('done');
    await turn();
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);
    for (const { resolve } of works) resolve('done');
    assert.deepEqual(await Promise.all(outcomes), ['done', 'Error: failed', 'done', 'done', 'done']);
    assert.equal(await turns.take(() => Promise.resolve('free')), 'free');
  });
});
