import fs from 'node:fs/promises';
import path from 'node:path';
import { authorize, authorizeKms, denied, missingKey, openBucket } from './access.ts';
import { receiveData, receiveText } from './body.ts';
import { CHECKSUM_ELEMENTS, type Checksums } from './checksums.ts';
import {
  invalidArgument,
  invalidRequest,
  malformedXml,
  noSuchKey,
  notImplemented,
  preconditionFailed,
  S3Error,
} from './errors.ts';
import type { Exchange } from './exchange.ts';
import { objectHeaders } from './headers.ts';
import { type Bucket, md5Hex, type Segment, type StoredObject } from './storage.ts';
import { deleteVersion, nextVersionId, showVersion } from './versions.ts';
import { childText, parseXml } from './xml.ts';

const MAX_DELETES = 1000;

export async function putObject(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  const headers = authorizeWrite(x);
  checkWriteConditions(x, bucket);
  const received = await receiveData(x, bucket);
  try {
    // Once more: someone else may have written the key while the body came in.
    checkWriteConditions(x, bucket);
  } catch (error) {
    bucket.discard([received.segment]);
    throw error;
  }
  const object: StoredObject = {
    ...headers,
    key: x.key,
    versionId: nextVersionId(bucket),
    modified: new Date().toISOString(),
    size: received.size,
    etag: etagOf(received.md5, headers.kmsKeyId ?? headers.encryption),
    segments: [received.segment],
    checksums: received.checksums,
    checksumType: 'FULL_OBJECT',
  };
  bucket.put(object);
  x.setHeader('etag', `"${object.etag}"`);
  showEncryption(x, object);
  showChecksums(x, object);
  showVersion(x, bucket, object);
  x.send(200);
}

/** Objects under SSE-KMS have an ETag that is not the MD5 of their bytes. */
function etagOf(md5: string, encryption: string): string {
  return encryption === 'AES256' ? md5 : md5Hex(Buffer.from(md5 + encryption));
}

/**
 * Checks what writing an object needs, by PutObject, CopyObject or CreateMultipartUpload.
 * @throws S3Error
 */
export function authorizeWrite(x: Exchange): ReturnType<typeof objectHeaders> {
  authorize(x, 's3:PutObject', x.key);
  if (x.header('x-amz-tagging') !== undefined) authorize(x, 's3:PutObjectTagging', x.key);
  const size = Buffer.byteLength(x.key);
  if (size > 1024) {
    throw new S3Error(400, 'KeyTooLongError', 'Your key is too long', { Size: size, MaxSizeAllowed: 1024 });
  }
  const acl = x.header('x-amz-acl');
  if (acl !== undefined) {
    authorize(x, 's3:PutObjectAcl', x.key);
    if (acl !== 'bucket-owner-full-control' && acl !== 'private') {
      throw new S3Error(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs');
    }
  }
  const headers = objectHeaders(x);
  if (headers.kmsKeyId !== undefined) authorizeKms(x, 'kms:GenerateDataKey', headers.kmsKeyId);
  return headers;
}

/** @throws S3Error PreconditionFailed, NoSuchKey, NotImplemented */
export function checkWriteConditions(x: Exchange, bucket: Bucket): void {
  const current = bucket.current(x.key);
  const ifNoneMatch = x.header('if-none-match');
  const ifMatch = x.header('if-match');
  const { conditions } = x.service;
  if (conditions === 'ignored') return;
  if (conditions === 'refused' && (ifNoneMatch ?? ifMatch) !== undefined) throw notImplemented('conditional writes');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw notImplemented('If-None-Match');
    if (current) throw preconditionFailed('If-None-Match');
  }
  if (ifMatch !== undefined) {
    if (!current) throw noSuchKey(x.key);
    if (!sameEtag(ifMatch, current.etag)) throw preconditionFailed('If-Match');
  }
}

function sameEtag(condition: string, etag: string): boolean {
  return condition === '*' || condition.split(',').some((one) => one.trim().replace(/^(W\/)?"|"$/g, '') === etag);
}

