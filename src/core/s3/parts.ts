import {
  type CompletedPart,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';

/** S3 takes no more parts of one object. */
const MAX_PARTS = 10_000;

/** The upload that parts are sent to. */
export interface UploadPlace {
  bucket: string;
  key: string;
  uploadId: string;
}

/** What an object is and how it is described at the store. */
export interface ObjectHead {
  key: string;
  contentType: string;
  /** Goes into the object's user metadata. */
  metadata: Record<string, string>;
}

/** A piece of an object, all of them as large as the buffers but the last. */
export interface Part {
  /** Counted from 1. */
  number: number;
  /** Stands in a buffer that is used again once it was given back. */
  bytes: Buffer;
  last: boolean;
}

/**
 * Buffers for parts, used again and again. With a new one for each part, the garbage collector of the editor's extension
 * host, which counts such memory, would run every few parts: a fifth of all that an export takes.
 */
export class PartBuffers {
  /** Bytes of each. */
  readonly size: number;
  readonly #free: ArrayBufferLike[] = [];
  readonly #lent = new Set<ArrayBufferLike>();

  constructor(size: number) {
    this.size = size;
  }

  take(): Buffer {
    const free = this.#free.pop();
    const buffer = free === undefined ? Buffer.allocUnsafeSlow(this.size) : Buffer.from(free);
    this.#lent.add(buffer.buffer);
    return buffer;
  }

  /** Takes a buffer back, or any piece of it. Nobody may look at it any more. Bytes of other buffers are left alone. */
  giveBack({ buffer }: Buffer): void {
    if (this.#lent.delete(buffer)) this.#free.push(buffer);
  }
}

/**
 * Gathers bytes into parts. A full part comes as soon as there is a byte of the next one, so that the last is known as such;
 * there is none for no bytes.
 * @param bytes copied before the next are asked for
 */
export async function* inParts(bytes: AsyncIterable<Buffer>, buffers: PartBuffers): AsyncGenerator<Part, undefined> {
  let buffer: Buffer | undefined;
  let filled = 0;
  let number = 1;
  for await (const piece of bytes) {
    let rest = piece;
    while (rest.length > 0) {
      if (buffer !== undefined && filled === buffers.size) {
        yield { number, bytes: buffer, last: false };
        number++;
        filled = 0;
        buffer = undefined;
      }
      buffer ??= buffers.take();
      const taken = rest.copy(buffer, filled);
      filled += taken;
      rest = rest.subarray(taken);
    }
  }
  if (buffer !== undefined) yield { number, bytes: buffer.subarray(0, filled), last: true };
}

/**
 * Asks for a multipart upload.
 * @returns its id
 * @throws the SDK's error; when it says that an answer was lost, there may be an upload all the same
 */
export async function createUpload(
  client: S3Client,
  bucket: string,
  { key, contentType, metadata }: ObjectHead,
): Promise<string> {
  const policy = await client.config.requestChecksumCalculation();
  const command = new CreateMultipartUploadCommand({
    ...{ Bucket: bucket, Key: key, ContentType: contentType, Metadata: metadata },
    // What the SDK adds to each part has to be said beforehand.
    ...(policy === 'WHEN_SUPPORTED' ? { ChecksumAlgorithm: 'CRC32' } : {}),
  });
  const { UploadId } = await client.send(command);
  if (UploadId === undefined) throw new Error('The store did not name the upload that it made.');
  return UploadId;
}

/**
 * Sends parts, several at once, and gives their buffers back. Parts are asked for as they can be sent.
 * @returns what completes the upload
 * @throws the SDK's error, or what `parts` throws. Other parts may be on their way then
 */
export async function sendParts(
  client: S3Client,
  { bucket, key, uploadId }: UploadPlace,
  parts: AsyncGenerator<Part>,
  { atOnce, buffers }: { atOnce: number; buffers: PartBuffers },
): Promise<CompletedPart[]> {
  const sent: CompletedPart[] = [];
  const send = async (): Promise<void> => {
    for await (const { number, bytes } of parts) {
      if (number > MAX_PARTS) throw new Error(`An object has at most ${MAX_PARTS} parts of ${buffers.size} bytes.`);
      const place = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber: number };
      const answer = await client.send(new UploadPartCommand({ ...place, Body: bytes }));
      // An attempt that was given up might still be sending from the buffer.
      if (answer.$metadata.attempts === 1) buffers.giveBack(bytes);
      sent.push(completedPart(number, answer));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  return sent.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
}

function completedPart(number: number, answer: UploadPartCommandOutput): CompletedPart {
  const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = answer;
  if (ETag === undefined)
    throw new Error(`The store took part ${number} without an ETag, which the upload cannot do without.`);
  const sums = { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 };
  const given = Object.entries(sums).filter(([, sum]) => sum !== undefined);
  return { PartNumber: number, ETag, ...Object.fromEntries(given) };
}
