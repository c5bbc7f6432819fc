import { authorize, openBucket } from './access.ts';
import { canonicalId } from './buckets.ts';
import { invalidArgument } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { compareKeys, firstWhere } from './keys.ts';
import { encode } from './signature.ts';
import type { Bucket } from './storage.ts';
import type { XmlValue } from './xml.ts';

const MAX_PAGE = 1000;

interface Page {
  keys: string[];
  commonPrefixes: string[];
  /** What the next page starts after; undefined on the last page. */
  next: string | undefined;
}

/**
 * One page of a listing. Takes a binary search for each entry that is returned, however many keys lie behind a common prefix.
 * @param after starts after this key; a common prefix that it lies in is skipped as a whole
 */
export function listPage(
  keys: readonly string[],
  { prefix, delimiter, after, max }: { prefix: string; delimiter: string; after: string; max: number },
): Page {
  const page: Page = { keys: [], commonPrefixes: [], next: undefined };
  let index = firstWhere(keys, (key) => compareKeys(key, prefix) >= 0 && (!after || compareKeys(key, after) > 0));
  const seen = commonPrefixOf(after, prefix, delimiter);
  if (seen !== undefined) index = Math.max(index, endOf(keys, seen));
  let last = '';
  while (index < keys.length) {
    const key = keys[index]!;
    if (!key.startsWith(prefix)) break;
    if (page.keys.length + page.commonPrefixes.length >= max) {
      if (max > 0) page.next = last;
      break;
    }
    const group = commonPrefixOf(key, prefix, delimiter);
    if (group === undefined) {
      page.keys.push((last = key));
      index++;
    } else {
      page.commonPrefixes.push((last = group));
      index = endOf(keys, group);
    }
  }
  return page;
}

function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** The index behind the last key that begins with `group`. */
function endOf(keys: readonly string[], group: string): number {
  return firstWhere(keys, (key) => compareKeys(key, group) > 0 && !key.startsWith(group));
}

export function listObjectsV2(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:ListBucket');
  const { prefix, delimiter, max, name } = parametersOf(x);
  const token = x.param('continuation-token');
  const startAfter = x.param('start-after') ?? '';
  const after = token === undefined ? startAfter : readToken(token);
  const page = listPage(bucket.keys.read(), { prefix, delimiter, after, max });
  x.sendXml('ListBucketResult', {
    Name: x.bucketName,
    Prefix: name(prefix),
    Delimiter: delimiter ? name(delimiter) : undefined,
    StartAfter: startAfter ? name(startAfter) : undefined,
    ContinuationToken: token,
    NextContinuationToken: page.next === undefined ? undefined : writeToken(page.next),
    KeyCount: page.keys.length + page.commonPrefixes.length,
    MaxKeys: max,
    EncodingType: x.param('encoding-type'),
    IsTruncated: page.next !== undefined,
    ...entries(bucket, page, name, x.param('fetch-owner') === 'true'),
  });
}

export function listObjects(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:ListBucket');
  const { prefix, delimiter, max, name } = parametersOf(x);
  const marker = x.param('marker') ?? '';
  const page = listPage(bucket.keys.read(), { prefix, delimiter, after: marker, max });
  x.sendXml('ListBucketResult', {
    Name: x.bucketName,
    Prefix: name(prefix),
    Delimiter: delimiter ? name(delimiter) : undefined,
    Marker: name(marker),
    // Without a delimiter the client takes the last key.
    NextMarker: page.next !== undefined && delimiter ? name(page.next) : undefined,
    MaxKeys: max,
    EncodingType: x.param('encoding-type'),
    IsTruncated: page.next !== undefined,
    ...entries(bucket, page, name, true),
  });
}

export function listObjectVersions(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:ListBucketVersions');
  const { prefix, delimiter, max, name } = parametersOf(x);
  const keyMarker = x.param('key-marker') ?? '';
  // Pages end between keys, so that a version id marker is never needed.
  const keys = [...bucket.versions.keys()].sort(compareKeys);
  const page = listPage(keys, { prefix, delimiter, after: keyMarker, max });
  const versions = page.keys.flatMap((key) =>
    bucket.versions.get(key)!.map((version, i) => ({
      marker: version.deleteMarker === true,
      entry: {
        Key: name(key),
        VersionId: version.versionId,
        IsLatest: i === 0,
        LastModified: version.modified,
        ...(version.deleteMarker
          ? {}
          : { ETag: `"${version.etag}"`, Size: version.size, StorageClass: version.storageClass ?? 'STANDARD' }),
        Owner: { ID: canonicalId(bucket.settings.owner) },
      },
    })),
  );
  x.sendXml('ListVersionsResult', {
    Name: x.bucketName,
    Prefix: name(prefix),
    KeyMarker: name(keyMarker),
    NextKeyMarker: page.next === undefined ? undefined : name(page.next),
    Delimiter: delimiter ? name(delimiter) : undefined,
    MaxKeys: max,
    EncodingType: x.param('encoding-type'),
    IsTruncated: page.next !== undefined,
    Version: versions.filter(({ marker }) => !marker).map(({ entry }) => entry),
    DeleteMarker: versions.filter(({ marker }) => marker).map(({ entry }) => entry),
    CommonPrefixes: page.commonPrefixes.map((one) => ({ Prefix: name(one) })),
  });
}

/** A number parameter between 0 and the page size. @throws S3Error InvalidArgument */
export function pageSize(x: Exchange, parameter: string): number {
  const text = x.param(parameter) ?? String(MAX_PAGE);
  if (!/^\d+$/.test(text)) {
    throw invalidArgument(parameter, text, `Provided ${parameter} not an integer or within integer range`);
  }
  return Math.min(Number(text), MAX_PAGE);
}

/** How names are written in a listing: as they are, or percent-encoded if `encoding-type=url` asks for it. */
export function nameWriter(x: Exchange): (name: string) => string {
  const encodingType = x.param('encoding-type');
  if (encodingType === undefined) return (name) => name;
  if (encodingType !== 'url') {
    throw invalidArgument('encoding-type', encodingType, 'Invalid Encoding Method specified in Request');
  }
  return (name) => encode(name).replaceAll('%2F', '/').replaceAll('%20', '+');
}

function parametersOf(x: Exchange): { prefix: string; delimiter: string; max: number; name: (name: string) => string } {
  return {
    prefix: x.param('prefix') ?? '',
    delimiter: x.param('delimiter') ?? '',
    max: pageSize(x, 'max-keys'),
    name: nameWriter(x),
  };
}

function entries(bucket: Bucket, page: Page, name: (name: string) => string, owner: boolean): Record<string, XmlValue> {
  return {
    Contents: page.keys.map((key) => {
      const object = bucket.current(key)!;
      const algorithms = Object.keys(object.checksums);
      return {
        Key: name(key),
        LastModified: object.modified,
        ETag: `"${object.etag}"`,
        ChecksumAlgorithm: algorithms.map((algorithm) => algorithm.toUpperCase()),
        ChecksumType: algorithms.length ? object.checksumType : undefined,
        Size: object.size,
        Owner: owner ? { ID: canonicalId(bucket.settings.owner) } : undefined,
        StorageClass: object.storageClass ?? 'STANDARD',
      };
    }),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: name(prefix) })),
  };
}

const TOKEN_MARK = '1:';

function writeToken(after: string): string {
  return Buffer.from(TOKEN_MARK + after).toString('base64');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith(TOKEN_MARK)) {
    throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect');
  }
  return text.slice(TOKEN_MARK.length);
}
