import assert from 'node:assert/strict';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { tokens, withPlainSpaces } from '../../../../src/core/sql/tokens.ts';
import { splitStatements } from '../../../../src/exporter/duckdb/statements.ts';

const texts = (sql: string): string[] => splitStatements(sql).map(({ text }) => text.trim());

describe('splitStatements', () => {
  const whole = [
    `select 'a;b'`,
    `select 'it''s; fine'`,
    `select 'type e'`,
    `select 'a\\'`,
    `select "a;b" from "x""; y"`,
    `select E'a\\';b'`,
    `select e'it''s \\\\', E'\\';'`,
    `select $$a;b$$`,
    `select $$ ; $a$ ; $$`,
    `select $tag$ ; $other$ ; $$ ; $tag$`,
    `select $é$;$é$`,
    `select 1 as a$b$`,
    `select 1 -- ;\n`,
    `select 1 -- it's; "so" $$\n, 2`,
    `select 1 /* ; ' " $$ */ + 1`,
    `select /* a /* b ; */ ; */ 1`,
    `select 4 -/**/- 2`,
    `select 1 as é`,
    `select x';'`,
  ];
  for (const sql of whole) {
    it(`leaves ${JSON.stringify(sql)} whole, and sees what follows it`, () => {
      assert.deepEqual(texts(sql), [sql.trim()]);
      assert.deepEqual(texts(`${sql}; select 2`), [sql.trim(), 'select 2']);
      assert.deepEqual(texts(`select 0;${sql};`), ['select 0', sql.trim()]);
    });
  }

  it('lets what is not terminated run to the end', () => {
    for (const open of [`'a`, `"a`, `$$a`, `$t$a$$`, `/* a`, `/* /* a */`, `-- a`, `E'a`, `E'a\\'`, `E'a\\`]) {
      assert.deepEqual(texts(`select 1; select ${open}; select 3`), ['select 1', `select ${open}; select 3`], open);
    }
  });

  it('leaves out what says nothing', () => {
    for (const sql of ['', ' \r\n\t', ';', ' ; ;; ', '-- only', '/* only */', ';-- a;\n/* b; */;', '\u00a0;\ufeff']) {
      assert.deepEqual(splitStatements(sql), [], JSON.stringify(sql));
    }
    assert.deepEqual(texts(';;select 1;; -- end;'), ['select 1']);
  });

  it('ends a comment with its line, however that ends', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      assert.deepEqual(texts(`select 1 -- a${end}; select 2`), [`select 1 -- a`, 'select 2'], JSON.stringify(end));
    }
  });

  it('tells where statements start', () => {
    const sql = `-- é\nselect 'ü;';\r\n  select 2;`;
    const [first, second] = splitStatements(sql);
    assert.deepEqual(first, { text: `-- é\nselect 'ü;'`, start: 0 });
    assert.deepEqual(second, { text: `\r\n  select 2`, start: sql.indexOf(';\r') + 1 });
  });

  it('splits large texts', () => {
    for (const open of [`'`, `"`, `$$`, `/*`, `E'`, `--`, `a`]) {
      const sql = `select ${open}${'ab '.repeat(3_000_000)}`;
      assert.equal(splitStatements(sql).length, 1, open);
    }
    assert.equal(splitStatements(`select E'${'\\n'.repeat(100_000)}';`.repeat(3)).length, 3);
    assert.equal(splitStatements(`select '${"''".repeat(100_000)}';`.repeat(3)).length, 3);
  });

  it('loses nothing: the statements stand in the text where they say, with nothing but semicolons between', () => {
    const piece = fc.constantFrom(
      ...`;|'|''|"|$$|$a$|--|/*|*/|\n|\r|E'|\\|a|é|$|1| |e|;;|select 1`.split('|'),
      '\u00a0',
    );
    const text = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (sql) => {
        let at = 0;
        for (const { text: statement, start } of splitStatements(sql)) {
          assert.equal(sql.slice(start, start + statement.length), statement);
          assert.ok(start >= at);
          at = start + statement.length;
          assert.ok(at === sql.length || sql[at] === ';');
          assert.deepEqual(
            splitStatements(statement).map(({ text: same }) => same),
            [statement],
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('splitStatements and the engine', () => {
  let connection: DuckDBConnection;

  before(async () => (connection = await (await DuckDBInstance.create(':memory:')).connect()));
  after(() => connection.closeSync());

  it('take the same characters for space', async () => {
    for (let code = 1; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      if (!/[\s\p{C}\p{Z}]/u.test(character)) continue;
      const isSpace = await connection.prepare(`select${character}1 as a`).then(
        (prepared) => prepared.columnCount === 1,
        () => false,
      );
      const [first, second] = tokens(`select${character}1 as a`);
      const isOurs = first?.text === 'select' && second?.kind === 'space';
      // An operator, or a space.
      if (isSpace && code > 0x7f) assert.ok(isOurs, code.toString(16));
      const plain = withPlainSpaces(`select${character}1 as a`);
      // What is space here only is one for the engine, too, by the time that it sees it.
      if (isOurs && code > 0x7f) assert.equal(plain, 'select 1 as a', code.toString(16));
    }
  });

  it('see the same statements', async () => {
    const inside = fc.constantFrom(';', '"', '$$', '--', '/*', '*/', '\n', 'a', 'é', '$a$', ' e', 'E', '\\\\', '\r');
    const content = fc.array(inside, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const value = content.chain((c) =>
      fc.constantFrom(
        `'${c}'`,
        `'${c}'''`,
        `E'${c}\\';'`,
        `e'''${c}'`,
        `1 as "${c.replaceAll('"', '""')}x"`,
        `$q$${c}$q$`,
        `1 as x$${c.replace(/[^a$]/g, '')}`,
        `1 /* ${c.replaceAll('/', '').replaceAll('*', '')} */`,
        `/* /* ${c.replaceAll('/', '')} */ ; */ 1`,
        `1 -- ${c.replace(/[\r\n]/g, '')}\n`,
      ),
    );
    const sql = fc
      .array(value, { minLength: 1, maxLength: 5 })
      .map((values) => values.map((v) => `select ${v}`).join(';'));
    await fc.assert(
      fc.asyncProperty(sql, async (text) => {
        const { count } = await connection.extractStatements(text);
        assert.equal(splitStatements(text).length, count);
      }),
      { numRuns: 500 },
    );
  });
});
