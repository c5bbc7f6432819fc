import assert from 'node:assert/strict';
import { CATALOGUE } from '../../../../src/core/diagnose/catalogue.ts';
import { type Recorded, recordedFailures, Replay } from './recorded.ts';

const SECRETS = { keyId: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG', token: 'FwoGZXIvYXdzEBYaD' };

describe('recorded failures', () => {
  const recorded = recordedFailures();
  let replay: Replay;

  before(async () => (replay = await Replay.start()));
  after(() => replay.stop());

  for (const [file, answers] of recorded) {
    for (const answer of answers) {
      it(`${file}: ${answer.title}`, async () => {
        const error = await replay.problemOf(answer, SECRETS);
        const { problem } = error;
        const { says, ...expected } = answer.expected;
        assert.deepEqual({ ...problem, ...expected }, problem, JSON.stringify(problem, null, 2));
        assertReadable(answer, problem);
        if (says !== undefined)
          assert.ok(`${problem.message} ${problem.fixes?.join(' ') ?? ''}`.includes(says), problem.message);
        if (answer.headers['x-amz-request-id'] !== undefined) {
          assert.equal(problem.requestId, answer.headers['x-amz-request-id']);
          assert.equal(problem.extendedRequestId, answer.headers['x-amz-id-2']);
        }
      });
    }
  }

  it('are many, and none is unknown', () => {
    const all = [...recorded.values()].flat();
    assert.ok(new Set(all.map(({ status, headers, body }) => JSON.stringify([status, headers, body]))).size >= 60);
    assert.ok(all.every(({ expected }) => expected.kind !== 'other' && expected.kind in CATALOGUE));
  });
});

/** What the user reads is whole sentences, in one line each, and there is always something to do. */
function assertReadable(
  { title }: Recorded,
  problem: { message: string; cause?: string; fixes?: string[]; repairs?: object[] },
): void {
  const { message, cause, fixes = [], repairs = [] } = problem;
  assert.ok(fixes.length > 0 && repairs.length > 0, title);
  for (const text of [message, ...fixes, ...(cause === undefined ? [] : [cause])]) {
    assert.match(text, /^(\p{Lu}|http)[^\n]*[^.][.]$/u, `${title}: ${text}`);
    assert.doesNotMatch(text, /undefined|\(\)| {2}|UnknownError|XML parse|\$response/, `${title}: ${text}`);
  }
}
