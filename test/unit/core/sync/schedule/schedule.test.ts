import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dueBetween, parseSchedule } from '../../../../../src/core/sync/schedule/schedule.ts';
import { type Clock, Scheduler } from '../../../../../src/core/sync/schedule/scheduler.ts';
import { Watch } from '../../../../../src/core/sync/schedule/watch.ts';

const START = Date.parse('2026-11-22T21:03:01.500Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('parseSchedule', () => {
  for (const [value, next] of [
    ['15m', '2026-11-22T21:15:00.000Z'],
    ['15 minutes', '2026-11-22T21:15:00.000Z'],
    ['2h', '2026-11-22T22:00:00.000Z'],
    ['1 day', '2026-11-23T00:00:00.000Z'],
    [{ cron: '0 6 * * 1-5', timeZone: 'Europe/Berlin' }, '2026-11-23T05:00:00.000Z'],
    [{ cron: '*/10 * * * *', timeZone: 'UTC' }, '2026-11-22T21:10:00.000Z'],
    // Clocks go from 2:00 to 3:00 there.
    [{ cron: '30 2 29 3 *', timeZone: 'Europe/Berlin' }, '2027-03-29T00:30:00.000Z'],
  ] as const) {
    it(`knows when ${JSON.stringify(value)} is due`, () => {
      assert.equal(parseSchedule(value).next(new Date(START))?.toISOString(), next);
    });
  }

  it('refuses what is never due, too often, or no schedule', () => {
    const seconds = ['*/10 * * * * *', '0m', '30s'];
    const odd = ['', 'x', '60 * * * *', '0 0 30 2 *', '2026-12-01T00:00:00', '1.5h', 7, null, [], true];
    const objects = [{}, { cron: 1 }, { cron: '* * * * *', timeZone: 'Nowhere/X' }, { cron: '* * * * *', run: 'x' }];
    for (const value of [...seconds, ...odd, ...objects]) {
      assert.throws(
        () => parseSchedule(value),
        { code: 'invalid-argument', message: /“schedule”/ },
        JSON.stringify(value),
      );
    }
  });

  it('counts what was due, but not without end', () => {
    const minutes = parseSchedule('1m');
    const at = (ms: number): Date => new Date(START + ms);
    assert.equal(dueBetween(minutes, at(0), at(50_000)), undefined);
    assert.deepEqual(dueBetween(minutes, at(0), at(5 * MINUTE)), { count: 5, last: new Date('2026-11-22T21:08:00Z') });
    assert.deepEqual(dueBetween(minutes, new Date(0), at(0)), { count: 1000, last: new Date('2026-11-22T21:03:00Z') });
    const yearly = parseSchedule('0 6 29 2 *');
    assert.deepEqual(dueBetween(yearly, new Date(0), at(0)), { count: 14, last: new Date(2024, 1, 29, 6) });
  });
});

/** A clock that moves when it is told to. */
class FakeClock implements Clock {
  time = START;
  #waiting: { at: number; action: () => void }[] = [];

  now = (): number => this.time;

