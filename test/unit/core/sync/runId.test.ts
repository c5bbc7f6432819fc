import assert from 'node:assert/strict';
import fc from 'fast-check';
import { newRunId, runIdOfFileName, runIdText, runTime } from '../../../../src/core/sync/runId.ts';

const moment = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((time) => new Date(Math.floor(time.getTime() / 1000) * 1000));

describe('run ids', () => {
  it('have the form of the contract', () => {
    const run = newRunId(new Date('2026-11-22T21:03:01.987Z'));
    assert.equal(run.time, '20261122T210301Z');
    assert.match(runIdText(run), /^20261122T210301Z-[0-9a-f]{6}$/);
  });

  it('sort by time', () => {
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        if (a.getTime() === b.getTime()) return;
        assert.equal(runIdText(newRunId(a)) < runIdText(newRunId(b)), a < b);
      }),
    );
  });

  it('tell when the run began, alone and at the beginning of a file name', () => {
    fc.assert(
      fc.property(moment, (time) => {
        const text = runIdText(newRunId(time));
        assert.deepEqual(runTime(text), time);
        assert.equal(runIdOfFileName(`${text}-00000.csv.gz`), text);
        assert.equal(runIdOfFileName(text), text);
      }),
    );
  });

  it('differ even within one second', () => {
    const now = new Date();
    const ids = new Set(Array.from({ length: 200 }, () => runIdText(newRunId(now))));
    assert.ok(ids.size > 195);
  });

  it('are told from everything else', () => {
    const id = '20261122T210301Z-7f3a9c';
    const others = ['', 'x', id.slice(1), `${id}0`, ` ${id}`, id.toUpperCase(), id.replace('7f', '7g'), `${id}\n`];
    for (const text of others) assert.equal(runTime(text), undefined, text);
    for (const text of ['20261322T210301Z-7f3a9c', '20261140T210301Z-7f3a9c', '20261122T250301Z-7f3a9c']) {
      assert.equal(runTime(text), undefined, text);
    }
    for (const name of ['', 'data.csv', 'x20261122T210301Z-7f3a9c.csv', '20261122T210301Z.csv']) {
      assert.equal(runIdOfFileName(name), undefined, name);
    }
    fc.assert(fc.property(fc.string(), (text) => assert.equal(runTime(text), undefined)));
  });
});
