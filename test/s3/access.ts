import { accessDenied, noSuchKey, S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { decide, type Denial } from './policy.ts';
import type { Bucket } from './storage.ts';

/**
 * Finds the bucket of a request, or says where it is. The region is told whoever asks, as AWS does.
 * @throws S3Error NoSuchBucket, PermanentRedirect, AuthorizationHeaderMalformed, AccessDenied (another owner expected)
 */
export function openBucket(x: Exchange, anyRegion = false): Bucket {
  const bucket = x.service.storage.buckets.get(x.bucketName);
  if (!bucket) {
    throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: x.bucketName });
  }
  const { region, owner } = bucket.settings;
  x.setHeader('x-amz-bucket-region', region);
  const signedFor = x.identity?.region;
  if (signedFor !== undefined && signedFor !== region && !anyRegion) throw wrongRegion(x, signedFor, region);
  const expectedOwner = x.header('x-amz-expected-bucket-owner');
  if (expectedOwner !== undefined && expectedOwner !== owner) throw accessDenied();
  return bucket;
}

/**
 * One endpoint stands for those of all regions. What is signed for the endpoint's own region has come to the wrong
 * endpoint; what is signed for a third one would not be valid at any endpoint that has the bucket.
 */
function wrongRegion(x: Exchange, signedFor: string, region: string): S3Error {
  if (signedFor === x.service.region) {
    const message =
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.';
    const Endpoint = `${x.bucketName}.s3.${region}.amazonaws.com`;
    return new S3Error(301, 'PermanentRedirect', message, { Endpoint, Bucket: x.bucketName });
  }
  const message = `The authorization header is malformed; the region '${signedFor}' is wrong; expecting '${region}'`;
  return new S3Error(400, 'AuthorizationHeaderMalformed', message, { Region: region });
}

/**
 * Whether the request's user may do `action`.
 * @param key of the object, undefined if the action is about the bucket
 * @returns undefined if so, otherwise what the answer has to say
 */
export function denied(x: Exchange, action: string, key?: string, bucketName = x.bucketName): S3Error | undefined {
  const resource = `arn:aws:s3:::${bucketName}${key === undefined ? '' : `/${key}`}`;
  // A bucket of that name may belong to another account already, which says nothing about who may make buckets.
  const bucket = action === 's3:CreateBucket' ? undefined : x.service.storage.buckets.get(bucketName);
  return deniedOn(x, action, resource, bucket);
}

/** @throws S3Error AccessDenied */
export function authorize(x: Exchange, action: string, key?: string, bucketName?: string): void {
  const refusal = denied(x, action, key, bucketName);
  if (refusal) throw refusal;
}

/** @throws S3Error AccessDenied that names the KMS action and the key */
export function authorizeKms(x: Exchange, action: 'kms:GenerateDataKey' | 'kms:Decrypt', keyArn: string): void {
  const refusal = deniedOn(x, action, keyArn, undefined);
  if (refusal) throw refusal;
}

/** For a key that is not there: whether it is there may only be known to those who may list. */
export function missingKey(x: Exchange, key = x.key, bucketName?: string): S3Error {
  return denied(x, 's3:ListBucket', undefined, bucketName) ?? noSuchKey(key);
}

function deniedOn(x: Exchange, action: string, resource: string, bucket: Bucket | undefined): S3Error | undefined {
  const { principal } = x;
  const bucketOwner = bucket?.settings.owner;
  const denial = decide(
    { action, resource, principal, condition: (key) => conditionValue(x, key) },
    { user: x.identity?.user, bucket: bucket?.settings.policy, bucketOwner },
  );
  if (denial === undefined) return undefined;
  // AWS gives reasons only to principals of the account that the resource belongs to.
  if (!principal || (bucketOwner !== undefined && principal.account !== bucketOwner)) return accessDenied();
  return accessDenied(explain(principal.arn, action, resource, denial));
}

function explain(arn: string, action: string, resource: string, denial: Denial): string {
  return `User: ${arn} is not authorized to perform: ${action} on resource: "${resource}" ${denial}`;
}

function conditionValue(x: Exchange, key: string): string | undefined {
  switch (key) {
    case 'aws:securetransport':
      return 'false';
    case 'aws:sourceip':
      return x.request.socket.remoteAddress;
    case 'aws:username':
      return x.principal?.name;
    case 'aws:principalarn':
      return x.principal?.arn;
    case 'aws:principalaccount':
      return x.principal?.account;
    case 's3:prefix':
    case 's3:delimiter':
    case 's3:max-keys':
    case 's3:versionid':
      return x.param(key.slice(3));
    case 's3:if-match':
    case 's3:if-none-match':
      return x.header(key.slice(3));
    case 's3:authtype':
      return x.query.has('X-Amz-Algorithm') ? 'REST-QUERY-STRING' : 'REST-HEADER';
    default:
      break;
  }
  const tag = /^s3:requestobjecttag\/(.+)$/.exec(key)?.[1];
  if (tag !== undefined) {
    const tags = [...new URLSearchParams(x.header('x-amz-tagging') ?? '')];
    return tags.find(([name]) => name.toLowerCase() === tag)?.[1];
  }
  return key.startsWith('s3:x-amz-') ? x.header(key.slice(3)) : undefined;
}
