import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { ProblemError } from '../../../../src/core/problem.ts';
import { RunQueue } from '../../../../src/core/sync/runQueue.ts';

/** A run that ends when it is told to. */
function held(): { work: () => Promise<string>; begun: () => boolean; end: (error?: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let begun = false;
  return {
    work: () => ((begun = true), promise),
    begun: () => begun,
    end: (error) => (error === undefined ? resolve('done') : reject(error)),
  };
}

const codeOf = (outcome: Promise<unknown>): Promise<string> =>
  outcome.then(
    () => 'none',
    (error: unknown) => (error instanceof ProblemError ? error.code : String(error)),
  );

describe('RunQueue', () => {
  it('lets runs of a sync wait for each other, in their order, also when one fails', async () => {
    const queue = new RunQueue();
    const [a, b, c] = [held(), held(), held()];
    const runs = [a, b, c].map(({ work }) => queue.run('x', 'queue', work));
    const outcomes = runs.map(codeOf);
    assert.deepEqual(queue.stages('x'), ['running', 'queued', 'queued']);
    assert.deepEqual([a.begun(), b.begun()], [true, false]);
    a.end(new Error('failed'));
    assert.equal(await outcomes[0], 'Error: failed');
    await turn();
    assert.deepEqual([b.begun(), c.begun(), queue.stages('x')], [true, false, ['running', 'queued']]);
    b.end();
    await outcomes[1];
    await turn();
    assert.ok(c.begun());
    c.end();
    assert.deepEqual([await outcomes[2], queue.stages('x')], ['none', []]);
  });

  it('does not hold up other syncs', () => {
    const queue = new RunQueue();
    const [a, b] = [held(), held()];
    void queue.run('x', 'queue', a.work);
    void queue.run('y', 'refuse', b.work);
    assert.ok(b.begun());
  });

  it('refuses a second run where runs do not wait', async () => {
    const queue = new RunQueue();
    const [a, b] = [held(), held()];
    const first = queue.run('x', 'refuse', a.work);
    assert.equal(await codeOf(queue.run('x', 'refuse', b.work)), 'conflict');
    a.end();
    await first;
    assert.equal(await queue.run('x', 'refuse', () => Promise.resolve('again')), 'again');
    assert.equal(b.begun(), false);
  });

  it('takes a run that waits out, and those behind it still wait for those before', async () => {
    const changes: string[] = [];
    const queue = new RunQueue(() => changes.push(queue.stages('x').join()));
    const [a, b, c] = [held(), held(), held()];
    const stop = new AbortController();
    void queue.run('x', 'queue', a.work);
    const waiting = codeOf(queue.run('x', 'queue', b.work, stop.signal));
    const last = queue.run('x', 'queue', c.work);
    stop.abort();
    assert.equal(await waiting, 'cancelled');
    await turn();
    assert.deepEqual([b.begun(), c.begun(), queue.stages('x')], [false, false, ['running', 'queued']]);
    a.end();
    await turn();
    c.end();
    await last;
    assert.deepEqual([changes.at(0), changes.at(-1)], ['running', '']);
    assert.equal(await codeOf(queue.run('x', 'queue', a.work, AbortSignal.abort())), 'none');
  });
});
