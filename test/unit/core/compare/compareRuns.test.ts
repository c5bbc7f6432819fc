import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { compareRuns, type RunsComparison } from '../../../../src/core/compare/compareRuns.ts';
import { openStore } from '../../../../src/core/s3/store.ts';
import type { RunResult } from '../../../../src/core/sync/runResult.ts';
import { Bucket } from '../s3/bucket.ts';

const FIRST = `select * from (values (1, 'a'), (2, NULL), (3, 'c')) as v(id, name)`;
const SECOND = `select * from (values (1, 'a'), (2, NULL), (3, 'd')) as v(id, name)`;

describe('comparing two runs of a sync', () => {
  let bucket: Bucket;
  before(async () => (bucket = await Bucket.create()));
  afterEach(async () => {
    await bucket.clear();
    bucket.reset();
  });
  after(() => bucket.stop());

  const compare = async (one: RunResult, other: RunResult, target: object = {}): Promise<RunsComparison> => {
    const destination = bucket.destination({ target });
    const store = openStore(destination);
    try {
      return await compareRuns({
        ...{ destination, store, syncId: 's', runIds: [one.runId, other.runId], key: ['id'], samples: 5 },
        ...{ exporter: bucket.workspace.options(), signal: new AbortController().signal, onProgress: () => undefined },
      });
    } finally {
      store.close();
    }
  };
  const counts = ({ found: { added, changed, removed, unchanged } }: RunsComparison): number[] => [
    added,
    changed,
    removed,
    unchanged,
  ];

  it('reads CSV as each run has written it, whatever the destination says by now', async () => {
    const one = await bucket.run(FIRST, { syncId: 's', csv: { delimiter: '^', nullText: 'NULL' } });
    const other = await bucket.run(SECOND, { syncId: 's', csv: { delimiter: 'x', header: false, crlf: true } });
    assert.deepEqual(counts(await compare(one, other)), [0, 1, 0, 2]);
    assert.deepEqual(counts(await compare(one, other, { csv: { delimiter: '~', nullText: 'a' } })), [0, 1, 0, 2]);
  });

  it('tells whole files apart by what the manifests say, or by their ETags where one is gone', async () => {
    const files = async (...texts: string[]): Promise<RunResult> => {
      const names = ['same.txt', 'other.txt'].slice(0, texts.length);
      const listed = names.map((name) => ({ name, path: path.join(bucket.workspace.folder, name) }));
      listed.forEach((file, i) => writeFileSync(file.path, texts[i] ?? ''));
      return bucket.run(
        { kind: 'files', files: listed, convert: false },
        { syncId: 's', gzip: false, emptyFile: true },
      );
    };
    const one = await files('a', 'b');
    const other = await files('a', 'c');
    assert.deepEqual(counts(await compare(one, other)), [0, 1, 0, 1]);
    await bucket.remove(one.manifest!);
    bucket.s3.requests.length = 0;
    const byEtag = await compare(one, other);
    assert.deepEqual(counts(byEtag), [0, 1, 0, 1]);
    assert.match(byEtag.notes.join(' '), /by ETag/);
    const asked = new Set(bucket.s3.requests.map(({ op }) => op));
    assert.deepEqual([...asked].sort(), ['GetObject', 'HeadObject', 'ListObjectsV2']);
  });

  it('reads nothing outside the prefix, whatever a manifest names', async () => {
    const [one, other] = [await bucket.run(FIRST, { syncId: 's' }), await bucket.run(SECOND, { syncId: 's' })];
    await bucket.put('secret.csv', 'id,name\n1,secret\n');
    const manifest = (await bucket.bytes(one.manifest!)).toString();
    await bucket.put(one.manifest!, manifest.replace(one.files[0]!.key, 'secret.csv'));
    assert.equal((await bucket.problemOf(compare(one, other))).code, 'invalid-argument');
  });

  it('says that a table was copied as it was, and not that it had no format', async () => {
    const file = path.join(bucket.workspace.folder, 'v.csv');
    writeFileSync(file, 'id,name\n1,a\n2,\n');
    const source = { kind: 'files' as const, files: [{ name: 'v.csv', path: file }], convert: false };
    const copied = await bucket.run(source, { syncId: 's', gzip: false, emptyFile: true });
    const written = await bucket.run(SECOND, { syncId: 's', csv: { delimiter: '^' } });
    const compared = await compare(copied, written);
    assert.deepEqual(counts(compared), [1, 0, 0, 2]);
    assert.ok(compared.notes.includes('Before, a file was copied as it was; after, rows were written as csv.'));
  });
});
