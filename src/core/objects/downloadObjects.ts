import { createHash } from 'node:crypto';
import { DamagedGzip, GZIP_HEAD_BYTES, gunzipped, isGzip } from '../look/gunzipped.ts';
import { cancelled, ProblemError } from '../problem.ts';
import { sameEtag } from '../s3/etag.ts';
import { RUN_ID_METADATA, SYNC_ID_METADATA } from '../s3/metadata.ts';
import type { OpenedObject } from '../s3/objectBody.ts';
import type { Store } from '../s3/store.ts';
import { sideBySide } from '../sideBySide.ts';
import { Manifests } from '../sync/manifests.ts';
import { writeWhole } from './wholeFile.ts';

const AT_ONCE = 4;

/** How far a download is. */
export interface DownloadProgress {
  /** Objects that are done. */
  files: number;
  /** Bytes that have come. */
  bytes: number;
}

/** What to download, and how. */
export interface DownloadOrder {
  store: Store;
  pathPrefix: string;
  /** An absolute path. */
  folder: string;
  /** The objects, and what they become: paths below the folder, with slashes. */
  objects: readonly { key: string; path: string }[];
  /** Takes gzip off, where it is. */
  decompress: boolean;
  /** Whether files that are there already are written over. */
  replace: boolean;
  signal: AbortSignal;
  onProgress: (progress: DownloadProgress) => void;
}

/** A file that was downloaded. */
export interface DownloadedFile {
  key: string;
  /** An absolute path. */
  file: string;
  /** As the object lies at the store. */
  bytes: number;
}

/**
 * Downloads objects into a folder, several side by side. Each file is there whole or not at all, and is what its run wrote,
 * where the run's manifest tells. Those that are done when one fails stay.
 * @returns what was downloaded, in the order of the objects
 * @throws ProblemError: `source-missing`, `conflict` for what is damaged or replaced meanwhile, `disk-full`, `cancelled`
 */
export async function downloadObjects(order: DownloadOrder): Promise<DownloadedFile[]> {
  const { store, pathPrefix, objects, signal: stopped, onProgress } = order;
  const failed = new AbortController();
  const signal = AbortSignal.any([stopped, failed.signal]);
  const manifests = new Manifests(store, pathPrefix);
  const progress: DownloadProgress = { files: 0, bytes: 0 };
  const came = (bytes: number): void => onProgress({ ...progress, bytes: (progress.bytes += bytes) });
  const done = new Map<string, DownloadedFile>();
  await sideBySide(objects, AT_ONCE, async ({ key, path }) => {
    if (signal.aborted) return;
    try {
      const opened = await store.openObject(key, { signal });
      if (opened === undefined)
        throw new ProblemError({ code: 'source-missing', message: `There is no object ${key}.` });
      let bytes = 0;
      const content = checked(key, opened, manifests, (more) => {
        bytes += more;
        came(more);
      });
      const file = await writeWhole({ ...order, path }, order.decompress ? unpacked(key, content) : content);
      done.set(key, { key, file, bytes });
      onProgress({ ...progress, files: ++progress.files });
    } catch (error) {
      // The first failure ends the others, which are waited for: they remove what they have begun.
      failed.abort(error);
    }
  });
  if (stopped.aborted) throw cancelled('The download', `${done.size} of ${objects.length} files are there.`);
  if (failed.signal.aborted) throw failed.signal.reason;
  return objects.flatMap(({ key }) => done.get(key) ?? []);
}

/** Passes the content on, and holds it against what is written down of it at the end. */
async function* checked(
  key: string,
  { content, etag, metadata }: OpenedObject,
  manifests: Manifests,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk);
    onBytes(chunk.length);
    yield chunk;
  }
  const { [RUN_ID_METADATA]: runId, [SYNC_ID_METADATA]: syncId } = metadata;
  if (runId === undefined || syncId === undefined) return;
  const known = (await manifests.get(syncId, runId))?.files.find((file) => file.key === key);
  // Whoever has written over it since has written something else.
  if (known === undefined || (known.etag !== undefined && !sameEtag(known.etag, etag ?? ''))) return;
  if (known.sha256 === hash.digest('hex')) return;
  const message = `The object ${key} is damaged: it is not what its run wrote there.`;
  throw new ProblemError({ code: 'conflict', message, fix: 'Run the sync again.' });
}

/** The content without gzip, where it has gzip: its first bytes tell. */
async function* unpacked(key: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = content[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let headBytes = 0;
  while (headBytes < GZIP_HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    head.push(next.value);
    headBytes += next.value.length;
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* head;
      yield* { [Symbol.asyncIterator]: () => chunks };
    } finally {
      await chunks.return?.();
    }
  };
  try {
    yield* isGzip(Buffer.concat(head)) ? gunzipped(all()) : all();
  } catch (error) {
    if (!(error instanceof DamagedGzip)) throw error;
    const message = `The object ${key} cannot be unpacked: its gzip is damaged or ends early.`;
    throw new ProblemError({ code: 'conflict', message, fix: 'Download it as it is.' }, { cause: error });
  }
}
