import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ProblemError } from '../../../../src/core/problem.ts';
import { inputsOf, parametersOf } from '../../../../src/core/sql/parameters.ts';
import { tokens } from '../../../../src/core/sql/tokens.ts';
import { valuesOf } from '../../../../src/core/sync/parameterValues.ts';

const names = (sql: string): string[] => parametersOf(sql).map(({ name }) => name);

describe('the parameters of a query', () => {
  it('are where SQL is, and not in strings, names and comments', () => {
    const sql = `select '\${date}', E'\\'\${date}', $$\${date}$$, $t$ \${date} $$ $t$, "\${date}" -- \${date}
      /* \${date} /* \${date} */ \${date} */, \${date}, a\${run_time}, f(\${ env:A_1 }), \${input:from.day}`;
    assert.deepEqual(names(sql), ['date', 'run_time', 'env:A_1', 'input:from.day']);
    for (const { start, length } of parametersOf(sql)) assert.match(sql.slice(start, start + length), /^\$\{.*\}$/);
    assert.deepEqual(inputsOf('${input:a}, ${input:b}', '${input:a}'), ['a', 'b']);
  });

  it('are known ones; others are named at their place', () => {
    const bad = ['', 'Date', 'env:', 'env:A-B', 'input:1', 'command:x', 'workspaceFolder', `input:${'x'.repeat(100)}`];
    for (const name of bad) {
      assert.throws(
        () => names(`select 1;\nselect \${${name}}`),
        ({ problem: { code, message, position } }: ProblemError) => {
          assert.equal(code, 'query-failed');
          assert.match(message, /^There is no parameter \$\{/);
          assert.deepEqual(position, { line: 2, column: 8 });
          return true;
        },
      );
    }
  });

  it('lose nothing: tokens are the text, and quoted text is in none of a parameter', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        `'`,
        `"`,
        '$$',
        '$a$',
        '--',
        '\n',
        '/*',
        '*/',
        '${date}',
        '${',
        '}',
        `E'`,
        '\\',
        ';',
        'a',
        '$1',
        ' ',
      ),
      fc.string({ maxLength: 3, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const sql = pieces.join('');
        const all = [...tokens(sql)];
        assert.equal(all.map(({ text }) => text).join(''), sql);
        for (const { start, text } of all) assert.equal(sql.slice(start, start + text.length), text);
        for (const { kind, text } of all) if (kind === 'parameter') assert.match(text, /^\$\{[^}\r\n]*\}$/);
      }),
      { numRuns: 500 },
    );
  });

  it('in a string of any text are none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        const text = `${before}\${date}${after}`;
        const quoted = `'${text.replaceAll(`'`, `''`)}'`;
        assert.deepEqual(names(`select ${quoted}, \${run_time}`), ['run_time']);
        assert.deepEqual(names(`select "${text.replaceAll('"', '""')}", \${run_time}`), ['run_time']);
      }),
    );
  });

  it('have values, of which each has its type', () => {
    const sql = 'select ${input:a}, ${input:b}, ${input:c}, ${input:d}, ${input:e}, ${env:HERE}, ${date}';
    const inputs = { a: "it's ${date}", b: 7, c: 1.5, d: true, e: null };
    assert.deepEqual(valuesOf(sql, inputs, { HERE: 'x' }), {
      'input:a': { type: 'VARCHAR', text: "it's ${date}" },
      'input:b': { type: 'BIGINT', text: '7' },
      'input:c': { type: 'DOUBLE', text: '1.5' },
      'input:d': { type: 'BOOLEAN', text: 'true' },
      'input:e': { type: 'VARCHAR', text: null },
      'env:HERE': { type: 'VARCHAR', text: 'x' },
    });
  });

  for (const [what, sql, code, message] of [
    ['an input that nobody gives', '${input:a}', 'invalid-argument', /“inputs\.a” is missing/],
    ['an input by a name that all objects have', '${input:toString}', 'invalid-argument', /missing/],
    ['a list', '${input:list}', 'invalid-argument', /“inputs\.list” must be text/],
    ['a number that has lost digits', '${input:big}', 'invalid-argument', /lost digits/],
    ['a variable that is not set', '${env:NOT_THERE}', 'query-failed', /NOT_THERE is not set/],
    ['a secret', '${env:AWS_SECRET_ACCESS_KEY}', 'query-failed', /may hold a secret/],
    ['a token', '${env:GITHUB_TOKEN}', 'query-failed', /may hold a secret/],
  ] as const) {
    it(`refuse ${what}`, () => {
      const env = { AWS_SECRET_ACCESS_KEY: '5ec3e7', GITHUB_TOKEN: '5ec3e7' };
      assert.throws(
        () => valuesOf(`select ${sql}`, { list: [], big: 2 ** 60 }, env),
        (error: Error & { code: string }) => {
          assert.equal(error.code, code);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /5ec3e7/);
          return true;
        },
      );
    });
  }
});
