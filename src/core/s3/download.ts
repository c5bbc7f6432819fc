import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isMissing } from './sdkError.ts';

/**
 * Streams an object into a file.
 * @returns its size in bytes and its SHA-256, lower case hex; undefined when there is no such object
 * @throws the SDK's or the disk's error; the file may then be there in part
 */
export async function download(
  client: S3Client,
  bucket: string,
  key: string,
  file: string,
): Promise<{ bytes: number; sha256: string } | undefined> {
  let body: Readable;
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    body = Body as Readable;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  await pipeline(body, counted, createWriteStream(file, { mode: 0o600 }));
  return { bytes, sha256: hash.digest('hex') };
}
