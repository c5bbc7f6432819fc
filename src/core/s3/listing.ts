import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';

/** An object as a listing shows it. */
export interface ListedObject {
  key: string;
  /** Bytes. */
  size: number;
  /** ISO 8601. */
  lastModified?: string;
  etag?: string;
}

/** One page of a listing. */
export interface Page<T> {
  items: T[];
  /** Asks for the next page; missing on the last. */
  continuation?: string;
}

/** Lists the folders directly below a prefix (their whole keys, with the slash at the end), one page at a time. */
export async function listFolders(
  client: S3Client,
  bucket: string,
  prefix: string,
  continuation?: string,
): Promise<Page<string>> {
  const page = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: continuation }),
  );
  const items = (page.CommonPrefixes ?? []).flatMap(({ Prefix }) => (Prefix === undefined ? [] : [Prefix]));
  return { items, ...next(page.NextContinuationToken) };
}

/** Lists the objects below a prefix, at whatever depth, one page of at most 1,000 at a time. */
export async function listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  continuation?: string,
): Promise<Page<ListedObject>> {
  const page = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: continuation }),
  );
  const items = (page.Contents ?? []).map(({ Key, Size, LastModified, ETag }) => ({
    key: Key ?? '',
    size: Size ?? 0,
    ...(LastModified === undefined ? {} : { lastModified: LastModified.toISOString() }),
    ...(ETag === undefined ? {} : { etag: ETag }),
  }));
  return { items, ...next(page.NextContinuationToken) };
}

function next(continuation: string | undefined): { continuation?: string } {
  return continuation === undefined ? {} : { continuation };
}
