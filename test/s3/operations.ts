import {
  createBucket,
  deleteBucket,
  deleteBucketPolicy,
  getBucketLocation,
  getBucketPolicy,
  getBucketVersioning,
  headBucket,
  listBuckets,
  putBucketPolicy,
  putBucketVersioning,
} from './buckets.ts';
import type { Exchange } from './exchange.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './listing.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart.ts';
import { copyObject, deleteObject, deleteObjects, getObject, putObject } from './objects.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './tagging.ts';

/** Something that a request can ask for. */
export interface Operation {
  /** As in AWS's API reference. */
  name: string;
  method: string;
  target: 'service' | 'bucket' | 'object';
  /** The query parameter that tells it from others with the same method. */
  parameter?: string;
  handle: (x: Exchange) => void | Promise<void>;
}

/** The first that fits a request is the one; so what has a parameter comes before what has none. */
const OPERATIONS: Operation[] = [
  { name: 'ListBuckets', method: 'GET', target: 'service', handle: listBuckets },

  { name: 'GetBucketLocation', method: 'GET', target: 'bucket', parameter: 'location', handle: getBucketLocation },
  { name: 'GetBucketPolicy', method: 'GET', target: 'bucket', parameter: 'policy', handle: getBucketPolicy },
  { name: 'PutBucketPolicy', method: 'PUT', target: 'bucket', parameter: 'policy', handle: putBucketPolicy },
  { name: 'DeleteBucketPolicy', method: 'DELETE', target: 'bucket', parameter: 'policy', handle: deleteBucketPolicy },
  {
    name: 'GetBucketVersioning',
    method: 'GET',
    target: 'bucket',
    parameter: 'versioning',
    handle: getBucketVersioning,
  },
  {
    name: 'PutBucketVersioning',
    method: 'PUT',
    target: 'bucket',
    parameter: 'versioning',
    handle: putBucketVersioning,
  },
  { name: 'ListMultipartUploads', method: 'GET', target: 'bucket', parameter: 'uploads', handle: listMultipartUploads },
  { name: 'ListObjectVersions', method: 'GET', target: 'bucket', parameter: 'versions', handle: listObjectVersions },
  { name: 'ListObjectsV2', method: 'GET', target: 'bucket', parameter: 'list-type', handle: listObjectsV2 },
  { name: 'ListObjects', method: 'GET', target: 'bucket', handle: listObjects },
  { name: 'HeadBucket', method: 'HEAD', target: 'bucket', handle: headBucket },
  { name: 'CreateBucket', method: 'PUT', target: 'bucket', handle: createBucket },
  { name: 'DeleteBucket', method: 'DELETE', target: 'bucket', handle: deleteBucket },
  { name: 'DeleteObjects', method: 'POST', target: 'bucket', parameter: 'delete', handle: deleteObjects },

  { name: 'UploadPart', method: 'PUT', target: 'object', parameter: 'uploadId', handle: uploadPart },
  { name: 'PutObjectTagging', method: 'PUT', target: 'object', parameter: 'tagging', handle: putObjectTagging },
  { name: 'PutObject', method: 'PUT', target: 'object', handle: putObject },
  { name: 'ListParts', method: 'GET', target: 'object', parameter: 'uploadId', handle: listParts },
  { name: 'GetObjectTagging', method: 'GET', target: 'object', parameter: 'tagging', handle: getObjectTagging },
  { name: 'GetObject', method: 'GET', target: 'object', handle: getObject },
  { name: 'HeadObject', method: 'HEAD', target: 'object', handle: getObject },
  {
    name: 'AbortMultipartUpload',
    method: 'DELETE',
    target: 'object',
    parameter: 'uploadId',
    handle: abortMultipartUpload,
  },
  {
    name: 'DeleteObjectTagging',
    method: 'DELETE',
    target: 'object',
    parameter: 'tagging',
    handle: deleteObjectTagging,
  },
  { name: 'DeleteObject', method: 'DELETE', target: 'object', handle: deleteObject },
  {
    name: 'CreateMultipartUpload',
    method: 'POST',
    target: 'object',
    parameter: 'uploads',
    handle: createMultipartUpload,
  },
  {
    name: 'CompleteMultipartUpload',
    method: 'POST',
    target: 'object',
    parameter: 'uploadId',
    handle: completeMultipartUpload,
  },
];
const COPY: Operation = { name: 'CopyObject', method: 'PUT', target: 'object', handle: copyObject };

/** Sub-resources of S3 that this server does not have. Without this list their requests would pass for plain ones. */
const UNKNOWN = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'torrent',
  'website',
];

/** What a request asks for, undefined if this server does not do it. */
export function operationOf(x: Exchange): Operation | undefined {
  if (UNKNOWN.some((parameter) => x.query.has(parameter))) return undefined;
  const target = x.bucketName === '' ? 'service' : x.key === '' ? 'bucket' : 'object';
  const found = OPERATIONS.find(
    (operation) =>
      operation.method === x.request.method &&
      operation.target === target &&
      (operation.parameter === undefined || x.query.has(operation.parameter)),
  );
  if (x.header('x-amz-copy-source') === undefined) return found;
  // A part that is copied from an object is not a part with a body, so it must not be taken for one.
  return found?.name === 'PutObject' ? COPY : found?.name === 'UploadPart' ? undefined : found;
}
