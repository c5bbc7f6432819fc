import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';

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

/** What lies directly below a prefix. */
export interface Level {
  /** Whole keys, with the slash at the end. */
  folders: string[];
  objects: ListedObject[];
  /** Asks for the next page; missing on the last. */
  continuation?: string;
}

/** Where a listing goes on, and how much of it is wanted. */
export interface ListOptions {
  continuation?: string;
  /** Leaves out this key and all that sort before it. */
  startAfter?: string;
  /** At most so many entries; 1,000 is the most that a page has. */
  limit?: number;
  /** Ends the request. */
  signal?: AbortSignal;
}

/** Lists what lies directly below a prefix, one page at a time: a folder costs the same, however much is in it. */
export async function listLevel(
  client: S3Client,
  bucket: string,
  prefix: string,
  options: ListOptions = {},
): Promise<Level> {
  const page = await list(client, bucket, prefix, options, '/');
  const read = nameReader(page.EncodingType);
  const folders = (page.CommonPrefixes ?? []).map(({ Prefix }) => read(Prefix));
  return { folders, objects: objectsOf(page), ...next(page.NextContinuationToken) };
}

/** Lists the folders directly below a prefix (their whole keys, with the slash at the end), one page at a time. */
export async function listFolders(
  client: S3Client,
  bucket: string,
  prefix: string,
  continuation?: string,
): Promise<Page<string>> {
  const { folders, ...rest } = await listLevel(
    client,
    bucket,
    prefix,
    continuation === undefined ? {} : { continuation },
  );
  return { items: folders, ...next(rest.continuation) };
}

/** Lists the objects below a prefix, at whatever depth, one page of at most 1,000 at a time. */
export async function listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  options: ListOptions = {},
): Promise<Page<ListedObject>> {
  const page = await list(client, bucket, prefix, options);
  return { items: objectsOf(page), ...next(page.NextContinuationToken) };
}

/** Undoes the encoding in which listings give names, where they do: XML does not have all characters that keys may have. */
export function nameReader(encoding: string | undefined): (name: string | undefined) => string {
  if (encoding !== 'url') return (name = '') => name;
  return (name = '') => {
    try {
      return decodeURIComponent(name.replaceAll('+', ' '));
    } catch {
      return name;
    }
  };
}

function list(
  client: S3Client,
  bucket: string,
  prefix: string,
  { continuation, startAfter, limit, signal }: ListOptions,
  delimiter?: string,
): Promise<ListObjectsV2CommandOutput> {
  return client.send(
    new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      EncodingType: 'url',
      ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
      ...(limit === undefined ? {} : { MaxKeys: limit }),
      ...(continuation === undefined ? {} : { ContinuationToken: continuation }),
      ...(startAfter === undefined ? {} : { StartAfter: startAfter }),
    }),
    signal === undefined ? {} : { abortSignal: signal },
  );
}

function objectsOf(page: ListObjectsV2CommandOutput): ListedObject[] {
  const read = nameReader(page.EncodingType);
  return (page.Contents ?? []).map(({ Key, Size, LastModified, ETag }) => ({
    key: read(Key),
    size: Size ?? 0,
    ...(LastModified === undefined ? {} : { lastModified: LastModified.toISOString() }),
    ...(ETag === undefined ? {} : { etag: ETag }),
  }));
}

function next(continuation: string | undefined): { continuation?: string } {
  return continuation === undefined ? {} : { continuation };
}
