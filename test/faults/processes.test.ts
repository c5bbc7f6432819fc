import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { playAll, type Tally } from './cases.ts';
import { MODES, type ModeUnderTest, queryOf } from './modes.ts';
import { bundled, type Case, Stage } from './stage.ts';

/** A moment at which the process of a run is killed: with a request of that number, before or after the store does it. */
interface Moment {
  at: number;
  moment: 'before' | 'after';
}

const KILLED = MODES.filter(({ name }) => ['insert', 'mirror', 'upsert'].includes(name));
const ENDS_WITHIN_MS = 10_000;

describe('Processes that are killed, and clocks that are wrong', () => {
  let stage: Stage;
  let program: string;
  const tally: Tally = { tried: 0, survived: 0 };

  before(async () => {
    stage = await Stage.open();
    program = await bundled('test/faults/program.ts', 'program');
  });
  after(async () => {
    await stage.close();
    console.log(`\n  ${tally.tried} kills and wrong clocks were tried, ${tally.survived} were survived.`);
  });

  for (const mode of KILLED) {
    it(`${mode.name}: kill -9 with each request`, async () => {
      const count = await requestsOf(stage, mode, program);
      const moments = Array.from({ length: count }, (_, i) => i + 1).flatMap((at): Moment[] => [
        { at, moment: 'before' },
        { at, moment: 'after' },
      ]);
      await playAll(moments, (moment) => kill(stage, mode, program, moment), tally);
      await nobodyLeft(stage.program);
    });
  }

  for (const mode of MODES.filter(({ locked }) => locked)) {
    it(`${mode.name}: two processes at once, of which one commits`, async () => {
      const one = await stage.begin(mode);
      try {
        // Neither goes on before both have begun.
        const runs = new Set<string>();
        const both = Promise.withResolvers<undefined>();
        one.proxy.hold = async ({ method, target }) => {
          const run = /\/(\d{8}T\d{6}Z-[0-9a-f]{6})/.exec(target)?.[1];
          if (method !== 'POST' || run === undefined) return;
          if (runs.add(run).size === 2) both.resolve(undefined);
          await both.promise;
        };
        const endings = await Promise.all([1, 2].map(() => ending(start(one, program))));
        assert.deepEqual(endings.map(({ code }) => code).sort(), [0, 1]);
        assert.match(
          endings.find(({ code }) => code === 1)?.said ?? '',
          /^conflict Another run of faulty has committed/,
        );
        assert.deepEqual(await one.unfinished(), []);
        await one.check('completed');
      } finally {
        await one.end();
      }
    });
  }

  it('the clock is off by an hour', async () => {
    const cases = KILLED.flatMap((mode) => [-1, 1].map((hours) => ({ mode, hours })));
    const play = async ({ mode, hours }: (typeof cases)[number]): Promise<void> => {
      const one = await stage.begin(mode);
      try {
        const [code] = (await once(start(one, program, { CLOCK_OFF: String(hours * 3_600_000) }), 'exit')) as [number];
        assert.equal(code, 0);
        await one.check('completed');
      } finally {
        await one.end();
      }
    };
    await playAll(cases, play, tally);
  });
});

function start(one: Case, program: string, env: Record<string, string> = {}): ChildProcess {
  const clock = 'CLOCK_OFF' in env ? ['--require', path.join(import.meta.dirname, 'clock.cjs')] : [];
  return spawn(process.execPath, [...clock, program, JSON.stringify(one.sync), queryOf(1)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** How a process ended, and what it said. */
async function ending(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

async function requestsOf(stage: Stage, mode: ModeUnderTest, program: string): Promise<number> {
  const one = await stage.begin(mode);
  try {
    const [code] = (await once(start(one, program), 'exit')) as [number];
    assert.equal(code, 0);
    const count = one.proxy.passed.length;
    await one.check('completed');
    return count;
  } finally {
    await one.end();
  }
}

async function kill(stage: Stage, mode: ModeUnderTest, program: string, { at, moment }: Moment): Promise<void> {
  const one = await stage.begin(mode);
  try {
    const child = start(one, program);
    // What is cut off before the store sees it would otherwise still be done.
    if (moment === 'before') one.proxy.plan = { fault: 'cut before', at };
    one.proxy.onRequest = (count, now) => {
      if (count === at && now === moment) child.kill('SIGKILL');
    };
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL', 'it ended before');
    await one.check(undefined);
  } finally {
    await one.end();
  }
}

/** No exporter outlives the process that had started it. */
async function nobodyLeft(exporter: string): Promise<void> {
  const running = (): string[] =>
    execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
      .split('\n')
      .filter((args) => args.includes(exporter));
  const end = Date.now() + ENDS_WITHIN_MS;
  while (running().length > 0 && Date.now() < end) await sleep(50);
  assert.deepEqual(running(), []);
}
