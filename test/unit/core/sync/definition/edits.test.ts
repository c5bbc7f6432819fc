import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applied, changesFor, changesToAdd } from '../../../../../src/core/sync/definition/edits.ts';
import { parseSyncs } from '../../../../../src/core/sync/definition/parseSyncs.ts';
import { USERS } from './syncs.ts';

const TEXT = `{
    // What goes out every night.
    "syncs": [
        { "id": "users", "destination": "prod", "model": "a.sql" }, // all of them
    ],
}
`;

describe('edits of definitions', () => {
  it('change a value, and leave comments and layout alone', () => {
    assert.equal(
      applied(TEXT, changesFor(TEXT, ['syncs', 0, 'destination'], 'other')),
      TEXT.replace('"prod"', '"other"'),
    );
    assert.match(
      applied(TEXT, changesFor(TEXT, ['syncs', 0, 'primaryKey'], ['id'])),
      /night\.[^]*"primaryKey": \[\s*"id"\s*\][^]*\/\/ all of them/,
    );
  });

  it('take a property away', () => {
    const text = applied(TEXT, changesFor(TEXT, ['syncs', 0, 'model'], undefined));
    assert.match(text, /\{\s*"id": "users",\s*"destination": "prod"\s*\}, \/\/ all of them/);
  });

  it('add a sync behind the others, laid out as they are', () => {
    const text = applied(TEXT, changesToAdd(TEXT, USERS));
    assert.match(text, /\n {8}\{\n {12}"id": "users",\n/);
    assert.match(text, /\/\/ What goes out every night\.[^]*\/\/ all of them/);
    const { syncs, findings } = parseSyncs(text);
    assert.deepEqual([syncs.length, findings.length], [2, 0]);
  });

  it('begin a file', () => {
    for (const text of ['', ' \n', '{}', '// none yet\n{\n  "syncs": []\n}\n']) {
      const { syncs, findings } = parseSyncs(applied(text, changesToAdd(text, USERS)));
      assert.deepEqual([syncs.length, findings.length], [1, 0], text);
    }
  });

  it('leave a file that can be read, whatever is added and changed', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 5 }),
        fc.constantFrom<string[]>('', TEXT, '{\r\n\t"syncs": [\r\n\t]\r\n}'),
        (ids, start) => {
          let text = start;
          for (const id of ids) text = applied(text, changesToAdd(text, { ...USERS, id }));
          const { syncs, findings } = parseSyncs(text);
          assert.deepEqual([syncs.map(({ id }) => id).slice(-ids.length), findings], [ids, []]);
          assert.ok(!start.includes('\r') || !/[^\r]\n/.test(text));
        },
      ),
    );
  });
});
