import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { BUCKET, type HostSession, openHostSession, run } from './hostSession.ts';
import { DEMO_ADMIN } from '../s3/server.ts';

const RUN_ID = '20260101T000000Z-abcdef';
const KEY = `signalsmith/left/${RUN_ID}-00000.csv`;
/** No process has this number. */
const GONE = 2 ** 30;

describe('recoverRuns, after an editor was killed', () => {
  let session: HostSession;
  let client: S3Client;
  before(async () => {
    session = await openHostSession();
    const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
    const credentials = { accessKeyId, secretAccessKey };
    client = new S3Client({ endpoint: session.s3.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  });
  beforeEach(() => session.addDestination('store'));
  afterEach(() => session.clear());
  after(async () => {
    client.destroy();
    await session.close();
  });

  /** An upload of one part, as a run has it that was killed. */
  async function upload(): Promise<{ uploadId: string; parts: object[] }> {
    const object = { Bucket: BUCKET, Key: KEY };
    const { UploadId = '' } = await client.send(
      new CreateMultipartUploadCommand({ ...object, Metadata: { 'run-id': RUN_ID } }),
    );
    const part = { ...object, UploadId, PartNumber: 1, Body: 'n\n1\n' };
    const { ETag } = await client.send(new UploadPartCommand(part));
    return { uploadId: UploadId, parts: [{ PartNumber: 1, ETag }] };
  }

  async function unfinished(): Promise<number> {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    return Uploads.length;
  }

  /** What such a run has written down. */
  function leaveJournal(steps: readonly object[]): string {
    const head = {
      ...{ runId: RUN_ID, syncId: 'left', locked: false, startedAt: new Date().toISOString() },
      destination: { name: 'store', bucket: BUCKET, endpoint: session.s3.endpoint, pathPrefix: 'signalsmith/' },
      owner: { machine: 'here', pid: GONE },
    };
    const lines = [{ head }, ...steps].map((line) => `${JSON.stringify(line)}\n`);
    const journals = path.join(storage(), 'journals');
    mkdirSync(journals, { recursive: true });
    writeFileSync(path.join(journals, `${RUN_ID}-1.jsonl`), lines.join(''));
    return journals;
  }

  it('removes the uploads of a run that was staging', async () => {
    const { uploadId } = await upload();
    const journals = leaveJournal([{ creating: KEY }, { created: { key: KEY, uploadId } }]);
    assert.deepEqual(await run('recoverRuns'), { finished: 0, removed: 1, failed: 0 });
    assert.deepEqual([await unfinished(), readdirSync(journals)], [0, []]);
    await session.assertNothingThere();
  });

  it('removes an upload whose answer had not come', async () => {
    await upload();
    leaveJournal([{ creating: KEY }]);
    assert.deepEqual(await run('recoverRuns'), { finished: 0, removed: 1, failed: 0 });
    assert.equal(await unfinished(), 0);
  });

  it('finishes a run that was being committed', async () => {
    const { uploadId, parts } = await upload();
    const file = { key: KEY, bytes: 4, rows: 1, sha256: 'ab' };
    const manifest = {
      ...{ version: 1, runId: RUN_ID, syncId: 'left', status: 'completed', kind: 'model', mode: 'insert' },
      ...{ format: 'csv', gzip: false, rows: { read: 1, written: 1 }, files: [file], columns: [], replaced: [] },
      ...{ startedAt: '2026-01-01T00:00:00.000Z', durationMs: 1, committedAt: '2026-01-01T00:00:01.000Z' },
    };
    const commit = {
      ...{ version: 1, state: 'committing', runId: RUN_ID, syncId: 'left', owner: 'here:1', onlyNew: false },
      ...{ uploads: [{ key: KEY, uploadId, parts }], manifest, replace: [] },
    };
    leaveJournal([{ creating: KEY }, { created: { key: KEY, uploadId } }, { commit }]);
    assert.deepEqual(await run('recoverRuns'), { finished: 1, removed: 0, failed: 0 });
    assert.equal((await session.read(KEY)).text, 'n\n1\n');
    const side = 'signalsmith/_s3destinations/left/';
    assert.deepEqual(await session.keys(), [`${side}latest.json`, `${side}runs/${RUN_ID}.json`, KEY].sort());
    assert.equal(await unfinished(), 0);
  });
});

/** Where the extension keeps what belongs to no workspace. */
function storage(): string {
  const data = path.dirname(process.env.S3_DESTINATIONS_TEST_LOGS ?? '');
  return path.join(data, 'User/globalStorage/s3destinations.s3-destinations');
}
