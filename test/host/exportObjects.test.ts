import assert from 'node:assert/strict';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { baseName, BUCKET, type HostSession, openHostSession, problemOf, run } from './hostSession.ts';

const SQL = `SELECT * FROM (VALUES (1, 'a', true), (2, NULL, false), (3, '', NULL), (4, 'x,"y"
z', true)) AS t(id, name, flag)`;
const TEXT = {
  csv: 'id,name,flag\n1,a,true\n2,,false\n3,"",\n4,"x,""y""\nz",true\n',
  jsonl:
    '{"id":1,"name":"a","flag":true}\n{"id":2,"name":null,"flag":false}\n' +
    '{"id":3,"name":"","flag":null}\n{"id":4,"name":"x,\\"y\\"\\nz","flag":true}\n',
};
const PLAIN_TYPE = { csv: 'text/csv; charset=utf-8', jsonl: 'application/x-ndjson' };
const EMPTY = 'SELECT 1 AS id, 2 AS name WHERE false';

describe('what exportQuery writes', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  beforeEach(async () => session.addDestination('store'));
  afterEach(async () => session.clear());
  after(async () => session.close());

  const exportQuery = (request: Record<string, unknown>): Promise<RunResult> =>
    run<RunResult>('exportQuery', { destination: 'store', syncId: 'files', sql: SQL, ...request });

  for (const format of ['csv', 'jsonl'] as const) {
    for (const gzip of [true, false]) {
      it(`is ${format}, ${gzip ? 'gzipped' : 'plain'}`, async () => {
        const began = Date.now();
        const result = await exportQuery({ format, gzip });
        const { runId, files, startedAt, durationMs, manifest } = result;
        const key = `signalsmith/files/${runId}-00000.${format}${gzip ? '.gz' : ''}`;
        const object = await session.read(key);
        assert.equal(object.text, TEXT[format]);
        assert.equal(object.contentType, gzip ? 'application/gzip' : PLAIN_TYPE[format]);
        assert.equal(object.contentEncoding, undefined);
        assert.equal(object.metadata['run-id'], runId);
        assert.equal(object.metadata['sync-id'], 'files');
        assert.match(runId, /^\d{8}T\d{6}Z-[0-9a-f]{6}$/);
        assert.ok(new Date(startedAt).toISOString() === startedAt && Math.abs(Date.parse(startedAt) - began) < 60_000);
        assert.ok(durationMs > 0 && durationMs <= Date.now() - began);
        assert.equal(manifest, `signalsmith/_s3destinations/files/runs/${runId}.json`);
        assert.deepEqual(result, {
          runId,
          syncId: 'files',
          status: 'completed',
          mode: 'insert',
          format,
          rows: { read: 4, written: 4 },
          files: [{ key, bytes: object.bytes.length, rows: 4, sha256: object.sha256 }],
          manifest,
          replaced: [],
          startedAt,
          durationMs,
        });
        assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
        const latest = 'signalsmith/_s3destinations/files/latest.json';
        assert.deepEqual(await session.keys(), [latest, manifest, key].sort());
        for (const where of [manifest, latest]) {
          const written = JSON.parse((await session.read(where)).text) as { runId: string; files: object[] };
          const { etag } = object;
          assert.deepEqual([written.runId, written.files], [runId, files.map((file) => ({ ...file, etag }))]);
        }
      });
    }
  }

  it('follows the destination where nothing else is said', async () => {
    await session.addDestination('lines', { target: { format: 'jsonl', gzip: false }, pathPrefix: '' });
    const { format, files } = await exportQuery({ destination: 'lines' });
    assert.equal(format, 'jsonl');
    assert.match(files[0]!.key, /^files\/[^/]+\.jsonl$/);
    assert.equal((await session.read(files[0]!.key)).text, TEXT.jsonl);
  });

  it('goes where the destination says: two of them do not meet', async () => {
    session.s3.createBucket('other-data');
    await session.addDestination('daily', { pathPrefix: 'daily' });
    await session.addDestination('other', { bucket: 'other-data' });
    const runs = await Promise.all(['store', 'daily', 'other'].map((destination) => exportQuery({ destination })));
    const folders = runs.map(({ files }) => files[0]!.key.slice(0, -baseName(files[0]!.key).length));
    assert.deepEqual(folders, ['signalsmith/files/', 'daily/files/', 'signalsmith/files/']);
    const here = (await session.keys()).filter((key) => !key.includes('_s3destinations'));
    assert.deepEqual(here, [runs[1]!.files[0]!.key, runs[0]!.files[0]!.key]);
    const there = session.s3.requests.filter(({ op, bucket }) => op === 'PutObject' && bucket === 'other-data');
    assert.ok(there.some(({ key }) => key === runs[2]!.files[0]!.key));
    assert.ok(there.every(({ bucket }) => bucket !== BUCKET));
  });

  it('adds to what earlier runs have put there', async () => {
    const first = await exportQuery({});
    const second = await exportQuery({ sql: 'SELECT 1 AS n' });
    assert.notEqual(second.runId, first.runId);
    const data = (await session.keys()).filter((key) => key.startsWith('signalsmith/files/'));
    assert.deepEqual(data, [first.files[0]!.key, second.files[0]!.key].sort());
  });

  it('is nothing for an empty result', async () => {
    const { files, rows, status, manifest } = await exportQuery({ sql: EMPTY });
    assert.deepEqual([files, rows, status, manifest], [[], { read: 0, written: 0 }, 'completed', undefined]);
    await session.assertNothingThere();
  });

  it('is a header for an empty result, where that is wanted', async () => {
    const { files } = await exportQuery({ sql: EMPTY, emptyFile: true, gzip: false });
    assert.equal((await session.read(files[0]!.key)).text, 'id,name\n');
    const lines = await exportQuery({ sql: EMPTY, emptyFile: true, format: 'jsonl' });
    assert.equal((await session.read(lines.files[0]!.key)).text, '');
  });

  it('is named by a template', async () => {
    const fileName = '{sync_id}/dt={yyyy}-{MM}-{dd}/{HH}{mm}{ss}-{run_time}-{run}-{part}-end.{ext}';
    const { files, runId } = await exportQuery({ fileName, format: 'jsonl' });
    const [time = '', random = ''] = runId.split('-');
    const [, year = '', month = '', day = '', clock = ''] = /^(\d{4})(\d\d)(\d\d)T(\d{6})Z$/.exec(time) ?? [];
    const name = `files/dt=${year}-${month}-${day}/${clock}-${time}-${random}-00000-end.jsonl.gz`;
    assert.equal(files[0]!.key, `signalsmith/files/${name}`);
    assert.equal((await session.read(files[0]!.key)).text, TEXT.jsonl);
  });

  it('never takes the place of an object that is there', async () => {
    const { files } = await exportQuery({ fileName: 'fixed.csv.gz' });
    const { code } = await problemOf(exportQuery({ fileName: 'fixed.csv.gz', sql: 'SELECT 5 AS n' }));
    assert.equal(code, 'object-exists');
    assert.equal((await session.read(files[0]!.key)).text, TEXT.csv);
  });
});