  later = (action: () => void, ms: number): (() => void) => {
    const entry = { at: this.time + ms, action };
    this.#waiting.push(entry);
    return () => (this.#waiting = this.#waiting.filter((other) => other !== entry));
  };

  /** Passes time, with all timers at their times. */
  async pass(ms: number, ...schedulers: Scheduler[]): Promise<void> {
    for (const end = this.time + ms; ;) {
      const [first] = this.#waiting.toSorted((a, b) => a.at - b.at);
      if (first === undefined || first.at > end) {
        this.time = Math.max(this.time, end);
        return;
      }
      this.#waiting = this.#waiting.filter((other) => other !== first);
      this.time = Math.max(this.time, first.at);
      first.action();
      for (const scheduler of schedulers) await scheduler.settled();
    }
  }

  /** Passes time in which no timer runs. */
  sleep(ms: number): void {
    this.time += ms;
  }
}

describe('Scheduler', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 's3d-schedule-'));
  after(() => rmSync(folder, { recursive: true }));
  let clock: FakeClock;
  let file: string;
  let log: string[];
  let ended: Scheduler[];
  let count = 0;
  beforeEach(() => {
    clock = new FakeClock();
    file = path.join(folder, 'deep', `${count++}.json`);
    log = [];
    ended = [];
  });
  afterEach(() => Promise.all(ended.map((scheduler) => scheduler.end())));

  const start = async (schedules: Record<string, string>, name = ''): Promise<Scheduler> => {
    const time = (date: Date): string => date.toISOString().slice(11, 16);
    const scheduler = new Scheduler(
      new Watch(file),
      {
        run: (syncId, due) => log.push(`${name}run ${syncId} ${time(due)}`),
        missed: (runs) =>
          log.push(...runs.map(({ syncId, times, last }) => `${name}missed ${syncId} ${times} ${time(last)}`)),
        failed: (error) => assert.fail(String(error)),
      },
      clock,
    );
    ended.push(scheduler);
    change(scheduler, schedules);
    await scheduler.settled();
    return scheduler;
  };
  const change = (scheduler: Scheduler, schedules: Record<string, string>): void =>
    scheduler.set(new Map(Object.entries(schedules).map(([id, text]) => [id, parseSchedule(text)])));

  it('runs each sync when it is due', async () => {
    const scheduler = await start({ often: '15m', seldom: '1h' });
    assert.deepEqual(
      [...scheduler.next()].map(([id, date]) => `${id} ${date.toISOString()}`),
      ['often 2026-11-22T21:15:00.000Z', 'seldom 2026-11-22T22:00:00.000Z'],
    );
    await clock.pass(10 * MINUTE, scheduler);
    assert.deepEqual(log, []);
    await clock.pass(50 * MINUTE, scheduler);
    assert.deepEqual(log, [
      ...['run often 21:15', 'run often 21:30', 'run often 21:45', 'run often 22:00', 'run seldom 22:00'],
    ]);
  });

  it('runs what is due to the second', async () => {
    const scheduler = await start({ often: '15m' });
    await clock.pass(Date.parse('2026-11-22T21:15:00Z') - START - 1, scheduler);
    assert.deepEqual(log, []);
    await clock.pass(1, scheduler);
    assert.deepEqual(log, ['run often 21:15']);
  });

  it('says what was missed while the machine slept, and does not catch up', async () => {
    const scheduler = await start({ often: '15m', seldom: '1d' });
    await clock.pass(MINUTE, scheduler);
    clock.sleep(3 * HOUR);
    await clock.pass(MINUTE, scheduler);
    assert.deepEqual(log, ['missed often 12 00:00', 'missed seldom 1 00:00']);
    log = [];
    await clock.pass(15 * MINUTE, scheduler);
    assert.deepEqual(log, ['run often 00:15']);
  });

  it('runs what is due as the machine wakes, and says what was before', async () => {
    const scheduler = await start({ often: '15m' });
    await clock.pass(MINUTE, scheduler);
    clock.sleep(Date.parse('2026-11-22T22:00:20Z') - clock.time);
    await clock.pass(1000, scheduler);
    assert.deepEqual(log, ['missed often 3 21:45', 'run often 22:00']);
  });

  it('says what was missed while the editor was closed', async () => {
    const scheduler = await start({ often: '15m', gone: '1m' });
    await clock.pass(MINUTE, scheduler);
    await scheduler.end();
    log = [];
    clock.sleep(2 * HOUR);
    const next = await start({ often: '15m', fresh: '1m' });
    await clock.pass(50_000, next);
    assert.deepEqual(
      log.filter((line) => !line.includes('fresh')),
      ['missed often 8 23:00'],
    );
  });

  it('runs what is due as the machine wakes, however often it was missed', async () => {
    const scheduler = await start({ often: '1m' });
    await clock.pass(MINUTE, scheduler);
    log = [];
    clock.sleep(48 * HOUR);
    await clock.pass(1000, scheduler);
    assert.deepEqual(log, ['missed often 999 21:03', 'run often 21:04']);
  });

  it('owes nothing of a time when the schedule was another, or none', async () => {
    const scheduler = await start({ a: '1d' });
    await clock.pass(MINUTE, scheduler);
    clock.sleep(2 * HOUR);
    change(scheduler, { a: '15m', b: '15m' });
    await scheduler.settled();
    await clock.pass(MINUTE, scheduler);
    assert.deepEqual(log, []);
    await clock.pass(15 * MINUTE, scheduler);
    assert.deepEqual(log, ['run a 23:15', 'run b 23:15']);
  });

  it('runs in one window only, and goes on in the other', async () => {
    const first = await start({ often: '15m' }, '1 ');
    const second = await start({ often: '15m' }, '2 ');
    await clock.pass(30 * MINUTE, first, second);
    assert.deepEqual(log, ['1 run often 21:15', '1 run often 21:30']);
    log = [];
    await first.end();
    await clock.pass(20 * MINUTE, second);
    assert.deepEqual(log, ['2 run often 21:45']);
  });

  it('goes on where a window was killed, or has left a damaged file', async () => {
    writeFileSync(path.join(folder, 'damaged.json'), '{"beat":');
    file = path.join(folder, 'damaged.json');
    const killed = new Watch(file);
    await killed.renew(clock.time);
    await killed.renew(clock.time);
    const scheduler = await start({ often: '15m' });
    await clock.pass(30 * MINUTE, scheduler);
    assert.deepEqual(log, ['run often 21:15', 'run often 21:30']);
  });

  it('gives no run to two windows that begin at once', async () => {
    const windows = await Promise.all(['1 ', '2 ', '3 '].map((name) => start({ often: '1m' }, name)));
    await clock.pass(5 * MINUTE, ...windows);
    const minutes = log.map((line) => line.slice(-5));
    assert.equal(new Set(minutes).size, minutes.length);
    assert.ok(minutes.length >= 4, log.join());
  });

  it('forgets what was watched before it was switched off', async () => {
    const scheduler = await start({ often: '15m' });
    await clock.pass(MINUTE, scheduler);
    await scheduler.end();
    await new Watch(file).forget(clock.time);
    clock.sleep(2 * HOUR);
    await clock.pass(5 * MINUTE, await start({ often: '15m' }));
    assert.deepEqual(log, []);
  });
});
