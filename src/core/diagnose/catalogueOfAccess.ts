import type { Entry, Facts } from './catalogue.ts';
import type { Repair } from './repairs.ts';

const TROUBLESHOOTING = 'AmazonS3/latest/userguide/troubleshoot-403-errors.html';

const may = ({ action, destination }: Facts): string => `These credentials may not ${action} in ${destination.bucket}.`;
const missing = ({ permission }: Facts): string => (permission === undefined ? '' : ` ${permission} is missing.`);
const allow = ({ permission = 'what is needed', failure }: Facts): string =>
  `Allow ${permission} in ${placeOf(failure.denial.policy) ?? 'the policy of this user or role'}.`;

/** Allows what was refused, besides what exports need. */
function copyPolicy({ permission, failure: { denial } }: Facts): Repair {
  const key = denial.permission?.startsWith('kms:') === true ? denial.resource : undefined;
  return {
    kind: 'copy-policy',
    ...(permission === undefined ? {} : { also: permission }),
    ...(key === undefined ? {} : { kmsKey: key }),
  };
}

/** The policy that AWS names, as the user would look for it. */
function placeOf(policy: string | undefined): string | undefined {
  switch (policy?.toLowerCase() ?? '') {
    case 'resource-based policy':
      return 'the bucket policy';
    case 'identity-based policy':
      return 'the policy of this user or role';
    case 'service control policy':
      return 'the service control policy of the organisation (its administrators can)';
    case 'resource control policy':
      return 'the resource control policy of the organisation (its administrators can)';
    case 'permissions boundary':
      return 'the permissions boundary of this user or role';
    case 'session policy':
      return 'the session policy with which these credentials were made';
    case 'vpc endpoint policy':
      return 'the policy of the VPC endpoint';
    default:
      return policy === undefined ? undefined : `the ${policy}`;
  }
}

