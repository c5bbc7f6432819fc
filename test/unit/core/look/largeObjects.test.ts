import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { sideBySide } from '../../../../src/core/sideBySide.ts';
import type { Taken } from './largeObjects.ts';

const MOST_MIB = 200;
const AT_ONCE = 2;

/** A process for each, as memory is not given back. */
async function child(...args: string[]): Promise<string> {
  const file = path.join(import.meta.dirname, 'largeObjects.ts');
  return (await promisify(execFile)(process.execPath, [file, ...args])).stdout.trim();
}

describe('the preview of objects of gigabytes', function () {
  this.timeout(90_000);
  let taken: Map<string, Taken>;
  before(async () => {
    const names = (await child()).split('\n');
    taken = new Map();
    await sideBySide(names, AT_ONCE, async (name) => {
      taken.set(name, JSON.parse(await child(name)) as Taken);
    });
  });
  const of = (name: string): Taken => taken.get(name) ?? assert.fail(name);

  it('takes little memory, whatever is in them, and lets the editor go on', () => {
    for (const { name, grownMiB, blockedMs } of taken.values()) {
      assert.ok(grownMiB < MOST_MIB, `${name}: ${Math.round(grownMiB)} MiB`);
      // The target is a tenth of it on a quiet machine.
      assert.ok(blockedMs < 2000, `${name}: ${Math.round(blockedMs)} ms`);
    }
  });

  it('transfers what is shown, in no time', () => {
    for (const name of ['large.csv.gz', 'large.jsonl', 'wide.csv']) {
      const { ms, transferred, rows } = of(name);
      assert.ok(transferred < 4e6, `${name}: ${transferred} bytes`);
      // The target is one second on a quiet machine.
      assert.ok(ms < 4000, `${name}: ${ms} ms`);
      assert.ok(rows[0] === 1000 && rows[1] >= 50_000, `${name}: ${rows.join(' ')}`);
    }
  });

  it('says what cannot be shown', () => {
    const says = (name: string, text: RegExp): void => assert.match(of(name).messages.join(' '), text, name);
    says('columns.csv', /^There are 100,000 columns: the first 1,000 are shown. A preview/);
    says('keys.jsonl', /more than 1,000 keys/);
    for (const name of ['quote.csv', 'bomb.csv.gz']) says(name, /Row 2, which begins at line 3, is longer than/);
    says('line.jsonl', /Line 2 is longer than/);
    says('line.txt', /Line 1 is longer than/);
    says('bomb-of-rows.csv.gz', /A preview holds no more than these .* rows/);
    for (const { name, error } of taken.values()) assert.equal(error, undefined, name);
  });
});
