import { type Frame, FramesBrokenOff } from '../engine/frameReader.ts';
import { DamagedGzip, gunzipped } from '../look/gunzipped.ts';
import type { RunKeys } from './runKeys.ts';

/** What is kept of the first file for the table, as it lies at the store, and unpacked. */
const BEGINNING_BYTES = 1024 * 1024;
const BEGINNING_TEXT = 4 * 1024 * 1024;

/** What a run would have written. */
export interface Looked {
  /** The keys of its files, as far as they have come. */
  keys: string[];
  /** The beginning of the first of them, unpacked. */
  text: string;
  /** Whether that is all of it. */
  whole: boolean;
}

/**
 * Reads all frames; keeps the beginning of the first file. Frames that break off are no failure here: the summary tells.
 * @param gzip whether files are packed whose frames do not say so
 */
export async function lookThrough(frames: AsyncIterable<Frame>, keys: RunKeys, gzip: boolean): Promise<Looked> {
  const made: string[] = [];
  const begun: Buffer[] = [];
  let bytes = 0;
  let whole = false;
  let packed = gzip;
  try {
    for await (const frame of frames) {
      if (frame.kind === 'fileStart') {
        const { contentType } = frame.head;
        if (made.length === 0 && contentType !== undefined) packed = contentType === 'application/gzip';
        made.push(keys.next(frame.head.name));
      }
      if (frame.kind === 'fileEnd' && made.length === 1) whole = bytes < BEGINNING_BYTES;
      if (frame.kind !== 'data' || made.length > 1 || bytes >= BEGINNING_BYTES) continue;
      begun.push(Buffer.from(frame.bytes));
      bytes += frame.bytes.length;
    }
  } catch (error) {
    if (!(error instanceof FramesBrokenOff)) throw error;
  }
  const plain = packed ? await unpacked(begun) : Buffer.concat(begun);
  // A character that is cut is in the last record, which is left out.
  const text = plain.subarray(0, BEGINNING_TEXT).toString();
  return { keys: made, text, whole: whole && plain.length <= BEGINNING_TEXT };
}

/** As much of gzip as has come, but not much more than is wanted: what is all alike becomes a thousand times as large. */
async function unpacked(packed: readonly Buffer[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of gunzipped(packed)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > BEGINNING_TEXT) break;
    }
  } catch (error) {
    if (!(error instanceof DamagedGzip)) throw error;
  }
  return Buffer.concat(chunks);
}
