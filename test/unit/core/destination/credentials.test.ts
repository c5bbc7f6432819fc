import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { cleanKey, keyBreach, parseCredentials } from '../../../../src/core/destination/credentials.ts';
import { ProblemError } from '../../../../src/core/problem.ts';

// The beginning is for those that are made from words which error messages have, too.
const key = fc.stringMatching(/^Zq7[A-Za-z0-9/+=]{8,40}$/);
const FIELDS = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const;
const good = { kind: 'keys', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/of+40=', sessionToken: 'token' };

function refusalOf(value: unknown): ProblemError {
  try {
    parseCredentials(value);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return error;
  }
  return assert.fail('The credentials were taken');
}

describe('parseCredentials', () => {
  it('takes keys, with and without a token', () => {
    assert.deepEqual(parseCredentials(good), good);
    const { accessKeyId, secretAccessKey } = good;
    const long = { kind: 'keys', accessKeyId, secretAccessKey };
    assert.deepEqual(parseCredentials({ accessKeyId, secretAccessKey }), long);
    assert.deepEqual(parseCredentials({ ...long, sessionToken: null }), long);
    assert.deepEqual(parseCredentials({ ...long, sessionToken: undefined }), long);
  });

  it('takes off what a copy brings along', () => {
    const space = fc.constantFrom('', ' ', '\t', '\n', '\r\n', '\u00a0', '  \n');
    const quote = fc.constantFrom('', '"', "'");
    fc.assert(
      fc.property(key, space, quote, space, (text, outside, mark, inside) => {
        assert.equal(cleanKey(outside + mark + inside + text + inside + mark + outside), text);
        assert.equal(cleanKey(cleanKey(text)), text);
      }),
    );
    const parsed = parseCredentials({ ...good, secretAccessKey: ' "abc"\n' });
    assert.ok(parsed.kind === 'keys' && parsed.secretAccessKey === 'abc');
  });

  for (const field of FIELDS) {
    it(`names ${field} and never its value`, () => {
      const spoil = fc.constantFrom(' ', '\n', '"', "'", '\u00a0', 'é', '\u0000', '\u200b', '\u007f', '😀');
      fc.assert(
        fc.property(key, spoil, key, (before, spoilt, after) => {
          const error = refusalOf({ ...good, [field]: before + spoilt + after });
          assert.equal(error.code, 'invalid-argument');
          assert.ok(error.message.includes(`credentials.${field}`));
          const shown = inspect(error) + JSON.stringify(error.problem);
          assert.ok(!shown.includes(before) && !shown.includes(after));
        }),
      );
    });

    it(`refuses ${field} of another type or empty`, () => {
      for (const wrong of [7, {}, [], true, '', '  ', '""']) {
        assert.match(refusalOf({ ...good, [field]: wrong }).message, new RegExp(field), inspect(wrong));
      }
    });
  }

  it('does not repeat the secret when another field is wrong', () => {
    fc.assert(
      fc.property(key, (secret) => {
        for (const wrong of [{ kind: 'sso' }, { accessKeyId: 'a b' }, { sessionToken: 'a b' }]) {
          const error = refusalOf({ ...good, secretAccessKey: secret, ...wrong });
          assert.ok(!inspect(error).includes(secret));
        }
      }),
    );
  });

  it('refuses what is no object, and kinds that are unknown', () => {
    for (const wrong of [undefined, null, 'keys', 1, []]) assert.match(refusalOf(wrong).message, /credentials/);
    assert.match(refusalOf({ ...good, kind: 'magic' }).message, /“credentials\.kind” must be "keys"/);
    assert.match(refusalOf({ kind: 'keys' }).message, /accessKeyId/);
  });

  it('has a reason for each wrong key', () => {
    assert.equal(keyBreach(''), 'is empty.');
    assert.match(keyBreach('a b') ?? '', /space/);
    assert.match(keyBreach('a"b') ?? '', /quote/);
    assert.match(keyBreach('aéb') ?? '', /character/);
    fc.assert(fc.property(key, (text) => assert.equal(keyBreach(text), undefined)));
  });
});
