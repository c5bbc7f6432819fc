import type { DestinationFields } from '../destination/destination.ts';
import { partitionOf } from '../destination/storePresets.ts';
import type { ExportRequest } from '../sync/exportRequest.ts';
import type { WantedPolicy } from './repairs.ts';

/** What a destination is to be used for. It decides which permissions are needed. */
export const PURPOSES = ['insert', 'mirror', 'audience'] as const;

export type Purpose = (typeof PURPOSES)[number];

/**
 * The permissions without which exports for a purpose fail; the others clean up, or are needed by some of them only. What is
 * missing can be told from what is denied only by those who may list.
 */
export const NEEDED_FOR: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  insert: new Set(['s3:PutObject']),
  mirror: new Set(['s3:PutObject', 's3:GetObject', 's3:ListBucket', 's3:DeleteObject']),
  audience: new Set(['s3:PutObject', 's3:GetObject', 's3:ListBucket']),
};

/** An IAM policy, as it is pasted into AWS's console. */
export interface IamPolicy {
  Version: '2012-10-17';
  Statement: IamStatement[];
}

export interface IamStatement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string;
  Condition?: Record<string, Record<string, string[]>>;
}

/** What a run of this kind needs rights for. */
export function purposeOf({ kind, mode, onlyNewRows }: Pick<ExportRequest, 'kind' | 'mode' | 'onlyNewRows'>): Purpose {
  if (mode === 'mirror') return 'mirror';
  return kind === 'audience' || onlyNewRows ? 'audience' : 'insert';
}

/** Actions on objects below the prefix. An export that only adds never reads. */
const OBJECT_ACTIONS: Record<Purpose, readonly string[]> = {
  insert: ['s3:PutObject', 's3:AbortMultipartUpload'],
  mirror: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject', 's3:DeleteObject'],
  audience: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject', 's3:DeleteObject'],
};

/** Rights on the bucket itself, rather than on what is in it. */
const BUCKET_ACTIONS: ReadonlySet<string> = new Set(['s3:ListBucket', 's3:ListBucketMultipartUploads']);
/** Multipart uploads need to read what they have encrypted, too. */
const KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];

/** The actions that a destination needs for a purpose, each once, those on objects first. */
export function neededActions(destination: DestinationFields, purpose: Purpose): string[] {
  return iamPolicy(destination, purpose).Statement.flatMap(({ Action }) => Action);
}

function objectActions({ options }: DestinationFields, purpose: Purpose): string[] {
  return [
    ...OBJECT_ACTIONS[purpose],
    ...(options?.tags === undefined ? [] : ['s3:PutObjectTagging']),
    ...(options?.acl === undefined ? [] : ['s3:PutObjectAcl']),
  ];
}

/**
 * The least that lets a user or role use a destination for a purpose. Grants nothing outside of the bucket and prefix,
 * but the use of a KMS key where there is one.
 * @param refused what was refused: it is granted, too, where it is a right on the bucket, its objects or the key
 */
export function iamPolicy(
  destination: DestinationFields,
  purpose: Purpose,
  refused: Pick<WantedPolicy, 'also' | 'kmsKey'> = {},
): IamPolicy {
  const { bucket, region, pathPrefix } = destination;
  const arn = `arn:${partitionOf(region)}:s3:::${bucket}`;
  const below = `${literal(pathPrefix)}*`;
  const { also = '' } = refused;
  const objects = objectActions(destination, purpose);
  const buckets = purpose === 'insert' ? [] : ['s3:ListBucket'];
  if (also.startsWith('s3:')) (BUCKET_ACTIONS.has(also) ? buckets : objects).push(also);
  const Statement: IamStatement[] = [
    { Sid: 'Objects', Effect: 'Allow', Action: [...new Set(objects)], Resource: `${arn}/${below}` },
  ];
  if (buckets.length > 0) {
    const list: IamStatement = { Sid: 'List', Effect: 'Allow', Action: [...new Set(buckets)], Resource: arn };
    // Without a prefix, all of the bucket is ours, and a request that lists it may leave the prefix out.
    // A request for an object that is missing has no prefix: S3 says that it is missing only where that is allowed, too.
    if (pathPrefix !== '') list.Condition = { StringLikeIfExists: { 's3:prefix': [below] } };
    Statement.push(list);
  }
  const key = keyStatement(destination, refused.kmsKey);
  return { Version: '2012-10-17', Statement: key === undefined ? Statement : [...Statement, key] };
}

/** The use of the key that a refusal has named, or that the destination encrypts with. */
function keyStatement({ region, options }: DestinationFields, refused: string | undefined): IamStatement | undefined {
  const key = refused ?? (options?.encryption === undefined ? undefined : options.kmsKeyId);
  if (key === undefined) return undefined;
  const statement = { Sid: 'Key', Effect: 'Allow' as const, Action: KEY_ACTIONS };
  const keys = `arn:${partitionOf(region)}:kms:${region}:*:key/`;
  const alias = /(?:^|:)(alias\/.+)$/.exec(key)?.[1];
  if (alias !== undefined) {
    const Condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [alias] } };
    return { ...statement, Resource: `${keys}*`, Condition };
  }
  return { ...statement, Resource: key.startsWith('arn:') ? key : `${keys}${key}` };
}

/** Characters that would be a wildcard or a variable in a policy stand for themselves. */
function literal(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`);
}
