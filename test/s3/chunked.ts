import { createHash, type Hash } from 'node:crypto';
import { S3Error } from './errors.ts';

/** Checks the signatures of a body whose chunks are signed. */
export interface ChunkVerifier {
  /** @throws S3Error SignatureDoesNotMatch */
  chunk(sha256: string, signature: string): void;
  /** @throws S3Error SignatureDoesNotMatch */
  trailer(lines: string, signature: string): void;
}

const SMALLEST_CHUNK = 8192;

/**
 * Decodes a body sent with `Content-Encoding: aws-chunked`.
 * @param source the body as it came over the wire
 * @param trailers is filled with the trailing headers, names in lower case, once the last chunk has been read
 * @param verifier given for the modes whose chunks are signed
 * @returns the payload
 * @throws S3Error IncompleteBody, InvalidChunkSizeError, SignatureDoesNotMatch
 */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
  verifier?: ChunkVerifier,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let size = -1; // of the chunk, -1 while its header is awaited
  let left = 0; // bytes of the chunk still to come
  let previousSize = SMALLEST_CHUNK;
  let signature = '';
  let hash: Hash | undefined;
  let ended = false;
  for await (const received of source) {
    rest = rest.length ? Buffer.concat([rest, received]) : received;
    while (!ended) {
      if (size < 0) {
        const end = rest.indexOf('\r\n');
        if (end < 0) break;
        [size, signature] = readHeader(rest.subarray(0, end).toString('latin1'));
        rest = rest.subarray(end + 2);
        left = size;
        hash = verifier && createHash('sha256');
        if (size > 0 && previousSize < SMALLEST_CHUNK) throw chunkTooSmall(previousSize);
        previousSize = size;
        if (size === 0) {
          verifier?.chunk(createHash('sha256').digest('hex'), signature);
          ended = true;
        }
        continue;
      }
      if (left > 0) {
        if (rest.length === 0) break;
        const data = rest.subarray(0, left);
        rest = rest.subarray(data.length);
        left -= data.length;
        hash?.update(data);
        yield data;
        continue;
      }
      if (rest.length < 2) break;
      if (rest.readUInt16BE(0) !== 0x0d0a) throw incomplete('The chunk is not ended by a line break.');
      rest = rest.subarray(2);
      if (hash) verifier?.chunk(hash.digest('hex'), signature);
      size = -1;
    }
  }
  if (!ended) throw incomplete('The request body terminated unexpectedly');
  readTrailers(rest.toString('utf8'), trailers, verifier);
}

function readHeader(line: string): [size: number, signature: string] {
  const match = /^([0-9a-f]+)(?:;chunk-signature=([0-9a-f]+))?$/i.exec(line);
  if (!match) throw incomplete('The chunk header could not be read.');
  return [parseInt(match[1]!, 16), match[2] ?? ''];
}

function readTrailers(text: string, trailers: Map<string, string>, verifier: ChunkVerifier | undefined): void {
  let signed = '';
  let signature: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      signature = value;
    } else {
      trailers.set(name, value);
      signed += `${name}:${value}\n`;
    }
  }
  if (signed) verifier?.trailer(signed, signature ?? '');
}

function incomplete(message: string): S3Error {
  return new S3Error(400, 'IncompleteBody', message);
}

function chunkTooSmall(size: number): S3Error {
  const message = 'Only the last chunk is allowed to have a size less than 8192 bytes';
  return new S3Error(403, 'InvalidChunkSizeError', message, { BadChunkSize: size });
}
