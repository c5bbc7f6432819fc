import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';

/** Bytes that are unpacked at a time: what a small piece can become is bounded by it. */
const CHUNK_BYTES = 64 * 1024;

/** How many bytes tell whether there is gzip. */
export const GZIP_HEAD_BYTES = 3;

/** Gzip that cannot be unpacked any further. What came before it is good. */
export class DamagedGzip extends Error {
  readonly truncated: boolean;

  constructor(truncated: boolean, cause: unknown) {
    super(truncated ? 'The gzip ends before its end.' : 'The gzip is damaged.', { cause });
    this.truncated = truncated;
  }
}

/** Whether bytes begin as gzip does. */
export function isGzip(beginning: Buffer): boolean {
  return beginning[0] === 0x1f && beginning[1] === 0x8b && beginning[2] === 8;
}

/**
 * Unpacks gzip of one member or several, no more at a time than is taken.
 * @throws DamagedGzip, and whatever `chunks` throws
 */
export async function* gunzipped(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(Readable.from(chunks, { highWaterMark: 1 }), gunzip, () => undefined);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    const { errno } = error as { errno?: number };
    if (errno === constants.Z_BUF_ERROR) throw new DamagedGzip(true, error);
    if (errno === constants.Z_DATA_ERROR) throw new DamagedGzip(false, error);
    throw error;
  } finally {
    gunzip.destroy();
  }
}
