import assert from 'node:assert/strict';
import path from 'node:path';
import fc from 'fast-check';
import { objectOfPath, objectPath } from '../../../../src/core/look/objectPath.ts';

describe('the path of an object', () => {
  const part = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', '.', '..', '‹›', '‹..›', '%2F', 'a b+c?#"', '›‹'),
  );
  const key = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));

  it('names every key of every destination, and survives being brought into normal form', () => {
    fc.assert(
      fc.property(
        part.filter((name) => name !== ''),
        key,
        (destination, name) => {
          const made = objectPath({ destination, key: name });
          assert.equal(path.posix.normalize(made), made);
          assert.deepEqual(objectOfPath(made), { destination, key: name });
        },
      ),
    );
  });

  it('is readable where nothing stands against it', () => {
    assert.equal(objectPath({ destination: 'prod', key: 'a/one/x.csv' }), '/prod/a/one/x.csv');
    assert.equal(objectPath({ destination: 'a/b', key: 'a//..' }), '/a%2Fb/a/‹›/‹..›');
    assert.deepEqual(objectOfPath('/prod/a/one/'), { destination: 'prod', key: 'a/one' });
  });
});
