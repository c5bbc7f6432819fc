import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import {
  CHECKSUM_ALGORITHMS,
  isChecksumAlgorithm,
  startChecksum,
  type ChecksumAlgorithm,
  type Checksums,
} from './checksums.ts';
import { decodeChunked } from './chunked.ts';
import { invalidRequest, S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Bucket, Segment } from './storage.ts';

/** A request body that has been received, checked and put away. */
export interface Received {
  size: number;
  /** Hex, the ETag of an object or part. */
  md5: string;
  checksums: Checksums;
  segment: Segment;
}

const INLINE_LIMIT = 16 << 10;
const WRITE_SIZE = 1 << 20;
const MAX_PUT = 5 * 2 ** 30;
const MAX_TEXT = 8 << 20;

/**
 * Receives an object or a part into the bucket's data folder, hashing as it comes.
 * Nothing stays behind if it fails.
 * @throws S3Error MissingContentLength, EntityTooLarge, IncompleteBody, BadDigest, InvalidRequest, XAmzContentSHA256Mismatch
 */
export async function receiveData(x: Exchange, bucket: Bucket): Promise<Received> {
  const length = announcedLength(x);
  const payload = payloadOf(x);
  const wanted = announcedChecksums(x);
  const running = wanted.map(({ algorithm }) => startChecksum(algorithm));
  const md5 = createHash('md5');
  const hash = x.header('x-amz-content-sha256') ?? '';
  const sha256 = isHash(hash) ? createHash('sha256') : undefined;
  const sink = new Sink(bucket);
  try {
    for await (const chunk of payload.data) {
      md5.update(chunk);
      sha256?.update(chunk);
      for (const checksum of running) checksum.update(chunk);
      await sink.write(chunk);
    }
    if (sink.size !== length) {
      const message = 'You did not provide the number of bytes specified by the Content-Length HTTP header';
      throw new S3Error(400, 'IncompleteBody', message, {
        NumberBytesExpected: length,
        NumberBytesProvided: sink.size,
      });
    }
    if (sha256) checkHash(hash, sha256.digest('hex'));
    const etag = md5.digest('hex');
    checkMd5(x.header('content-md5'), etag);
    const checksums: Checksums = {};
    wanted.forEach(({ algorithm, value }, i) => {
      const calculated = (checksums[algorithm] = running[i]!.digest());
      checkChecksum(algorithm, value ?? payload.trailers.get(`x-amz-checksum-${algorithm}`), calculated);
    });
    return { size: sink.size, md5: etag, checksums, segment: await sink.finish() };
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** Receives a body that is a document, at most 8 MiB. */
export async function receiveText(x: Exchange): Promise<string> {
  const { data, trailers } = payloadOf(x);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of data) {
    size += chunk.length;
    if (size > MAX_TEXT) throw new S3Error(400, 'MaxMessageLengthExceeded', 'Your request was too big.');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const hash = x.header('x-amz-content-sha256') ?? '';
  if (isHash(hash)) checkHash(hash, createHash('sha256').update(body).digest('hex'));
  checkMd5(x.header('content-md5'), createHash('md5').update(body).digest('hex'));
  for (const { algorithm, value } of announcedChecksums(x)) {
    const checksum = startChecksum(algorithm);
    checksum.update(body);
    checkChecksum(algorithm, value ?? trailers.get(`x-amz-checksum-${algorithm}`), checksum.digest());
  }
  return body.toString();
}

function payloadOf(x: Exchange): { data: AsyncIterable<Buffer>; trailers: Map<string, string> } {
  const mode = x.header('x-amz-content-sha256') ?? '';
  const trailers = new Map<string, string>();
  if (!mode.startsWith('STREAMING-')) return { data: x.body(), trailers };
  const signed = mode.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  return { data: decodeChunked(x.body(), trailers, signed ? x.identity?.verifier : undefined), trailers };
}

function announcedLength(x: Exchange): number {
  const streaming = x.header('x-amz-content-sha256')?.startsWith('STREAMING-');
  const header = x.header(streaming ? 'x-amz-decoded-content-length' : 'content-length');
  if (header === undefined) {
    throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  const length = Number(header);
  if (length > MAX_PUT) {
    const message = 'Your proposed upload exceeds the maximum allowed size';
    throw new S3Error(400, 'EntityTooLarge', message, { ProposedSize: length, MaxSizeAllowed: MAX_PUT });
  }
  return length;
}

/** The checksums that the client sends, in the headers or (value still unknown) as trailer. */
function announcedChecksums(x: Exchange): { algorithm: ChecksumAlgorithm; value: string | undefined }[] {
  const inHeaders = CHECKSUM_ALGORITHMS.filter((algorithm) => x.header(`x-amz-checksum-${algorithm}`) !== undefined);
  if (inHeaders.length > 1)
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const trailer = /^x-amz-checksum-(\w+)$/.exec(x.header('x-amz-trailer')?.trim() ?? '')?.[1];
  const algorithms = trailer !== undefined && isChecksumAlgorithm(trailer) ? [...inHeaders, trailer] : inHeaders;
  return algorithms.map((algorithm) => ({ algorithm, value: x.header(`x-amz-checksum-${algorithm}`) }));
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function checkHash(given: string, calculated: string): void {
  if (given === calculated) return;
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  const fields = { ClientComputedContentSHA256: given, S3ComputedContentSHA256: calculated };
  throw new S3Error(400, 'XAmzContentSHA256Mismatch', message, fields);
}

function checkMd5(given: string | undefined, calculated: string): void {
  if (given === undefined) return;
  const bytes = Buffer.from(given, 'base64');
  if (bytes.length !== 16) throw new S3Error(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (bytes.toString('hex') === calculated) return;
  const message = 'The Content-MD5 you specified did not match what we received.';
  const fields = {
    ExpectedDigest: bytes.toString('hex'),
    CalculatedDigest: Buffer.from(calculated, 'hex').toString('base64'),
  };
  throw new S3Error(400, 'BadDigest', message, fields);
}

function checkChecksum(algorithm: ChecksumAlgorithm, given: string | undefined, calculated: string): void {
  if (given === calculated) return;
  if (given === undefined || Buffer.from(given, 'base64').length !== Buffer.from(calculated, 'base64').length) {
    throw invalidRequest(`Value for x-amz-checksum-${algorithm} header is invalid.`);
  }
  const message = `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`;
  throw new S3Error(400, 'BadDigest', message);
}

/** Bytes on their way into a segment: in memory as long as they are few, then in a file, written in large pieces. */
class Sink {
  size = 0;
  readonly #bucket: Bucket;
  #waiting: Buffer[] = [];
  #waitingSize = 0;
  #file: { path: string; handle: fs.FileHandle } | undefined;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async write(chunk: Buffer): Promise<void> {
    this.size += chunk.length;
    this.#waiting.push(chunk);
    this.#waitingSize += chunk.length;
    if (this.#waitingSize >= WRITE_SIZE) await this.#flush();
  }

  async finish(): Promise<Segment> {
    if (!this.#file && this.size <= INLINE_LIMIT) {
      return { size: this.size, inline: Buffer.concat(this.#waiting).toString('base64') };
    }
    await this.#flush();
    await this.#file!.handle.close();
    return { size: this.size, file: path.basename(this.#file!.path) };
  }

  async discard(): Promise<void> {
    if (!this.#file) return;
    await this.#file.handle.close().catch(() => undefined);
    await fs.rm(this.#file.path, { force: true });
  }

  async #flush(): Promise<void> {
    if (!this.#file) {
      const file = this.#bucket.newFile();
      this.#file = { path: file, handle: await fs.open(file, 'wx') };
    }
    const buffers = this.#waiting;
    this.#waiting = [];
    this.#waitingSize = 0;
    if (buffers.length) await this.#file.handle.writev(buffers);
  }
}
