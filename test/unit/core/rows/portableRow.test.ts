import assert from 'node:assert/strict';
import { portableRow } from '../../../../src/core/rows/portableRow.ts';

const COLUMNS = [{ name: 'a' }, { name: 'b' }];

/** What a value becomes on its way. */
function sent(value: unknown): unknown {
  return portableRow([value, null], 7, COLUMNS).values[0];
}

describe('portableRow', () => {
  it('copies rows and bytes, which the caller may use again', () => {
    const bytes = Buffer.from('abc');
    const row = [bytes, 1];
    const { values } = portableRow(row, 1, COLUMNS);
    bytes.fill(0);
    row[1] = 2;
    assert.deepEqual(values, [new Uint8Array([97, 98, 99]), 1]);
  });

  it('makes plain objects of others, by their toJSON where they have one', () => {
    class Money {
      readonly #cents = 1990;
      toJSON(): string {
        return String(this.#cents / 100);
      }
    }
    class Point {
      x = 1;
      get y(): number {
        return this.x + 1;
      }
    }
    assert.equal(sent(new Money()), '19.9');
    assert.deepEqual(sent([{ price: new Money() }, new Point()]), [{ price: '19.9' }, { x: 1 }]);
    const date = new Date(0);
    assert.equal(sent(date), date);
    assert.deepEqual(sent({ __proto__: null, a: undefined }), { a: undefined });
  });

  it('fills the holes of arrays, which would leave nothing between two commas', () => {
    assert.deepEqual(sent([Object.assign(new Array(3), { 1: 'x' })]), [[undefined, 'x', undefined]]);
  });

  it('knows about how large a row is', () => {
    assert.ok(portableRow(['x'.repeat(1000), { a: new Uint8Array(500) }], 1, COLUMNS).bytes >= 1500);
  });

  const circle: unknown[] = [];
  circle.push(circle);
  const wrong: [string, unknown, RegExp][] = [
    ['a function', () => 1, /A function is no value/],
    ['a symbol within', { a: [Symbol('s')] }, /A symbol is no value/],
    ['a Map', new Map([[1, 2]]), /kind Map/],
    ['a Float64Array', new Float64Array(2), /kind Float64Array/],
    ['a Promise', Promise.resolve(1), /kind Promise/],
    ['a circle', circle, /within itself/],
  ];
  for (const [title, value, why] of wrong) {
    it(`refuses ${title}, naming row and column`, () => {
      assert.throws(() => sent(value), { code: 'invalid-argument', message: why });
      assert.throws(() => sent(value), { message: /^Row 7, column “a”: .*Nothing was written\.$/ });
    });
  }

  it('refuses what is no row, or has another number of values', () => {
    for (const row of [5, null, { a: 1, b: 2 }, 'ab', new Map()]) {
      assert.throws(() => portableRow(row, 3, COLUMNS), {
        code: 'invalid-argument',
        message: /^Row 3 is not an array/,
      });
    }
    assert.throws(() => portableRow([1], 3, COLUMNS), { message: /^Row 3 has 1 values, but there are 2 columns/ });
  });
});
