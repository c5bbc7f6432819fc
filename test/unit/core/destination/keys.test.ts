import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  DEFAULT_PATH_PREFIX,
  isSyncFolderName,
  normalisePathPrefix,
  pathPrefixBreach,
  s3Uri,
  sideFolder,
  syncFolder,
  syncIdBreach,
} from '../../../../src/core/destination/keys.ts';

/** Made of what matters to prefixes, so that slashes and white space meet in every way. */
const prefix = fc
  .array(fc.constantFrom('/', ' ', 'a', 'B9', '.', '..', 'é', '\u00a0', '\t', '_', '-'), { maxLength: 12 })
  .map((pieces) => pieces.join(''));
const syncId = fc.stringMatching(/^[A-Za-z0-9-][A-Za-z0-9._-]{0,127}$/);

describe('path prefixes', () => {
  it('have one form', () => {
    const forms: [string, string][] = [
      ['signalsmith/', 'signalsmith/'],
      ['signalsmith', 'signalsmith/'],
      ['/signalsmith', 'signalsmith/'],
      ['///a/b///', 'a/b///'],
      ['  a/b  ', 'a/b/'],
      ['a b', 'a b/'],
      ['', ''],
      ['/', ''],
      [' / ', ''],
      ['/ a', 'a/'],
    ];
    for (const [given, form] of forms) assert.equal(normalisePathPrefix(given), form, JSON.stringify(given));
    assert.equal(normalisePathPrefix(DEFAULT_PATH_PREFIX), 'signalsmith/');
  });

  it('stay as they are once they have that form', () => {
    fc.assert(
      fc.property(prefix, (given) => {
        const normal = normalisePathPrefix(given);
        assert.equal(normalisePathPrefix(normal), normal);
        assert.ok(normal === '' || (normal.endsWith('/') && !normal.startsWith('/')));
      }),
    );
  });

  it('are judged alike before and after', () => {
    fc.assert(fc.property(prefix, (p) => assert.equal(pathPrefixBreach(normalisePathPrefix(p)), pathPrefixBreach(p))));
  });

  it('are refused for the reason', () => {
    const wrong: [string, RegExp][] = [
      ['a//b', /Two slashes/],
      ['a//', /Two slashes/],
      ['a/../b', /“\.” or “\.\.”/],
      ['..', /“\.” or “\.\.”/],
      ['./a', /“\.” or “\.\.”/],
      ['a\nb', /control/],
      ['a\u0000', /control/],
      ['a\u0085b', /control/],
      ['é'.repeat(256), /at most 512 bytes/],
    ];
    for (const [given, reason] of wrong) assert.match(pathPrefixBreach(given) ?? '', reason, given);
    for (const fine of ['', '/', 'a', 'a/b/', '.a/..b/c.', 'é/日本', 'a'.repeat(511), ' a ']) {
      assert.equal(pathPrefixBreach(fine), undefined, fine);
    }
  });
});

describe('folders', () => {
  it('are the same whichever form the prefix has: what is written is what is listed', () => {
    fc.assert(
      fc.property(prefix, syncId, (given, id) => {
        const normal = normalisePathPrefix(given);
        assert.equal(syncFolder(given, id), `${normal}${id}/`);
        assert.equal(syncFolder(given, id), syncFolder(normal, id));
        assert.equal(sideFolder(given, id), `${normal}_s3destinations/${id}/`);
      }),
    );
  });

  it('of one sync hold nothing of another, nor of what lies beside the data', () => {
    fc.assert(
      fc.property(syncId, syncId, (a, b) => {
        assert.equal(syncFolder('p', a).startsWith(syncFolder('p', b)), a === b);
        assert.ok(!sideFolder('p', a).startsWith(syncFolder('p', b)));
      }),
    );
    assert.equal(isSyncFolderName('_s3destinations'), false);
  });

  it('have URIs', () => assert.equal(s3Uri('b', syncFolder('p', 's')), 's3://b/p/s/'));
});

describe('sync ids', () => {
  it('are taken when they have the form', () => {
    fc.assert(fc.property(syncId, (id) => assert.equal(syncIdBreach(id), undefined)));
  });

  it('are refused for the reason', () => {
    const wrong: [string, RegExp][] = [
      ['', /required/],
      ['a'.repeat(129), /at most 128/],
      ['.a', /begin with a dot/],
      ['_a', /begin with a dot/],
      ['..', /begin with a dot/],
    ];
    for (const [id, reason] of wrong) assert.match(syncIdBreach(id) ?? '', reason, id);
    const strange = fc.string({ unit: 'binary' }).filter((text) => /[^A-Za-z0-9._-]/.test(text));
    fc.assert(fc.property(strange, (id) => assert.notEqual(syncIdBreach(id), undefined)));
    for (const id of ['a/b', 'a b', 'é', 'a\n']) assert.match(syncIdBreach(id) ?? '', /consists of/, id);
  });
});
