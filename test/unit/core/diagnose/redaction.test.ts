import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import fc from 'fast-check';
import { problemReport } from '../../../../src/core/diagnose/checkReport.ts';
import { Log } from '../../../../src/vscode/log.ts';
import { recordedFailures, Replay, type Secrets } from './recorded.ts';

const letters = (count: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^Zq7[A-Za-z0-9+/=]{${count}}$`));
const secrets: fc.Arbitrary<Secrets> = fc.record({
  keyId: fc.stringMatching(/^(AKIA|ASIA)[A-Z0-9]{16}$/),
  secret: letters(37),
  token: letters(120),
});
const ROUNDS = 3;

/** The log as the editor would write it. */
function logTo(lines: string[]): Log {
  const write = (line: string): void => void lines.push(line);
  return new Log({ info: write, warn: write, error: write } as unknown as vscode.LogOutputChannel);
}

describe('what is told of failures', () => {
  let replay: Replay;

  before(async () => (replay = await Replay.start()));
  after(() => replay.stop());

  for (const [file, answers] of recordedFailures()) {
    it(`holds no secret: ${file}`, async function () {
      this.timeout(120_000);
      await fc.assert(
        fc.asyncProperty(secrets, async (own) => {
          for (const answer of answers) {
            // Wherever a store may repeat what it was sent.
            const repeated = {
              ...answer,
              body: answer.body.replace('</Message>', ' for {{keyId}} {{signature}} {{secret}} {{token}}</Message>'),
            };
            const error = await replay.problemOf(repeated, own);
            const lines: string[] = [];
            const log = logTo(lines);
            log.hide(own.secret);
            log.hide(own.token);
            log.error(error.message, error);
            const problem = log.cleanAll(error.problem);
            const told = [
              ...lines,
              JSON.stringify(problem),
              problemReport(problem, 'exportQuery'),
              String(problem.fix),
              // Some of it goes another way than through the log.
              JSON.stringify(error.problem),
            ];
            const ids = [problem.requestId, problem.extendedRequestId].filter((id) => id !== undefined);
            for (const text of told) {
              // Some stores' ids look like signatures.
              const rest = ids.reduce((left, id) => left.replaceAll(id, ''), text);
              assertNothingOf(own, rest, answer.title);
            }
          }
        }),
        { numRuns: ROUNDS },
      );
    });
  }
});

function assertNothingOf({ keyId, secret, token }: Secrets, text: string, title: string): void {
  for (const hidden of [keyId, secret, token]) {
    assert.ok(!text.includes(hidden) && !text.includes(encodeURIComponent(hidden)), `${title}: ${text}`);
    assert.ok(!text.includes(hidden.slice(4, 20)), `${title}: ${text}`);
  }
  // Signatures, and what they are made from.
  assert.doesNotMatch(text, /[0-9a-f]{64}|AWS4-HMAC-SHA256\s+\d|x-amz-security-token:(?!\s*•)/, title);
}
