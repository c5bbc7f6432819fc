import assert from 'node:assert/strict';
import fc from 'fast-check';
import { latestOf, type Manifest, parseLatest, parseManifest } from '../../../../src/core/sync/manifest.ts';
import { manifestKey, runsFolder } from '../../../../src/core/sync/syncKeys.ts';

const manifest: Manifest = {
  version: 1,
  runId: '20261122T210301Z-7f3a9c',
  syncId: 'users',
  status: 'completed',
  kind: 'model',
  mode: 'insert',
  format: 'csv',
  gzip: true,
  columns: [{ name: 'id', type: 'BIGINT' }],
  rows: { read: 1, written: 1 },
  files: [{ key: 'signalsmith/users/20261122T210301Z-7f3a9c-00000.csv.gz', bytes: 20, rows: 1, sha256: 'ab' }],
  replaced: [],
  startedAt: '2026-11-22T21:03:01.000Z',
  durationMs: 5,
  committedAt: '2026-11-22T21:03:01.005Z',
};
const text = `${JSON.stringify(manifest, null, 2)}\n`;

describe('manifests', () => {
  it('know nothing of an object whose store has answered with an empty ETag', () => {
    const [file] = manifest.files;
    const read = parseManifest(JSON.stringify({ ...manifest, files: [{ ...file, etag: '' }] }));
    assert.deepEqual(read, manifest);
  });

  it('lie beside the data, one for each run', () => {
    assert.equal(runsFolder('/p', 'users'), 'p/_s3destinations/users/runs/');
    assert.equal(manifestKey('p', 'users', manifest.runId), `p/_s3destinations/users/runs/${manifest.runId}.json`);
    assert.equal(manifestKey('', 'users', 'r'), '_s3destinations/users/runs/r.json');
  });

  it('are read back as they were written', () => assert.deepEqual(parseManifest(text), manifest));

  it('are nothing when they break off', () => {
    for (let length = 0; length < text.trimEnd().length; length++) {
      assert.equal(parseManifest(text.slice(0, length)), undefined, text.slice(0, length));
    }
  });

  it('are nothing when they are not JSON, or not a manifest, or of another version', () => {
    const others = [
      '',
      'null',
      '1',
      '"1"',
      '[]',
      '{}',
      'true',
      '<Error/>',
      '{"version":1}',
      '{"version":1,"files":{}}',
    ];
    for (const other of others) assert.equal(parseManifest(other), undefined, other);
    for (const version of [0, 2, '1', null]) {
      assert.equal(parseManifest(JSON.stringify({ ...manifest, version })), undefined);
    }
  });

  it('are nothing without what others rely on, as what names the current set is', () => {
    const latest = latestOf(manifest, 'signalsmith/_s3destinations/users/runs/x.json');
    assert.deepEqual(parseLatest(JSON.stringify(latest)), latest);
    const [file] = manifest.files;
    const lists = [
      ...[undefined, null, 'x', [null], [{}], [[]]].flatMap((list) => [{ files: list }, { columns: list }]),
      ...[{ files: [{ ...file, key: 1 }] }, { files: [{ ...file, bytes: '1' }] }, { runId: 1 }, { mode: null }],
    ];
    for (const wrong of lists) {
      assert.equal(parseManifest(JSON.stringify({ ...manifest, ...wrong })), undefined, JSON.stringify(wrong));
      assert.equal(parseLatest(JSON.stringify({ ...latest, ...wrong })), 'damaged', JSON.stringify(wrong));
    }
    for (const wrong of [{ rows: undefined }, { rows: { read: 1 } }, { replaced: undefined }])
      assert.equal(parseManifest(JSON.stringify({ ...manifest, ...wrong })), undefined, JSON.stringify(wrong));
    assert.equal(parseLatest(JSON.stringify({ ...latest, manifest: undefined })), 'damaged');
  });

  it('never fail to be looked at, whatever was made of them', () => {
    fc.assert(fc.property(fc.json(), (json) => assert.equal(parseManifest(json), undefined)));
    const change = fc.tuple(fc.nat(text.length), fc.nat(20), fc.string());
    fc.assert(
      fc.property(change, ([at, length, put]) => {
        const read = parseManifest(text.slice(0, at) + put + text.slice(at + length));
        assert.ok(read === undefined || Array.isArray(read.files));
      }),
    );
  });
});
