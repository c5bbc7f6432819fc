import { createHash, randomBytes } from 'node:crypto';
import { authorize, authorizeKms, openBucket } from './access.ts';
import { receiveData, receiveText } from './body.ts';
import { CHECKSUM_ELEMENTS, isChecksumAlgorithm, startChecksum, type Checksums } from './checksums.ts';
import { invalidArgument, invalidRequest, malformedXml, noSuchUpload, S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { compareKeys } from './keys.ts';
import { nameWriter, pageSize } from './listing.ts';
import { authorizeWrite, checksumElements, checkWriteConditions, showEncryption } from './objects.ts';
import { encode } from './signature.ts';
import type { Bucket, Part, StoredObject, Upload } from './storage.ts';
import { nextVersionId, showVersion } from './versions.ts';
import { childText, parseXml } from './xml.ts';

type OpenUpload = Upload & { parts: Map<number, Part> };

const MAX_PART_NUMBER = 10_000;

export function createMultipartUpload(x: Exchange): void {
  const bucket = openBucket(x);
  const object = authorizeWrite(x);
  const upload: Upload = {
    id: randomBytes(48).toString('base64url'),
    key: x.key,
    initiator: x.principal?.arn ?? 'anonymous',
    initiated: new Date().toISOString(),
    object,
    ...checksumChoice(x),
  };
  bucket.begin(upload);
  showEncryption(x, object);
  x.setHeader('x-amz-checksum-algorithm', upload.checksumAlgorithm?.toUpperCase());
  x.setHeader('x-amz-checksum-type', upload.checksumType);
  x.sendXml('InitiateMultipartUploadResult', { Bucket: x.bucketName, Key: x.key, UploadId: upload.id });
}

function checksumChoice(x: Exchange): Pick<Upload, 'checksumAlgorithm' | 'checksumType'> {
  const algorithm = x.header('x-amz-checksum-algorithm')?.toLowerCase();
  if (algorithm === undefined) return {};
  if (!isChecksumAlgorithm(algorithm)) {
    throw invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  const type = x.header('x-amz-checksum-type') ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  const possible =
    algorithm === 'crc64nvme'
      ? ['FULL_OBJECT']
      : algorithm.startsWith('sha')
        ? ['COMPOSITE']
        : ['FULL_OBJECT', 'COMPOSITE'];
  if (!possible.includes(type)) {
    throw invalidRequest(`The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  }
  return { checksumAlgorithm: algorithm, checksumType: type as 'FULL_OBJECT' | 'COMPOSITE' };
}

export async function uploadPart(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  authorize(x, 's3:PutObject', x.key);
  const upload = findUpload(x, bucket);
  const number = Number(x.param('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER) {
    const message = `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`;
    throw invalidArgument('partNumber', x.param('partNumber') ?? '', message);
  }
  if (upload.object.kmsKeyId !== undefined) authorizeKms(x, 'kms:Decrypt', upload.object.kmsKeyId);
  const { size, md5, checksums, segment } = await receiveData(x, bucket);
  try {
    // The upload may have been aborted or completed while the part came in.
    findUpload(x, bucket);
    checkPartChecksum(upload, checksums);
  } catch (error) {
    bucket.discard([segment]);
    throw error;
  }
  bucket.putPart(upload.id, { number, modified: new Date().toISOString(), size, etag: md5, segment, checksums });
  x.setHeader('etag', `"${md5}"`);
  for (const [algorithm, value] of Object.entries(checksums)) x.setHeader(`x-amz-checksum-${algorithm}`, value);
  showEncryption(x, upload.object);
  x.send(200);
}

function checkPartChecksum({ checksumAlgorithm: wanted, checksumType }: Upload, given: Checksums): void {
  const [actual = 'null'] = Object.keys(given);
  const composite = checksumType === 'COMPOSITE';
  if (wanted === undefined || actual === wanted || (actual === 'null' && !composite)) return;
  const message = `Checksum Type mismatch occurred, expected checksum Type: ${wanted}, actual checksum Type: ${actual}`;
  throw invalidRequest(message);
}

export function listParts(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:ListMultipartUploadParts', x.key);
  const upload = findUpload(x, bucket);
  const marker = Number(x.param('part-number-marker') ?? 0);
  const max = pageSize(x, 'max-parts');
  const left = sortedParts(upload).filter(({ number }) => number > marker);
  const page = left.slice(0, max);
  x.sendXml('ListPartsResult', {
    Bucket: x.bucketName,
    Key: upload.key,
    UploadId: upload.id,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? marker,
    MaxParts: max,
    IsTruncated: left.length > page.length,
    Initiator: { ID: upload.initiator },
    StorageClass: upload.object.storageClass ?? 'STANDARD',
    ChecksumAlgorithm: upload.checksumAlgorithm?.toUpperCase(),
    ChecksumType: upload.checksumType,
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: part.modified,
      ETag: `"${part.etag}"`,
      Size: part.size,
      ...checksumElements(part.checksums),
    })),
  });
}

export function listMultipartUploads(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:ListBucketMultipartUploads');
  const name = nameWriter(x);
  const prefix = x.param('prefix') ?? '';
  const delimiter = x.param('delimiter') ?? '';
  const keyMarker = x.param('key-marker') ?? '';
  const idMarker = x.param('upload-id-marker') ?? '';
  const max = pageSize(x, 'max-uploads');
  // Without a key marker, the id marker is ignored; with one alone, uploads of that very key are passed over.
  const isAfter = (upload: OpenUpload) => {
    const order = compareKeys(upload.key, keyMarker);
    return !keyMarker || order > 0 || (order === 0 && idMarker !== '' && upload.id > idMarker);
  };
  const uploads = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix) && isAfter(upload))
    .sort((a, b) => compareKeys(a.key, b.key) || (a.id < b.id ? -1 : 1));
  const page: OpenUpload[] = [];
  const groups = new Set<string>();
  let last: { key: string; id: string } | undefined;
  let truncated = false;
  for (const upload of uploads) {
    const at = delimiter ? upload.key.indexOf(delimiter, prefix.length) : -1;
    const group = at < 0 ? undefined : upload.key.slice(0, at + delimiter.length);
    if (group !== undefined && (groups.has(group) || keyMarker.startsWith(group))) continue;
    if (page.length + groups.size >= max) {
      truncated = true;
      break;
    }
    if (group === undefined) page.push(upload);
    else groups.add(group);
    last = group === undefined ? upload : { key: group, id: '' };
  }
  x.sendXml('ListMultipartUploadsResult', {
    Bucket: x.bucketName,
    KeyMarker: name(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: truncated && last ? name(last.key) : undefined,
    NextUploadIdMarker: truncated ? last?.id : undefined,
    Prefix: name(prefix),
    Delimiter: delimiter ? name(delimiter) : undefined,
    EncodingType: x.param('encoding-type'),
    MaxUploads: max,
    IsTruncated: truncated,
    Upload: page.map((upload) => ({
      Key: name(upload.key),
      UploadId: upload.id,
      Initiator: { ID: upload.initiator },
      StorageClass: upload.object.storageClass ?? 'STANDARD',
      Initiated: upload.initiated,
      ChecksumAlgorithm: upload.checksumAlgorithm?.toUpperCase(),
      ChecksumType: upload.checksumType,
    })),
    CommonPrefixes: [...groups].map((group) => ({ Prefix: name(group) })),
  });
}

export function abortMultipartUpload(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:AbortMultipartUpload', x.key);
  bucket.end(findUpload(x, bucket).id);
  x.send(204);
}

export async function completeMultipartUpload(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  authorize(x, 's3:PutObject', x.key);
  findUpload(x, bucket);
  const request = await receiveText(x);
  const upload = findUpload(x, bucket);
  const parts = chosenParts(x, upload, request);
  checkWriteConditions(x, bucket);
  const segments = parts.map((part) => part.segment);
  const md5s = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  const object: StoredObject = {
    ...upload.object,
    key: upload.key,
    versionId: nextVersionId(bucket),
    modified: new Date().toISOString(),
    size: parts.reduce((sum, part) => sum + part.size, 0),
    etag: `${createHash('md5').update(md5s).digest('hex')}-${parts.length}`,
    segments,
    partSizes: parts.map((part) => part.size),
    checksums: await checksumsOf(bucket, upload, parts),
    ...(upload.checksumType && { checksumType: upload.checksumType }),
  };
  // Nothing may come in between here: a second Complete would take the same parts.
  findUpload(x, bucket);
  bucket.put(object);
  bucket.end(upload.id, segments);
  showEncryption(x, object);
  showVersion(x, bucket, object);
  x.sendXml('CompleteMultipartUploadResult', {
    Location: `http://${x.header('host') ?? ''}/${x.bucketName}/${encode(x.key)}`,
    Bucket: x.bucketName,
    Key: x.key,
    ETag: `"${object.etag}"`,
    ...checksumElements(object.checksums),
    ChecksumType: object.checksumType,
  });
}

/** @throws S3Error NoSuchUpload */
function findUpload(x: Exchange, bucket: Bucket): OpenUpload {
  const id = x.param('uploadId') ?? '';
  const upload = bucket.uploads.get(id);
  if (upload?.key !== x.key) throw noSuchUpload(id);
  return upload;
}

function sortedParts(upload: OpenUpload): Part[] {
  return [...upload.parts.values()].sort((a, b) => a.number - b.number);
}

/** The parts that a Complete names. @throws S3Error MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall */
function chosenParts(x: Exchange, upload: OpenUpload, body: string): Part[] {
  const request = parseXml(body);
  const listed = request.children.filter(({ name }) => name === 'Part');
  if (request.name !== 'CompleteMultipartUpload' || listed.length === 0) throw malformedXml();
  let previous = 0;
  const parts = listed.map((entry) => {
    const number = Number(childText(entry, 'PartNumber'));
    const etag = childText(entry, 'ETag')?.replaceAll('"', '');
    if (!Number.isInteger(number) || etag === undefined) throw malformedXml();
    if (number <= previous) {
      const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
      throw new S3Error(400, 'InvalidPartOrder', message, { UploadId: upload.id });
    }
    previous = number;
    const part = upload.parts.get(number);
    if (part?.etag !== etag) throw invalidPart(upload, number, etag);
    const algorithm = upload.checksumAlgorithm;
    if (algorithm === undefined) return part;
    const checksum = childText(entry, CHECKSUM_ELEMENTS[algorithm]);
    if (checksum === undefined && upload.checksumType === 'COMPOSITE') {
      throw invalidRequest(
        `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      );
    }
    if (checksum !== undefined && checksum !== part.checksums[algorithm]) throw invalidPart(upload, number, etag);
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < x.service.minPartSize);
  if (small) {
    const fields = {
      ProposedSize: small.size,
      MinSizeAllowed: x.service.minPartSize,
      PartNumber: small.number,
      ETag: small.etag,
    };
    throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', fields);
  }
  return parts;
}

function invalidPart(upload: Upload, number: number, etag: string): S3Error {
  const message =
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
  return new S3Error(400, 'InvalidPart', message, { UploadId: upload.id, PartNumber: number, ETag: etag });
}

async function checksumsOf(bucket: Bucket, upload: OpenUpload, parts: Part[]): Promise<Checksums> {
  const algorithm = upload.checksumAlgorithm;
  if (algorithm === undefined) return {};
  const checksum = startChecksum(algorithm);
  if (upload.checksumType === 'COMPOSITE') {
    for (const part of parts) checksum.update(Buffer.from(part.checksums[algorithm]!, 'base64'));
    return { [algorithm]: `${checksum.digest()}-${parts.length}` };
  }
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const segments = parts.map((part) => part.segment);
  for await (const bytes of bucket.read(segments, 0, size - 1)) checksum.update(bytes);
  return { [algorithm]: checksum.digest() };
}
