import { Arguments } from '../arguments.ts';
import { hasControlCharacter } from './keys.ts';
import { accountIdBreach } from './credentials.ts';

export const ENCRYPTIONS = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;
export type Encryption = (typeof ENCRYPTIONS)[number];

export const ACLS = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
] as const;
export type Acl = (typeof ACLS)[number];

/** The storage classes that are offered; a store may have others. */
export const STORAGE_CLASSES = [
  'STANDARD',
  'INTELLIGENT_TIERING',
  'STANDARD_IA',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;

/** How objects are kept at the store; what is not set is the bucket's own way. */
export interface ObjectOptions {
  /** `AES256` is SSE-S3, `aws:kms` SSE-KMS. */
  encryption?: Encryption;
  /** Id, alias or ARN of the KMS key; without it, the account's own for S3. */
  kmsKeyId?: string;
  /** Has S3 ask KMS for a key once in a while rather than for each object. */
  bucketKey?: boolean;
  /** Of data objects only: what is written beside them has to stay readable at once. */
  storageClass?: string;
  acl?: Acl;
  /** Of data objects only. */
  tags?: Record<string, string>;
  /** Of data objects only. */
  metadata?: Record<string, string>;
  /** The account id of the bucket's owner: the store refuses if it is another one. */
  expectedBucketOwner?: string;
}

/** What goes into a request that creates an object, `PutObject` or `CreateMultipartUpload`. */
export interface ObjectParams {
  ServerSideEncryption?: Encryption;
  SSEKMSKeyId?: string;
  BucketKeyEnabled?: boolean;
  StorageClass?: string;
  ACL?: Acl;
  Tagging?: string;
  Metadata?: Record<string, string>;
}

/** Names that a run's own metadata have. */
const OWN_METADATA: ReadonlySet<string> = new Set(['run-id', 'sync-id', 'rows']);
const MAX_TAGS = 10;
const MAX_METADATA_BYTES = 2048;

/**
 * Reads a destination's `options`. @param given the object within
 * @returns undefined where none is set @throws ProblemError `invalid-argument`, naming the field
 */
export function parseObjectOptions(given: Arguments): ObjectOptions | undefined {
  const kmsKeyId = given.text('kmsKeyId', '').trim();
  given.refuse('kmsKeyId', kmsKeyId === '' ? undefined : kmsKeyBreach(kmsKeyId));
  const encryption = given.has('encryption')
    ? given.choice('encryption', ENCRYPTIONS, 'AES256')
    : kmsKeyId === ''
      ? undefined
      : 'aws:kms';
  const kms = encryption === 'aws:kms' || encryption === 'aws:kms:dsse';
  given.refuse('kmsKeyId', kmsKeyId !== '' && !kms ? 'A KMS key is for the encryption aws:kms.' : undefined);
  const bucketKey = given.has('bucketKey') ? given.flag('bucketKey', false) : undefined;
  given.refuse('bucketKey', bucketKey === true && !kms ? 'A bucket key is for the encryption aws:kms.' : undefined);
  const storageClass = given.text('storageClass', '').trim();
  given.refuse('storageClass', storageClass === '' ? undefined : storageClassBreach(storageClass));
  const owner = given.text('expectedBucketOwner', '').trim();
  given.refuse('expectedBucketOwner', owner === '' ? undefined : accountIdBreach(owner));
  const tags = textMap(given, 'tags');
  given.refuse('tags', tagsBreach(tags));
  const metadata = lowerCase(textMap(given, 'metadata'));
  given.refuse('metadata', metadataBreach(metadata));
  const options: ObjectOptions = {
    ...(encryption === undefined ? {} : { encryption }),
    ...(kmsKeyId === '' ? {} : { kmsKeyId }),
    ...(bucketKey === undefined ? {} : { bucketKey }),
    ...(storageClass === '' ? {} : { storageClass }),
    ...(given.has('acl') ? { acl: given.choice('acl', ACLS, 'private') } : {}),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(owner === '' ? {} : { expectedBucketOwner: owner }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

/**
 * What the options of a destination add to a request that creates an object.
 * @param kind data objects get all of it; what is written beside them only what a bucket's policy may insist on
 */
export function objectParams(options: ObjectOptions | undefined, kind: 'data' | 'side'): ObjectParams {
  const { encryption, kmsKeyId, bucketKey, storageClass, acl, tags, metadata } = options ?? {};
  const all: ObjectParams = {
    ...(encryption === undefined ? {} : { ServerSideEncryption: encryption }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    ...(bucketKey === undefined ? {} : { BucketKeyEnabled: bucketKey }),
    ...(acl === undefined ? {} : { ACL: acl }),
  };
  if (kind === 'side') return all;
  return {
    ...all,
    ...(storageClass === undefined ? {} : { StorageClass: storageClass }),
    ...(tags === undefined ? {} : { Tagging: tagging(tags) }),
    ...(metadata === undefined ? {} : { Metadata: metadata }),
  };
}

/** What is wrong with a KMS key's id, alias or ARN, or undefined. */
export function kmsKeyBreach(key: string): string | undefined {
  if (/^[\w:/-]{1,2048}$/.test(key)) return undefined;
  return 'A KMS key is named by its id, by alias/… or by its ARN.';
}

/** What is wrong with a storage class, or undefined. */
export function storageClassBreach(name: string): string | undefined {
  return /^[\w-]{1,64}$/.test(name) ? undefined : 'A storage class is a word like STANDARD_IA.';
}

/** What is wrong with an object's tags, or undefined. */
export function tagsBreach(tags: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) return `An object may have at most ${MAX_TAGS} tags.`;
  for (const [name, value] of entries) {
    if (name === '' || name.length > 128) return 'The name of a tag has 1 to 128 characters.';
    if (value.length > 256) return `The value of the tag ${name} may have at most 256 characters.`;
    if (name.toLowerCase().startsWith('aws:')) return 'The name of a tag may not begin with aws:.';
    if (!/^[\p{L}\p{N}\p{Zs}+=._:/@-]*$/u.test(name + value)) {
      return `The tag ${name} may consist of letters, digits, spaces and + - = . _ : / @ only.`;
    }
  }
  return undefined;
}

/** What is wrong with user metadata (names in lower case), or undefined. */
export function metadataBreach(metadata: Readonly<Record<string, string>>): string | undefined {
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return 'A name of metadata consists of letters, digits and hyphens.';
    if (OWN_METADATA.has(name)) return `${name} is written by the export itself.`;
    if (hasControlCharacter(value) || !/^[\x20-\x7e]*$/.test(value) || value !== value.trim()) {
      return `The value of ${name} may hold ASCII characters only, without spaces around it.`;
    }
    bytes += name.length + value.length;
  }
  return bytes > MAX_METADATA_BYTES ? `Metadata may have at most ${MAX_METADATA_BYTES} bytes.` : undefined;
}

function textMap(given: Arguments, name: string): Record<string, string> {
  if (!given.has(name)) return {};
  const within = given.within(name);
  const names = Object.keys(given.raw(name) as object).filter((key) => within.has(key));
  return Object.fromEntries(names.map((key) => [key, within.text(key)]));
}

function lowerCase(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));
}

function tagging(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}
