// Loaded before the unit tests: none of them may end in a failure that is not known.
import assert from 'node:assert/strict';
import { CATALOGUE } from '../../src/core/diagnose/catalogue.ts';

/** Tests of what is said of errors that nobody could know. */
const MEANT = /^s3Problem (something else|no error at all|nothing)/;

interface Unknown {
  message: (facts: never) => string;
}

const unknown: Unknown = CATALOGUE.other;
const { message } = unknown;
const seen: string[] = [];
unknown.message = (facts) => {
  const text = message(facts);
  seen.push(text);
  return text;
};

export const mochaHooks = {
  afterEach(this: Mocha.Context): void {
    const texts = seen.splice(0);
    if (!MEANT.test(this.currentTest?.fullTitle() ?? '')) assert.deepEqual(texts, [], 'A failure is unknown.');
  },
};
