import type { Entry } from './catalogue.ts';

const REDIRECTS = 'AmazonS3/latest/userguide/Redirects.html';
const NAMES = 'AmazonS3/latest/userguide/bucketnamingrules.html';
const OPT_IN = 'accounts/latest/reference/manage-acct-regions.html';

/** The bucket is not where it is looked for. */
export const PLACE = {
  'no-bucket': {
    code: 'bucket-not-found',
    docs: NAMES,
    message: ({ destination, store }) => `There is no bucket ${destination.bucket} at ${store}.`,
    cause: () => 'It was deleted, or its name is mistyped.',
    fixes: () => ['Check the bucket name, the region and the endpoint.'],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  'bucket-name': {
    code: 'invalid-argument',
    docs: NAMES,
    message: ({ destination, store }) => `${store} does not take ${destination.bucket} for the name of a bucket.`,
    cause: ({ destination }) =>
      destination.endpoint === undefined || destination.forcePathStyle
        ? 'The name breaks its rules.'
        : 'The bucket stands in the host name, which the store may not read it from.',
    fixes: ({ destination }) => [`Check the bucket name of ${destination.name}, and where it stands in requests.`],
    repairs: ({ destination }) =>
      destination.endpoint === undefined || destination.forcePathStyle
        ? [{ kind: 'edit-destination' }]
        : [{ kind: 'set-path-style', forcePathStyle: true }],
  },
  'wrong-region': {
    code: 'region-mismatch',
    docs: REDIRECTS,
    message: ({ destination: { bucket, name, region }, failure }) =>
      `The bucket ${bucket} is in ${failure.region ?? ''}, but ${name} says ${region}.`,
    fixes: ({ destination, failure }) => [`Set the region of ${destination.name} to ${failure.region ?? ''}.`],
    repairs: ({ failure }) => [{ kind: 'set-region', region: failure.region ?? '' }],
  },
  elsewhere: {
    code: 'region-mismatch',
    docs: REDIRECTS,
    message: ({ destination: { bucket, name, region }, store }) =>
      `The bucket ${bucket} is not in ${region}, the region of ${name}; ${store} does not say where it is.`,
    fixes: ({ destination: { bucket, name } }) => [`Look the region of ${bucket} up and set it in ${name}.`],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  authorization: {
    code: 'region-mismatch',
    docs: REDIRECTS,
    message: ({ destination: { name, region }, store, failure: { message } }) =>
      `${store} does not take requests that are signed for ${region}, the region of ${name}${message === '' ? '' : `: ${message}`}.`,
    fixes: ({ destination: { bucket, name } }) => [
      `Set the region of ${name} to the one that ${bucket} is in; some stores want “us-east-1” or “auto”.`,
    ],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  'opt-in-region': {
    code: 'region-mismatch',
    docs: OPT_IN,
    message: ({ destination: { bucket, name, region } }) =>
      `The bucket ${bucket} cannot be reached through ${region}, the region of ${name}: one of both regions has to be enabled first.`,
    cause: () => 'Regions that an account has to enable answer for their own buckets only.',
    fixes: ({ destination: { bucket, name } }) => [
      `Look the region of ${bucket} up, set it in ${name}, and enable it in the account.`,
    ],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  'region-disabled': {
    code: 'region-mismatch',
    docs: OPT_IN,
    message: ({ destination }) => `The region ${destination.region} is not enabled in this account.`,
    fixes: ({ destination }) => [`Enable ${destination.region} in the account's settings; that takes some minutes.`],
    repairs: () => [{ kind: 'retry' }],
  },
  'region-name': {
    code: 'region-mismatch',
    message: ({ destination: { name, region }, store, failure: { message } }) =>
      `${store} has no region ${region}, the region of ${name}${message === '' ? '' : `: ${message}`}.`,
    fixes: ({ destination }) => [`Set the region of ${destination.name} to one that the store has, such as auto.`],
    repairs: ({ failure: { message } }) =>
      /\bauto\b/.test(message) ? [{ kind: 'set-region', region: 'auto' }] : [{ kind: 'edit-destination' }],
  },
  'new-bucket': {
    code: 'region-mismatch',
    docs: REDIRECTS,
    message: ({ destination: { bucket }, failure }) =>
      `S3 redirects requests for ${bucket} still${failure.endpoint === undefined ? '' : ` to ${failure.endpoint}`}: it is new, and its name has not spread yet.`,
    cause: () =>
      'After a bucket was made outside us-east-1, it takes up to some hours until its name is known everywhere.',
    fixes: ({ destination }) => [
      'Try again in some minutes.',
      `Check the region of ${destination.name}: requests to the bucket's own region are not redirected.`,
    ],
    repairs: ({ failure }) =>
      failure.region === undefined
        ? [{ kind: 'retry' }]
        : [{ kind: 'set-region', region: failure.region }, { kind: 'retry' }],
  },
  'host-name': {
    code: 'unsupported-by-store',
    docs: 'AmazonS3/latest/userguide/VirtualHosting.html',
    message: ({ store, destination }) =>
      `${store} does not take requests with the bucket in the ${destination.forcePathStyle ? 'path' : 'host name'}.`,
    fixes: ({ destination }) => [
      `Have the bucket stand in the ${destination.forcePathStyle ? 'host name' : 'path'} of requests to ${destination.name}.`,
    ],
    repairs: ({ destination }) => [{ kind: 'set-path-style', forcePathStyle: !destination.forcePathStyle }],
  },
} as const satisfies Record<string, Entry>;