/** GetObject and HeadObject. */
export async function getObject(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  const versionId = x.param('versionId');
  authorize(x, versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', x.key);
  const object = findVersion(x, bucket, versionId);
  x.setHeader('etag', `"${object.etag}"`);
  x.setHeader('last-modified', new Date(object.modified).toUTCString());
  showVersion(x, bucket, object);
  if (isUnchanged(x, object)) {
    x.send(304);
    return;
  }
  for (const [name, value] of Object.entries(object.headers)) x.setHeader(name, value);
  for (const [name, value] of x.query) if (name.startsWith('response-')) x.setHeader(name.slice(9), value);
  x.setHeader('accept-ranges', 'bytes');
  x.setHeader('x-amz-storage-class', object.storageClass);
  if (object.tags?.length) x.setHeader('x-amz-tagging-count', object.tags.length);
  showEncryption(x, object);
  const [start, end] = rangeOf(x, object);
  const whole = end - start + 1 === object.size;
  if (whole && x.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED') showChecksums(x, object);
  const status = x.header('range') !== undefined || x.param('partNumber') !== undefined ? 206 : 200;
  if (status === 206) x.setHeader('content-range', `bytes ${start}-${end}/${object.size}`);
  const nothing = x.request.method === 'HEAD' || object.size === 0;
  await x.sendData(status, end - start + 1, nothing ? none() : bucket.read(object.segments, start, end));
}

async function* none(): AsyncGenerator<Buffer> {
  // HEAD and empty objects: headers only
}

function findVersion(x: Exchange, bucket: Bucket, versionId: string | undefined): StoredObject {
  const versions = bucket.versions.get(x.key) ?? [];
  const object = versionId === undefined ? versions[0] : versions.find((version) => version.versionId === versionId);
  if (object && !object.deleteMarker) return object;
  if (object) {
    showVersion(x, bucket, object);
    x.setHeader('x-amz-delete-marker', 'true');
    if (versionId !== undefined) {
      throw new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
    }
  }
  if (versionId !== undefined) {
    throw new S3Error(404, 'NoSuchVersion', 'The specified version does not exist.', {
      Key: x.key,
      VersionId: versionId,
    });
  }
  throw missingKey(x);
}

/** @throws S3Error PreconditionFailed */
function isUnchanged(x: Exchange, object: StoredObject): boolean {
  const ifMatch = x.header('if-match');
  const ifNoneMatch = x.header('if-none-match');
  const modified = Math.floor(Date.parse(object.modified) / 1000) * 1000;
  if (ifMatch !== undefined && !sameEtag(ifMatch, object.etag)) throw preconditionFailed('If-Match');
  const unmodifiedSince = Date.parse(x.header('if-unmodified-since') ?? '');
  if (ifMatch === undefined && modified > unmodifiedSince) throw preconditionFailed('If-Unmodified-Since');
  if (ifNoneMatch !== undefined) return sameEtag(ifNoneMatch, object.etag);
  return modified <= Date.parse(x.header('if-modified-since') ?? '');
}

/** First and last byte that are asked for. @throws S3Error InvalidRange, InvalidPartNumber */
function rangeOf(x: Exchange, object: StoredObject): [start: number, end: number] {
  const { size } = object;
  const partNumber = x.param('partNumber');
  if (partNumber !== undefined) {
    const sizes = object.partSizes ?? [size];
    const index = Number(partNumber) - 1;
    const length = sizes[index];
    if (length === undefined) {
      throw new S3Error(416, 'InvalidPartNumber', 'The requested partnumber is not satisfiable');
    }
    if (object.partSizes) x.setHeader('x-amz-mp-parts-count', sizes.length);
    const start = sizes.slice(0, index).reduce((sum, one) => sum + one, 0);
    return [start, start + length - 1];
  }
  const range = x.header('range');
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  if (!match || match[0] === 'bytes=-') return [0, size - 1];
  const [, first = '', last = ''] = match;
  const start = first ? Number(first) : Math.max(size - Number(last), 0);
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1;
  if (start >= size || start > end) {
    const fields = { RangeRequested: range, ActualObjectSize: size };
    throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', fields);
  }
  return [start, end];
}

export function showEncryption(
  x: Exchange,
  { encryption, kmsKeyId }: Pick<StoredObject, 'encryption' | 'kmsKeyId'>,
): void {
  x.setHeader('x-amz-server-side-encryption', encryption);
  x.setHeader('x-amz-server-side-encryption-aws-kms-key-id', kmsKeyId);
}

function showChecksums(x: Exchange, object: StoredObject): void {
  for (const [algorithm, value] of Object.entries(object.checksums)) {
    x.setHeader(`x-amz-checksum-${algorithm}`, value);
    x.setHeader('x-amz-checksum-type', object.checksumType);
  }
}

/** The checksums as elements of an answer. */
export function checksumElements(checksums: Checksums): Record<string, string> {
  const names = Object.keys(checksums) as (keyof Checksums)[];
  return Object.fromEntries(names.map((name) => [CHECKSUM_ELEMENTS[name], checksums[name]!]));
}

export function deleteObject(x: Exchange): void {
  const bucket = openBucket(x);
  const versionId = x.param('versionId');
  authorize(x, versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', x.key);
  const ifMatch = x.header('if-match');
  const current = bucket.current(x.key);
  if (ifMatch !== undefined) {
    if (!current) throw noSuchKey(x.key);
    if (!sameEtag(ifMatch, current.etag)) throw preconditionFailed('If-Match');
  }
  const gone = deleteVersion(bucket, x.key, versionId);
  x.setHeader('x-amz-version-id', gone.versionId);
  x.setHeader('x-amz-delete-marker', gone.marker ? 'true' : undefined);
  x.send(204);
}

export async function deleteObjects(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  if (x.header('content-md5') === undefined && !Object.keys(x.request.headers).some(isChecksumHeader)) {
    throw invalidRequest('Missing required header for this request: Content-MD5');
  }
  const request = parseXml(await receiveText(x));
  const wanted = request.children.filter(({ name }) => name === 'Object');
  if (request.name !== 'Delete' || wanted.length === 0 || wanted.length > MAX_DELETES) throw malformedXml();
  const Deleted: Record<string, string>[] = [];
  const Errors: Record<string, string>[] = [];
  for (const object of wanted) {
    const Key = childText(object, 'Key');
    if (!Key) throw malformedXml();
    const versionId = childText(object, 'VersionId');
    const version: Record<string, string> = versionId === undefined ? {} : { VersionId: versionId };
    const refusal = denied(x, versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', Key);
    const ETag = childText(object, 'ETag');
    if (refusal) {
      Errors.push({ Key, ...version, Code: refusal.code, Message: refusal.message });
    } else if (ETag !== undefined && !sameEtag(ETag, bucket.current(Key)?.etag ?? '')) {
      const { code, message } = preconditionFailed('If-Match');
      Errors.push({ Key, ...version, Code: code, Message: message });
    } else {
      const gone = deleteVersion(bucket, Key, versionId);
      const marker: Record<string, string> = gone.marker
        ? { DeleteMarker: 'true', DeleteMarkerVersionId: gone.versionId! }
        : {};
      Deleted.push({ Key, ...version, ...marker });
    }
  }
  const quiet = childText(request, 'Quiet') === 'true';
  x.sendXml('DeleteResult', { Deleted: quiet ? [] : Deleted, Error: Errors });
}

function isChecksumHeader(name: string): boolean {
  return name.startsWith('x-amz-checksum-') || name === 'x-amz-trailer';
}

export async function copyObject(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  const headers = authorizeWrite(x);
  const { from, source } = findCopySource(x);
  if (headers.tags === undefined && source.tags) headers.tags = source.tags;
  const replace = x.header('x-amz-metadata-directive') === 'REPLACE';
  if (from === bucket && source.key === x.key && !replace && x.header('x-amz-storage-class') === undefined) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  checkWriteConditions(x, bucket);
  const object: StoredObject = {
    ...source,
    ...headers,
    headers: replace ? headers.headers : source.headers,
    key: x.key,
    versionId: nextVersionId(bucket),
    modified: new Date().toISOString(),
    segments: await linkSegments(from, bucket, source.segments),
  };
  bucket.put(object);
  showEncryption(x, object);
  showVersion(x, bucket, object);
  x.sendXml('CopyObjectResult', {
    LastModified: object.modified,
    ETag: `"${object.etag}"`,
    ...checksumElements(object.checksums),
  });
}

/** @throws S3Error NoSuchBucket, NoSuchKey, AccessDenied, InvalidArgument */
export function findCopySource(x: Exchange): { from: Bucket; source: StoredObject } {
  const header = x.header('x-amz-copy-source')!;
  const [name = '', versionId] = header.replace(/^\//, '').split('?versionId=');
  const decoded = decodeURIComponent(name);
  const slash = decoded.indexOf('/');
  if (slash < 1) {
    throw invalidArgument('x-amz-copy-source', header, 'Invalid copy source object key');
  }
  const bucketName = decoded.slice(0, slash);
  const key = decoded.slice(slash + 1);
  const from = x.service.storage.buckets.get(bucketName);
  if (!from) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucketName });
  authorize(x, versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', key, bucketName);
  const source =
    versionId === undefined ? from.current(key) : from.versions.get(key)?.find((one) => one.versionId === versionId);
  if (!source || source.deleteMarker) throw missingKey(x, key, bucketName);
  return { from, source };
}

/** A second name for the same bytes is as good as a copy: files are never written again once they are complete. */
async function linkSegments(from: Bucket, to: Bucket, segments: Segment[]): Promise<Segment[]> {
  return Promise.all(
    segments.map(async (segment) => {
      if ('inline' in segment) return segment;
      const file = to.newFile();
      await fs.link(from.pathOf(segment.file), file);
      return { size: segment.size, file: path.basename(file) };
    }),
  );
}
