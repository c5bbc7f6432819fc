import { type Frame, FramesBrokenOff } from '../engine/frameReader.ts';
import { RUN_ID_METADATA, SYNC_ID_METADATA } from '../s3/metadata.ts';
import type { ObjectHead } from '../s3/parts.ts';
import type { Staging } from '../s3/staging.ts';
import type { ExportRequest } from './exportRequest.ts';
import { contentTypeOf } from './fileName.ts';
import { type RunId, runIdText } from './runId.ts';
import type { RunKeys } from './runKeys.ts';
import type { ResultFile } from './runResult.ts';

/** What is written into the metadata of each object of a run. */
export function runMetadata(run: RunId, syncId: string): Record<string, string> {
  return { [RUN_ID_METADATA]: runIdText(run), [SYNC_ID_METADATA]: syncId };
}

/**
 * Stages the files that come out of an exporter, in their order.
 * @returns what is known of each
 * @throws FramesBrokenOff when the exporter ends too early, whose own account tells why; the SDK's error; the signal's reason
 */
export async function stageFiles(
  frames: AsyncIterable<Frame>,
  staging: Staging,
  { request, run, keys, signal }: { request: ExportRequest; run: RunId; keys: RunKeys; signal: AbortSignal },
): Promise<ResultFile[]> {
  const metadata = runMetadata(run, request.syncId);
  const files: ResultFile[] = [];
  const iterator: AsyncIterator<Frame, unknown> = frames[Symbol.asyncIterator]();
  for (let next = await iterator.next(); !isEnd(next); next = await iterator.next()) {
    if (next.value.kind !== 'fileStart') throw new FramesBrokenOff('The exporter did not begin a file.');
    const { name, contentType = contentTypeOf(request.format, request.gzip) } = next.value.head;
    const key = keys.next(name);
    const head: ObjectHead = { key, contentType, metadata };
    await staging.put(
      head,
      fileBytes(iterator, (stats) => files.push({ key, ...stats })),
    );
    signal.throwIfAborted();
  }
  return files;
}

function isEnd(next: IteratorResult<Frame, unknown>): next is IteratorReturnResult<unknown> {
  return next.done === true || next.value.kind === 'end';
}

async function* fileBytes(
  frames: AsyncIterator<Frame, unknown>,
  ended: (stats: Omit<ResultFile, 'key'>) => void,
): AsyncGenerator<Buffer> {
  for (;;) {
    const next = await frames.next();
    if (next.done === true) throw new FramesBrokenOff('The exporter ended in the middle of a file.');
    const frame = next.value;
    if (frame.kind === 'data') {
      yield frame.bytes;
    } else if (frame.kind === 'fileEnd') {
      const { rows, bytes, sha256 } = frame.stats;
      ended({ rows, bytes, sha256 });
      return;
    } else {
      throw new FramesBrokenOff('The exporter did not end a file.');
    }
  }
}
