import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { bareEtag } from './etag.ts';
import { isDenied, isMissing, statusOf } from './sdkError.ts';

/** What a store tells of an object. Plain JSON; what it does not tell is missing. */
export interface ObjectProperties {
  key: string;
  /** Bytes. */
  size: number;
  /** ISO 8601, in UTC. */
  lastModified?: string;
  etag?: string;
  versionId?: string;
  contentType?: string;
  contentEncoding?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  expires?: string;
  websiteRedirect?: string;
  /** The user's metadata. */
  metadata: Record<string, string>;
  storageClass: string;
  /** What has become of a copy of an archived object, as the store says it. */
  restore?: string;
  archiveStatus?: string;
  replication?: string;
  /** A lifecycle rule that will remove it, as the store says it. */
  expiration?: string;
  /** `AES256`, `aws:kms` … */
  encryption?: string;
  kmsKeyId?: string;
  bucketKey?: boolean;
  /** Of a key that the user holds. */
  customerAlgorithm?: string;
  /** By algorithm, as the store writes them, and whether they are of the whole object or of its parts. */
  checksums: Record<string, string>;
  checksumType?: string;
  /** Parts of a multipart upload. */
  parts?: number;
  lock?: { mode?: string; retainUntil?: string; legalHold?: string };
  /** The tags, or why they are not known. */
  tags: Record<string, string> | 'denied' | 'unsupported';
}

/**
 * Asks for all that may be known of an object. That tags may not be read, or are not known to the store, is no failure.
 * @returns undefined when there is no such object
 */
export async function readProperties(
  client: S3Client,
  bucket: string,
  key: string,
): Promise<ObjectProperties | undefined> {
  const place = { Bucket: bucket, Key: key };
  let head: HeadObjectCommandOutput;
  try {
    head = await client.send(new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return propertiesOf(key, head, await tagsOf(client, place));
}

async function tagsOf(client: S3Client, place: { Bucket: string; Key: string }): Promise<ObjectProperties['tags']> {
  try {
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand(place));
    return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  } catch (error) {
    if (isDenied(error)) return 'denied';
    if ([400, 404, 405, 501].includes(statusOf(error) ?? 0)) return 'unsupported';
    throw error;
  }
}

function propertiesOf(key: string, head: HeadObjectCommandOutput, tags: ObjectProperties['tags']): ObjectProperties {
  const parts = /-(\d+)"?$/.exec(head.ETag ?? '')?.[1];
  const lock = known({
    mode: head.ObjectLockMode,
    retainUntil: head.ObjectLockRetainUntilDate?.toISOString(),
    legalHold: head.ObjectLockLegalHoldStatus,
  });
  return {
    key,
    size: head.ContentLength ?? 0,
    ...known({
      lastModified: head.LastModified?.toISOString(),
      etag: head.ETag === undefined ? undefined : bareEtag(head.ETag),
      versionId: head.VersionId,
      contentType: head.ContentType,
      contentEncoding: head.ContentEncoding,
      cacheControl: head.CacheControl,
      contentDisposition: head.ContentDisposition,
      contentLanguage: head.ContentLanguage,
      expires: head.ExpiresString,
      websiteRedirect: head.WebsiteRedirectLocation,
    }),
    metadata: head.Metadata ?? {},
    storageClass: head.StorageClass ?? 'STANDARD',
    ...known({
      restore: head.Restore,
      archiveStatus: head.ArchiveStatus,
      replication: head.ReplicationStatus,
      expiration: head.Expiration,
      encryption: head.ServerSideEncryption,
      kmsKeyId: head.SSEKMSKeyId,
      bucketKey: head.BucketKeyEnabled,
      customerAlgorithm: head.SSECustomerAlgorithm,
    }),
    checksums: checksumsOf(head),
    ...known({ checksumType: head.ChecksumType, parts: parts === undefined ? undefined : Number(parts) }),
    ...(Object.keys(lock).length === 0 ? {} : { lock }),
    tags,
  };
}

function checksumsOf(head: HeadObjectCommandOutput): Record<string, string> {
  const { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = head;
  return known({
    CRC32: ChecksumCRC32,
    CRC32C: ChecksumCRC32C,
    CRC64NVME: ChecksumCRC64NVME,
    SHA1: ChecksumSHA1,
    SHA256: ChecksumSHA256,
  });
}

/** The fields that have a value. */
function known<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } & Record<string, never> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
