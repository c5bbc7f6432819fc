import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobSummary } from '../../exporter/protocol.ts';
import type { Destination } from '../destination/destination.ts';
import type { Staging } from '../s3/staging.ts';
import type { ExportRequest } from './exportRequest.ts';
import type { StateFacts } from './manifest.ts';
import { type RunId, runIdText } from './runId.ts';
import { runMetadata } from './stageFiles.ts';
import { stateKey } from './syncKeys.ts';

const STATE_TYPE = 'application/vnd.apache.parquet';
const CHUNK_BYTES = 1024 * 1024;

/** Makes a folder of this run's own for states. @param temporary where; the system's temporary folder by default */
export async function stateFolder(temporary: string | undefined): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(temporary ?? tmpdir(), 's3-destinations-state-'));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Where in such a folder the exporter puts the state of the run. */
export function stateFile(folder: string): string {
  return path.join(folder, 'state.parquet');
}

/**
 * Stages the state that the exporter has made, so that it becomes visible with the data.
 * @param folder where it lies
 * @throws the SDK's error, or the disk's
 */
export async function stageState(
  { destination, request }: { destination: Destination; request: ExportRequest },
  run: RunId,
  staging: Staging,
  folder: string,
  { columns, members }: JobSummary,
): Promise<StateFacts> {
  const key = stateKey(destination.pathPrefix, request.syncId, runIdText(run));
  const hash = createHash('sha256');
  let bytes = 0;
  const content = async function* (): AsyncGenerator<Buffer> {
    const chunks: AsyncIterable<Buffer> = createReadStream(stateFile(folder), { highWaterMark: CHUNK_BYTES });
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  await staging.put({ key, contentType: STATE_TYPE, metadata: runMetadata(run, request.syncId) }, content());
  return { key, bytes, sha256: hash.digest('hex'), keyColumns: members?.keyColumns ?? [], columns };
}
