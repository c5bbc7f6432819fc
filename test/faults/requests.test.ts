import assert from 'node:assert/strict';
import { playAll, type Tally } from './cases.ts';
import { MODES, type ModeUnderTest } from './modes.ts';
import { type FaultKind, FAULTS, type Passed, type Plan } from './proxy.ts';
import { Stage } from './stage.ts';

/** With `FAULTS=all`, everything is tried in every mode; by default, less where modes go the same way. */
const ALL = process.env.FAULTS === 'all';
const SOME: readonly FaultKind[] = ['answer lost', '403'];
const WHOLE: ReadonlySet<string> = new Set(['insert', 'insert of one file', 'mirror']);

/** From some request on, all of them: a network that is gone, one that lets through no answer, a right that was taken away, a store that is too busy. */
const LASTING: readonly FaultKind[] = ['cut before', 'answer lost', '403', '503'];

describe('Faults at each request of a run', () => {
  let stage: Stage;
  const tally: Tally = { tried: 0, survived: 0 };

  before(async () => (stage = await Stage.open()));
  after(async () => {
    await stage.close();
    console.log(`\n  ${tally.tried} faults at requests were tried, ${tally.survived} were survived.`);
  });

  for (const mode of MODES) {
    describe(mode.name, () => {
      let requests: Passed[] = [];
      before(async () => (requests = await requestsOf(stage, mode)));

      for (const fault of faultsFor(mode)) {
        it(`${fault}, once`, async () => {
          const at = fault === 'error within 200' ? completes(requests) : requests.map((_, i) => i + 1);
          assert.ok(at.length > 0);
          await playAll(
            at.map((n) => ({ fault, at: n })),
            (plan) => play(stage, mode, plan),
            tally,
          );
        });
      }

      for (const fault of ALL || mode.name === 'insert of one file'
        ? LASTING
        : mode.name === 'mirror'
          ? LASTING.slice(0, 1)
          : []) {
        it(`${fault}, from then on`, async () => {
          const plans = requests.map((_, i) => ({ fault, at: i + 1, forever: true }));
          await playAll(plans, (plan) => play(stage, mode, plan), tally);
        });
      }
    });
  }
});

/** What is tried once at each request of a mode. An error within 200 is for completes, which a single request has none of. */
function faultsFor({ name }: ModeUnderTest): readonly FaultKind[] {
  if (!ALL && !WHOLE.has(name)) return SOME.slice(0, name === 'upsert' ? 2 : 1);
  return name === 'insert of one file' ? FAULTS.filter((fault) => fault !== 'error within 200') : FAULTS;
}

/** The requests of the second run of a mode when nothing goes wrong. */
async function requestsOf(stage: Stage, mode: ModeUnderTest): Promise<Passed[]> {
  const one = await stage.begin(mode);
  try {
    assert.equal(await one.run(), 'completed');
    const requests = [...one.proxy.passed];
    await one.check('completed');
    return requests;
  } finally {
    await one.end();
  }
}

function completes(requests: readonly Passed[]): number[] {
  return requests.flatMap(({ method, target }, i) =>
    method === 'POST' && target.includes('uploadId=') ? [i + 1] : [],
  );
}

async function play(stage: Stage, mode: ModeUnderTest, plan: Plan): Promise<void> {
  const one = await stage.begin(mode);
  try {
    one.proxy.plan = plan;
    const ending = await one.run();
    assert.ok(one.proxy.hits > 0, 'nothing went wrong');
    await one.check(ending);
  } finally {
    await one.end();
  }
}
