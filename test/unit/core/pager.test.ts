import assert from 'node:assert/strict';
import { Pager, type Step } from '../../../src/core/pager.ts';

async function* numbers(most: number): AsyncGenerator<Step<number>> {
  await Promise.resolve();
  for (let item = 1; item <= most; item++) {
    if (item % 3 === 1) yield 'request';
    yield { item };
  }
}

describe('a pager', () => {
  it('reads so many items, and knows whether there are more', async () => {
    const pager = new Pager(numbers(5));
    await pager.read(2);
    assert.deepEqual([pager.items, pager.ended], [[1, 2], false]);
    await pager.read(2);
    assert.deepEqual([pager.items, pager.ended], [[1, 2, 3, 4], false]);
    await pager.read(1);
    assert.deepEqual([pager.items, pager.ended], [[1, 2, 3, 4, 5], true]);
    await pager.read(1);
    assert.equal(pager.items.length, 5);
  });

  it('has ended with the last item of a full page', async () => {
    const pager = new Pager(numbers(3));
    await pager.read(3);
    assert.deepEqual([pager.items, pager.ended], [[1, 2, 3], true]);
  });

  it('leaves a source that finds nothing after some requests, and goes on when asked', async () => {
    let requests = 0;
    const source = async function* (): AsyncGenerator<Step<string>> {
      await Promise.resolve();
      for (; requests < 90; requests++) yield 'request';
      yield { item: 'at last' };
    };
    const pager = new Pager(source());
    await pager.read(5);
    assert.deepEqual([pager.items, pager.ended, requests < 60], [[], false, true]);
    await pager.read(5);
    assert.deepEqual([pager.items, pager.ended], [['at last'], true]);
  });

  it('keeps what it has read when the source fails', async () => {
    const source = async function* (): AsyncGenerator<Step<number>> {
      yield* numbers(2);
      throw new Error('gone');
    };
    const pager = new Pager(source());
    await assert.rejects(pager.read(5), /gone/);
    assert.deepEqual(pager.items, [1, 2]);
  });
});
