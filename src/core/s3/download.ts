import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { openObject } from './objectBody.ts';

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
  const opened = await openObject(client, bucket, key);
  if (opened === undefined) return undefined;
  const hash = createHash('sha256');
  let bytes = 0;
  const hashed = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  await pipeline(opened.content, hashed, createWriteStream(file, { mode: 0o600 }));
  return { bytes, sha256: hash.digest('hex') };
}
