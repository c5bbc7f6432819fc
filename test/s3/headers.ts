import { invalidArgument, invalidRequest, S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { ObjectHeaders } from './storage.ts';

const KEPT = ['cache-control', 'content-disposition', 'content-language', 'expires', 'x-amz-website-redirect-location'];
const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
];
const MAX_METADATA = 2048;

/**
 * What an object keeps of the headers it is written with.
 * @throws S3Error InvalidStorageClass, InvalidArgument, MetadataTooLarge, KMS.NotFoundException, InvalidTag, InvalidRequest
 */
export function objectHeaders(x: Exchange): ObjectHeaders {
  const headers: Record<string, string> = { 'content-type': x.header('content-type') ?? 'binary/octet-stream' };
  let metadataSize = 0;
  for (const [name, value] of Object.entries(x.request.headers)) {
    if (name.startsWith('x-amz-meta-')) {
      headers[name] = String(value);
      metadataSize += name.length - 'x-amz-meta-'.length + Buffer.byteLength(String(value));
    } else if (KEPT.includes(name)) {
      headers[name] = String(value);
    }
  }
  if (metadataSize > MAX_METADATA) {
    const message = 'Your metadata headers exceed the maximum allowed metadata size';
    throw new S3Error(400, 'MetadataTooLarge', message, { Size: metadataSize, MaxSizeAllowed: MAX_METADATA });
  }
  // aws-chunked is about the way here, not about the object.
  const encodings = (x.header('content-encoding') ?? '').split(',').map((one) => one.trim());
  const encoding = encodings.filter((one) => one && one !== 'aws-chunked').join(',');
  if (encoding) headers['content-encoding'] = encoding;
  const kept: ObjectHeaders = { headers, ...encryption(x) };
  const storageClass = x.header('x-amz-storage-class');
  if (storageClass !== undefined && !STORAGE_CLASSES.includes(storageClass)) {
    throw new S3Error(400, 'InvalidStorageClass', 'The storage class you specified is not valid', {
      StorageClassRequested: storageClass,
    });
  }
  if (storageClass !== undefined && storageClass !== 'STANDARD') kept.storageClass = storageClass;
  const tagging = x.header('x-amz-tagging');
  if (tagging !== undefined) kept.tags = checkTags([...new URLSearchParams(tagging)]);
  return kept;
}

/** @throws S3Error InvalidTag, BadRequest */
export function checkTags(tags: [key: string, value: string][]): [key: string, value: string][] {
  if (tags.length > 10) throw new S3Error(400, 'BadRequest', 'Object tags cannot be greater than 10');
  for (const [key, value] of tags) {
    if (!key || key.length > 128)
      throw new S3Error(400, 'InvalidTag', 'The TagKey you have provided is invalid', { TagKey: key });
    if (value.length > 256)
      throw new S3Error(400, 'InvalidTag', 'The TagValue you have provided is invalid', { TagKey: key });
  }
  if (new Set(tags.map(([key]) => key)).size < tags.length) {
    throw new S3Error(400, 'InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return tags;
}

function encryption(x: Exchange): Pick<ObjectHeaders, 'encryption' | 'kmsKeyId'> {
  const method = x.header('x-amz-server-side-encryption') ?? 'AES256';
  const keyId = x.header('x-amz-server-side-encryption-aws-kms-key-id');
  if (!['AES256', 'aws:kms', 'aws:kms:dsse'].includes(method)) {
    throw invalidArgument('x-amz-server-side-encryption', method, 'The encryption method specified is not supported');
  }
  if (keyId === undefined) return { encryption: method };
  if (method === 'AES256') {
    throw invalidRequest(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    );
  }
  const { region, account, kmsKeys } = x.service;
  const kmsKeyId = keyId.startsWith('arn:')
    ? keyId
    : `arn:aws:kms:${x.identity?.region ?? region}:${account}:key/${keyId}`;
  if (kmsKeys && !kmsKeys.has(keyId) && !kmsKeys.has(kmsKeyId)) {
    throw new S3Error(400, 'KMS.NotFoundException', `Key '${kmsKeyId}' does not exist`);
  }
  return { encryption: method, kmsKeyId };
}