/** Refusals: somebody is known, and may not. */
export const ACCESS = {
  denied: {
    code: 'access-denied',
    aboutPermission: true,
    docs: TROUBLESHOOTING,
    message: may,
    cause: ({ permission = 'the right', destination }) =>
      `The store gives no reason, as it does to other accounts. Most often ${permission} is missing; across accounts, the bucket policy has to allow it, too. It may also be the key that encrypts ${destination.bucket}, or that the requester has to pay.`,
    fixes: (x) => [`${allow(x)} If the bucket belongs to another account, its bucket policy has to allow it, too.`],
    repairs: (x) => [copyPolicy(x)],
  },
  'denied-by-policy': {
    code: 'access-denied',
    aboutPermission: true,
    docs: TROUBLESHOOTING,
    message: (x) => `${may(x)}${missing(x)}`,
    cause: ({ permission = 'it', failure: { denial } }) =>
      `No ${denial.policy ?? 'policy'} allows ${permission}${denial.principal === undefined ? '' : ` to ${denial.principal}`}.`,
    fixes: (x) => [allow(x)],
    repairs: (x) => [copyPolicy(x)],
  },
  'explicit-deny': {
    code: 'explicit-deny',
    aboutPermission: true,
    docs: 'IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html',
    message: (x) => {
      const place = placeOf(x.failure.denial.policy)?.replace(/ \(.*\)$/, '');
      const what = x.permission ?? 'it';
      return `${may(x)} ${place === undefined ? 'A policy' : sentence(place)} denies ${what} explicitly.`;
    },
    cause: () => 'A statement with the effect Deny wins over whatever allows the same.',
    fixes: ({ failure: { denial }, permission = 'it' }) => [
      `Take the statement that denies ${permission} out of ${placeOf(denial.policy) ?? 'the policy'}, or except this user from it.`,
    ],
    repairs: () => [{ kind: 'retry' }],
  },
  'kms-denied': {
    code: 'kms-denied',
    aboutPermission: true,
    docs: 'AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms',
    message: ({ destination, permission = 'a right' }) =>
      `The key that encrypts ${destination.bucket} may not be used: ${permission} is missing.`,
    cause: () =>
      'The bucket encrypts with a KMS key. Whoever writes needs kms:GenerateDataKey on it; multipart uploads need kms:Decrypt, too.',
    fixes: ({ failure: { denial } }) => [
      `Allow kms:GenerateDataKey and kms:Decrypt on ${denial.resource ?? 'the key'} to this user or role, in its policy and in the key's.`,
    ],
    repairs: (x) => [copyPolicy(x)],
  },
  'kms-key': {
    code: 'kms-denied',
    docs: 'kms/latest/developerguide/key-state.html',
    message: ({ destination, failure: { code, message } }) =>
      `The key that encrypts ${destination.bucket} cannot be used${message === '' ? ` (${code})` : `: ${message}`}.`,
    cause: () => 'The KMS key is disabled, about to be deleted, or not there in the region of the bucket.',
    fixes: ({ destination }) => [
      'Enable the key, or have the bucket encrypt with another one.',
      `Check the key in the options of ${destination.name}: it has to be in ${destination.region}.`,
    ],
    repairs: () => [{ kind: 'edit-destination' }, { kind: 'retry' }],
  },
  'abort-denied': {
    code: 'multipart-abort-denied',
    aboutPermission: true,
    docs: 'AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions',
    message: ({ destination }) =>
      `These credentials may not abort uploads in ${destination.bucket}: what a failed run has sent stays, and is paid for.`,
    fixes: (x) => [allow(x), 'Have a lifecycle rule of the bucket remove unfinished uploads.'],
    repairs: (x) => [copyPolicy(x)],
  },
  'object-lock': {
    code: 'access-denied',
    docs: 'AmazonS3/latest/userguide/object-lock.html',
    message: ({ destination, action }) => `Object Lock in ${destination.bucket} does not let anybody ${action} this.`,
    cause: () => 'Locked objects cannot be deleted or written over until their retention ends.',
    fixes: () => ['Export to a bucket without Object Lock, or in a mode that deletes nothing.'],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  'requester-pays': {
    code: 'access-denied',
    docs: 'AmazonS3/latest/userguide/RequesterPaysBuckets.html',
    message: ({ destination }) => `In ${destination.bucket} the requester pays, and these requests do not agree to it.`,
    fixes: () => ['Use a bucket of your own, or have its owner turn Requester Pays off.'],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  'public-access': {
    code: 'access-denied',
    docs: 'AmazonS3/latest/userguide/access-control-block-public-access.html',
    message: ({ destination }) =>
      `The bucket ${destination.bucket} blocks public access, and the objects were to be public.`,
    fixes: ({ destination }) => [`Take the ACL out of the options of ${destination.name}.`],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  'no-acls': {
    code: 'invalid-argument',
    docs: 'AmazonS3/latest/userguide/about-object-ownership.html',
    message: ({ destination }) => `The bucket ${destination.bucket} does not take ACLs.`,
    cause: () => 'Its owner owns all objects in it; rights are given by policies only.',
    fixes: ({ destination }) => [`Take the ACL out of the options of ${destination.name}.`],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  'maybe-other-owner': {
    code: 'access-denied',
    aboutPermission: true,
    docs: 'AmazonS3/latest/userguide/bucket-owner-condition.html',
    message: ({ destination, action }) =>
      `These credentials may not ${action} in ${destination.bucket}, or it does not belong to the account ${destination.options?.expectedBucketOwner ?? ''}.`,
    cause: () => 'S3 answers both in the same way.',
    fixes: (x) => [`Check the expected owner in the options of ${x.destination.name}.`, allow(x)],
    repairs: (x) => [{ kind: 'edit-destination' }, copyPolicy(x)],
  },
  'owner-id': {
    code: 'invalid-argument',
    docs: 'AmazonS3/latest/userguide/bucket-owner-condition.html',
    message: ({ destination }) => `The expected owner of ${destination.bucket} is no account id.`,
    fixes: ({ destination }) => [`Correct the expected owner in the options of ${destination.name}.`],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  account: {
    code: 'access-denied',
    docs: 'AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList',
    message: ({ store, failure: { code, message } }) =>
      `${store} has closed this account or bucket to requests (${code}${message === '' || message === code ? '' : `: ${message}`}).`,
    fixes: () => ['Ask the administrators of the account or the store, or their support.'],
    repairs: () => [{ kind: 'retry' }],
  },
  quota: {
    code: 'upload-failed',
    message: ({ store, destination }) =>
      `There is no room left for ${destination.bucket} at ${store}: a quota is used up.`,
    fixes: () => ['Delete what is no longer needed, or have the quota raised.'],
    repairs: () => [{ kind: 'retry' }],
  },
  archived: {
    code: 'access-denied',
    docs: 'AmazonS3/latest/userguide/restoring-objects.html',
    message: () => 'The object lies in an archive and has to be restored before it can be read.',
    fixes: () => ['Restore it, or wait until it is restored.'],
    repairs: () => [{ kind: 'retry' }],
  },
} as const satisfies Record<string, Entry>;

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
