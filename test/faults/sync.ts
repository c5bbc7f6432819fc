import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseDestination } from '../../src/core/destination/destination.ts';
import { openStore, type Store } from '../../src/core/s3/store.ts';
import { exportRun } from '../../src/core/sync/exportRun.ts';
import { parseExportRequest } from '../../src/core/sync/exportRequest.ts';
import { deadRuns, recoverRun } from '../../src/core/sync/recovery.ts';
import type { RunResult } from '../../src/core/sync/runResult.ts';

/** Where a sync under test goes, and with what it is run. Plain JSON, so that it can be handed to a process. */
export interface SyncUnderTest {
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The exporter's program. */
  program: string;
  /** A folder for temporary files and journals. */
  folder: string;
  settings: Record<string, unknown>;
}

export const SYNC_ID = 'faulty';
export const PREFIX = 'signalsmith/';

/** A folder for one sync, and its removal. */
export function scratch(): { folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 's3d-faults-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Runs the sync once. */
export async function runSync(sync: SyncUnderTest, sql: string): Promise<RunResult> {
  const { destination, store } = open(sync);
  // Two files, each below the size of a part.
  const given = { syncId: SYNC_ID, format: 'csv', gzip: false, maxFileRows: 3, ...sync.settings };
  try {
    return await exportRun({
      ...{ destination, store, source: { kind: 'query', sql }, gzipLevel: 4 },
      request: parseExportRequest(given, destination, 2 ** 30),
      exporter: {
        ...{ program: sync.program, workingDirectory: sync.folder },
        ...{ temporaryFolder: sync.folder, memoryLimit: 64 << 20, readable: [sync.folder] },
      },
      upload: { partBytes: 5 << 20, partsAtOnce: 2 },
      journals: journalsOf(sync),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      log: SILENT,
    });
  } finally {
    store.close();
  }
}

/** Does what the next start of the editor does. @returns how many runs it found */
export async function startAgain(sync: SyncUnderTest): Promise<number> {
  const { destination, store } = open(sync);
  try {
    const entries = await deadRuns(journalsOf(sync), destination);
    for (const entry of entries) await recoverRun({ destination, store, log: SILENT }, entry);
    return entries.length;
  } finally {
    store.close();
  }
}

export function journalsOf({ folder }: SyncUnderTest): string {
  return path.join(folder, 'journals');
}

const SILENT = { info: () => undefined, warn: () => undefined };

function open(sync: SyncUnderTest): { destination: ReturnType<typeof parseDestination>; store: Store } {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = sync;
  const credentials = { kind: 'keys', accessKeyId, secretAccessKey };
  const destination = parseDestination({ name: 'faulty', bucket, endpoint, forcePathStyle: true, credentials });
  return { destination, store: openStore(destination) };
}
