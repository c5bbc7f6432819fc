import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { nameReader, type Page } from './listing.ts';
import { isMissing } from './sdkError.ts';

/** Stores say yes to an abort while a part is still on its way, and keep the part. */
const ABORT_ATTEMPTS = 3;

/** A multipart upload that is neither completed nor aborted. */
export interface UnfinishedUpload {
  key: string;
  uploadId: string;
  /** ISO 8601. */
  initiated?: string;
  /** What has been uploaded, and in how many parts; missing until that has been asked. */
  bytes?: number;
  parts?: number;
}

/** Lists the unfinished uploads below a prefix, one page at a time. Throws the SDK's error. */
export async function listUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
  continuation?: string,
): Promise<Page<UnfinishedUpload>> {
  const [KeyMarker, UploadIdMarker] = continuation === undefined ? [] : (JSON.parse(continuation) as string[]);
  const request = { Bucket: bucket, Prefix: prefix, KeyMarker, UploadIdMarker };
  const encoded = await client.send(new ListMultipartUploadsCommand({ ...request, EncodingType: 'url' }));
  // Ceph encodes the keys without saying so, other stores do not know of encoding: names with a percent sign may be either.
  const unclear = encoded.EncodingType === undefined && encoded.Uploads?.some(({ Key }) => Key?.includes('%'));
  const page = unclear === true ? await client.send(new ListMultipartUploadsCommand(request)) : encoded;
  const read = nameReader(page.EncodingType);
  const items = (page.Uploads ?? []).map(({ Key, UploadId = '', Initiated }) => ({
    ...{ key: read(Key), uploadId: UploadId },
    ...(Initiated === undefined ? {} : { initiated: Initiated.toISOString() }),
  }));
  const more = page.IsTruncated === true && page.NextKeyMarker !== undefined;
  return {
    items,
    ...(more ? { continuation: JSON.stringify([read(page.NextKeyMarker), page.NextUploadIdMarker]) } : {}),
  };
}

/** What has been uploaded of an unfinished upload; nothing for one that is gone. Throws the SDK's error. */
export async function uploadSize(
  client: S3Client,
  bucket: string,
  key: string,
  uploadId: string,
): Promise<{ bytes: number; parts: number }> {
  const size = { bytes: 0, parts: 0 };
  let marker: string | undefined;
  try {
    do {
      const more = marker === undefined ? {} : { PartNumberMarker: marker };
      const page = await client.send(new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, ...more }));
      for (const { Size = 0 } of page.Parts ?? []) size.bytes += Size;
      size.parts += page.Parts?.length ?? 0;
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return size;
}

/** Aborts until the store no longer knows the upload, as a part that was on its way may outlive the first abort. Throws the SDK's error. */
export async function abortUpload(client: S3Client, bucket: string, key: string, uploadId: string): Promise<void> {
  const command = { Bucket: bucket, Key: key, UploadId: uploadId };
  try {
    for (let i = 0; i < ABORT_ATTEMPTS; i++) await client.send(new AbortMultipartUploadCommand(command));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  // Some stores say yes to the abort of what is long gone.
}
