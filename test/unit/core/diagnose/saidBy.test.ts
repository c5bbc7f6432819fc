import assert from 'node:assert/strict';
import { saidBy, withoutLinks } from '../../../../src/core/diagnose/saidBy.ts';

/** What the editor makes a link of in a notification. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

describe('saidBy', () => {
  it('leaves nothing that the editor would take for more than text', () => {
    for (const text of [
      'See [this](command:workbench.action.quit)',
      '[[a](https://x.example)](file:///etc/passwd "b")',
    ]) {
      assert.match(text, LINK);
      assert.doesNotMatch(saidBy(text), LINK);
      assert.doesNotMatch(withoutLinks(text), LINK);
    }
    assert.equal(saidBy(' one\r\n\ttwo\u001b[31m \u202Eeno\u0000 '), 'one two [31m eno');
  });

  it('ends', () => {
    assert.ok(saidBy('x'.repeat(5_000_000)).length < 1100);
    assert.equal(saidBy('Access Denied'), 'Access Denied');
  });
});
