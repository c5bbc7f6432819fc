import type { Entry, Facts } from './catalogue.ts';

const ERRORS = 'AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList';
const MULTIPART = 'AmazonS3/latest/userguide/mpuoverview.html';

const said = ({ failure: { code, message } }: Facts): string =>
  message === '' ? (code === '' ? '' : ` (${code})`) : `: ${message}`;
const refused = (x: Facts): string => `${x.store} refused to ${x.action} in ${x.destination.bucket}${said(x)}.`;
const again = (): [{ kind: 'retry' }] => [{ kind: 'retry' }];
const edit = (): [{ kind: 'edit-destination' }] => [{ kind: 'edit-destination' }];

/** The store knows who asks, and does not do it for another reason. */
export const REQUESTS = {
  throttled: {
    code: 'throttled',
    docs: 'AmazonS3/latest/userguide/optimizing-performance.html',
    message: ({ store }) => `${store} asks to slow down.`,
    cause: () => 'There are more requests than it takes at the moment, ours and others’.',
    fixes: () => ['Try again in a moment.', 'Upload fewer parts at once.'],
    repairs: () => [{ kind: 'retry' }, { kind: 'open-setting', setting: 's3Destinations.upload.concurrency' }],
  },
  'store-fault': {
    code: 'upload-failed',
    docs: ERRORS,
    message: refused,
    cause: () => 'Something is wrong at the store. It is not the request.',
    fixes: () => ['Try again in a moment.'],
    repairs: again,
  },
  'object-exists': {
    code: 'object-exists',
    docs: 'AmazonS3/latest/userguide/conditional-writes.html',
    message: () => 'An object of that name exists already.',
    fixes: () => ['Use another file name.'],
    repairs: again,
  },
  conflict: {
    code: 'conflict',
    docs: 'AmazonS3/latest/userguide/conditional-writes.html',
    message: ({ destination }) => `Another request wrote the same in ${destination.bucket} at the same time.`,
    fixes: () => ['Run it again.'],
    repairs: again,
  },
  'upload-gone': {
    code: 'upload-failed',
    docs: MULTIPART,
    message: ({ destination }) => `The upload to ${destination.bucket} is no longer there.`,
    cause: () => 'It was aborted by somebody else, or by a lifecycle rule that removes unfinished uploads.',
    fixes: () => ['Run it again.', 'Give the lifecycle rule more time.'],
    repairs: again,
  },
  'parts-lost': {
    code: 'upload-failed',
    docs: MULTIPART,
    message: (x) => `${x.store} does not have all parts of the upload${said(x)}.`,
    fixes: () => ['Run it again.'],
    repairs: again,
  },
  'part-too-small': {
    code: 'upload-failed',
    docs: 'AmazonS3/latest/userguide/qfacts.html',
    message: ({ store }) => `${store} wants larger parts.`,
    fixes: () => ['Set a larger part size.'],
    repairs: () => [{ kind: 'open-setting', setting: 's3Destinations.upload.partSize' }],
  },
  'too-large': {
    code: 'upload-failed',
    docs: 'AmazonS3/latest/userguide/qfacts.html',
    message: ({ store }) => `What was sent is larger than ${store} takes.`,
    fixes: () => ['Have files end earlier, by their size or rows.', 'Set a smaller part size.'],
    repairs: () => [{ kind: 'open-setting', setting: 's3Destinations.files.maxSize' }],
  },
  'body-limit': {
    code: 'upload-failed',
    docs: 'AmazonS3/latest/userguide/qfacts.html',
    message: ({ store }) => `${store} does not take so much in one request (413).`,
    cause: () => 'A proxy in front of the store limits what it takes, as nginx does by client_max_body_size.',
    fixes: () => ['Raise that limit above the part size, or set a smaller part size.'],
    repairs: () => [{ kind: 'open-setting', setting: 's3Destinations.upload.partSize' }, { kind: 'retry' }],
  },
  'no-object': {
    code: 'upload-failed',
    docs: ERRORS,
    message: ({ destination }) => `The object is not in ${destination.bucket}, or no longer.`,
    fixes: () => ['Refresh the outputs.'],
    repairs: again,
  },
  'body-late': {
    code: 'upload-failed',
    docs: ERRORS,
    message: ({ store }) => `${store} gave up waiting for what was to be sent.`,
    cause: () => 'The network is slow, or something in between keeps what is sent.',
    fixes: () => ['Try again.', 'Upload fewer parts at once, or smaller ones.'],
    repairs: () => [{ kind: 'retry' }, { kind: 'open-setting', setting: 's3Destinations.upload.concurrency' }],
  },
  corrupted: {
    code: 'upload-failed',
    docs: 'AmazonS3/latest/userguide/checking-object-integrity.html',
    message: ({ store }) => `What arrived at ${store} is not what was sent: the checksums differ.`,
    cause: () => 'A proxy or the network has changed it on the way.',
    fixes: () => ['Try again; if it stays so, go around the proxy.'],
    repairs: () => [{ kind: 'retry' }, { kind: 'open-setting', setting: 'http.proxy' }],
  },
  checksums: {
    code: 'unsupported-by-store',
    docs: 'AmazonS3/latest/userguide/checking-object-integrity.html',
    message: (x) => `${x.store} does not know the checksums that were sent${said(x)}.`,
    fixes: ({ destination }) => [`Have ${destination.name} send checksums only where they are required.`],
    repairs: () => [{ kind: 'set-checksums', checksums: 'required' }],
  },
  'checksum-required': {
    code: 'unsupported-by-store',
    docs: 'AmazonS3/latest/userguide/object-lock-managing.html',
    message: ({ destination }) => `The bucket ${destination.bucket} wants a checksum with everything that is written.`,
    cause: () => 'Buckets with Object Lock do.',
    fixes: ({ destination }) => [`Have ${destination.name} send checksums.`],
    repairs: () => [{ kind: 'set-checksums', checksums: 'supported' }],
  },
  unsupported: {
    code: 'unsupported-by-store',
    message: (x) => `${x.store} cannot do this${said(x)}.`,
    cause: () => 'Stores other than AWS know a part of S3 only.',
    fixes: ({ destination }) => [
      `Check the endpoint and the options of ${destination.name}: take out what the store does not know.`,
    ],
    repairs: edit,
  },
  'key-too-long': {
    code: 'invalid-argument',
    docs: 'AmazonS3/latest/userguide/object-keys.html',
    message: () => 'The keys would be longer than 1,024 bytes.',
    fixes: () => ['Shorten the path prefix or the file name.'],
    repairs: edit,
  },
  'metadata-too-large': {
    code: 'invalid-argument',
    docs: 'AmazonS3/latest/userguide/UsingMetadata.html',
    message: ({ destination }) => `The metadata of ${destination.name}’s objects is larger than S3 takes.`,
    fixes: ({ destination }) => [`Shorten the metadata in the options of ${destination.name}.`],
    repairs: edit,
  },
  'storage-class': {
    code: 'invalid-argument',
    docs: 'AmazonS3/latest/userguide/storage-class-intro.html',
    message: ({ store, destination }) =>
      `${store} does not know the storage class ${destination.options?.storageClass ?? 'that was asked for'}.`,
    fixes: ({ destination }) => [`Change the storage class in the options of ${destination.name}.`],
    repairs: edit,
  },
  tags: {
    code: 'invalid-argument',
    docs: 'AmazonS3/latest/userguide/object-tagging.html',
    message: (x) => `${x.store} does not take the tags of ${x.destination.name}’s objects${said(x)}.`,
    fixes: ({ destination }) => [`Correct the tags in the options of ${destination.name}.`],
    repairs: edit,
  },
  encryption: {
    code: 'invalid-argument',
    docs: 'AmazonS3/latest/userguide/serv-side-encryption.html',
    message: (x) => `${x.store} does not know the encryption of ${x.destination.name}’s objects${said(x)}.`,
    fixes: ({ destination }) => [`Change the encryption in the options of ${destination.name}.`],
    repairs: edit,
  },
  malformed: {
    code: 'unsupported-by-store',
    docs: ERRORS,
    message: (x) => `${x.store} does not understand the request${said(x)}.`,
    cause: () => 'Stores other than AWS know a part of S3 only; a proxy may have changed it, too.',
    fixes: ({ destination }) => [
      `Check the endpoint of ${destination.name}, and its way of deleting and of checksums.`,
    ],
    repairs: edit,
  },
  'bad-request': {
    code: 'region-mismatch',
    docs: 'AmazonS3/latest/userguide/Redirects.html',
    message: ({ store, destination: { region, name } }) =>
      `${store} does not take the request, and gives no reason: the region ${region} of ${name} may be wrong, or a session token.`,
    fixes: ({ destination }) => [`Check the connection of ${destination.name}: that shows which.`],
    repairs: () => [{ kind: 'retry' }, { kind: 'edit-destination' }],
  },
  invalid: {
    code: 'upload-failed',
    docs: ERRORS,
    message: refused,
    cause: ({ failure: { code } }) =>
      `The store finds something wrong in the request itself${code === '' ? '' : ` (${code})`}.`,
    fixes: ({ destination }) => [`Check the options of ${destination.name}, and the checksums it sends.`],
    repairs: edit,
  },
  other: {
    code: 'upload-failed',
    message: refused,
    fixes: () => ['Look into the log.'],
    repairs: again,
  },
} as const satisfies Record<string, Entry>;
