import type { DestinationFields } from '../destination/destination.ts';
import type { ExportRequest } from '../sync/exportRequest.ts';

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

/** AWS's partitions other than `aws`, by how their regions begin. */
const PARTITIONS: readonly [start: string, partition: string][] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];

/** The actions that a destination needs for a purpose, each once, those on objects first. */
export function neededActions(destination: DestinationFields, purpose: Purpose): string[] {
  return [...objectActions(destination, purpose), ...(purpose === 'insert' ? [] : ['s3:ListBucket'])];
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
 * but the use of a KMS key where one is given.
 * @param kmsKey ARN of the key that the bucket encrypts with, where a refusal has named it
 */
export function iamPolicy(destination: DestinationFields, purpose: Purpose, kmsKey?: string): IamPolicy {
  const { bucket, region, pathPrefix } = destination;
  const arn = `arn:${partitionOf(region)}:s3:::${bucket}`;
  const below = `${literal(pathPrefix)}*`;
  const Statement: IamStatement[] = [
    { Sid: 'Objects', Effect: 'Allow', Action: objectActions(destination, purpose), Resource: `${arn}/${below}` },
  ];
  if (purpose !== 'insert') {
    const list: IamStatement = { Sid: 'List', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: arn };
    // Without a prefix, all of the bucket is ours, and a request that lists it may leave the prefix out.
    // A request for an object that is missing has no prefix: S3 says that it is missing only where that is allowed, too.
    if (pathPrefix !== '') list.Condition = { StringLikeIfExists: { 's3:prefix': [below] } };
    Statement.push(list);
  }
  if (kmsKey !== undefined) {
    const Action = ['kms:GenerateDataKey', 'kms:Decrypt'];
    Statement.push({ Sid: 'Key', Effect: 'Allow', Action, Resource: kmsKey });
  }
  return { Version: '2012-10-17', Statement };
}

/** The partition that a region's ARNs begin with. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([start]) => region.startsWith(start))?.[1] ?? 'aws';
}

/** Characters that would be a wildcard or a variable in a policy stand for themselves. */
function literal(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`);
}
