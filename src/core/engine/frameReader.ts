import { FRAME_HEADER_BYTES, FrameKind } from '../../exporter/frames.ts';
import type { FileHead, FileStats } from '../../exporter/protocol.ts';

/** What comes out of the exporter's pipe, in order. */
export type Frame =
  | { kind: 'fileStart'; head: FileHead }
  | { kind: 'data'; bytes: Buffer }
  | { kind: 'fileEnd'; stats: FileStats }
  | { kind: 'end' };

/** The exporter's stream broke off. Why it did, the exporter's own answer says. */
export class FramesBrokenOff extends Error {}

/** The largest payload of a frame that is kept in memory as a whole; data is passed on as it arrives. */
const MAX_JSON_BYTES = 64 * 1024;

/**
 * Takes the exporter's stream apart. Data is passed on in the pieces in which it arrives, without a copy: it is valid until
 * the next frame is asked for.
 * @throws FramesBrokenOff when the stream is cut off before its `end` frame, or is not one of ours
 */
export async function* readFrames(pipe: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let kept: Buffer = Buffer.alloc(0);
  let kind: number | undefined;
  let left = 0;
  for await (const chunk of pipe) {
    let rest = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    while (rest.length > 0) {
      if (kind === undefined) {
        if (rest.length < FRAME_HEADER_BYTES) break;
        kind = rest.readUInt8(0);
        left = rest.readUInt32BE(1);
        rest = rest.subarray(FRAME_HEADER_BYTES);
        if (kind === FrameKind.end) {
          yield { kind: 'end' };
          return;
        }
      }
      if (kind === FrameKind.data) {
        const bytes = rest.subarray(0, left);
        left -= bytes.length;
        rest = rest.subarray(bytes.length);
        if (bytes.length > 0) yield { kind: 'data', bytes };
      } else if ((kind === FrameKind.fileStart || kind === FrameKind.fileEnd) && left <= MAX_JSON_BYTES) {
        if (rest.length < left) break;
        const json = read(rest.subarray(0, left));
        if (kind === FrameKind.fileStart) yield { kind: 'fileStart', head: json as FileHead };
        else yield { kind: 'fileEnd', stats: json as FileStats };
        rest = rest.subarray(left);
        left = 0;
      } else {
        throw new FramesBrokenOff(`The exporter sent a frame of an unknown kind (${kind}).`);
      }
      if (left === 0) kind = undefined;
    }
    // The next piece may come in the place of this one.
    kept = Buffer.from(rest);
  }
  throw new FramesBrokenOff('The exporter ended before its work was done.');
}

function read(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch (error) {
    throw new FramesBrokenOff('The exporter sent a frame that cannot be read.', { cause: error });
  }
}
