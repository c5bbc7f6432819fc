import type { Entry } from './catalogue.ts';
import { remedyFor } from './signingIn.ts';

const KEYS = 'IAM/latest/UserGuide/id_credentials_access-keys.html';
const TEMPORARY = 'IAM/latest/UserGuide/id_credentials_temp.html';

/** Refusals because it is not known who asks. */
export const CREDENTIALS = {
  'unknown-key': {
    code: 'invalid-access-key',
    docs: KEYS,
    message: ({ store, destination }) => `${store} does not know the access key id of ${destination.name}.`,
    cause: ({ destination }) =>
      destination.endpoint === undefined
        ? 'The key was deleted, mistyped, or is of another partition. Temporary keys need their session token.'
        : 'The key was deleted, mistyped, or is of another store or region of it.',
    fixes: ({ destination }) => [remedyFor(destination, false).fix],
    repairs: ({ destination }) => remedyFor(destination, false).repairs,
  },
  'wrong-secret': {
    code: 'signature-mismatch',
    docs: 'AmazonS3/latest/API/sig-v4-troubleshooting.html',
    message: ({ destination }) => `The secret access key of ${destination.name} does not belong to its access key id.`,
    cause: () =>
      'The secret was mistyped or cut off when it was copied; rarely, a proxy changes requests on their way.',
    fixes: ({ destination }) => [remedyFor(destination, false).fix],
    repairs: ({ destination }) => remedyFor(destination, false).repairs,
  },
  'token-expired': {
    code: 'credentials-expired',
    docs: TEMPORARY,
    message: ({ destination }) => `The session token of ${destination.name} is no longer valid.`,
    cause: () => 'Temporary credentials end after some hours.',
    fixes: ({ destination }) => [remedyFor(destination, true).fix],
    repairs: ({ destination }) => remedyFor(destination, true).repairs,
  },
  'token-invalid': {
    code: 'credentials-expired',
    docs: 'IAM/latest/UserGuide/id_credentials_temp_enable-regions.html',
    message: ({ destination }) => `The session token of ${destination.name} is not valid in ${destination.region}.`,
    cause: () =>
      'It was cut off when it was copied, or belongs to other keys. In a region that has to be enabled first, a token of the global STS endpoint is refused, too.',
    fixes: ({ destination }) => [
      remedyFor(destination, true).fix,
      `If ${destination.region} has to be enabled first: enable it in the account, and get the token from its regional STS endpoint.`,
    ],
    repairs: ({ destination }) => remedyFor(destination, true).repairs,
  },
  'no-credentials': {
    code: 'credentials-missing',
    docs: KEYS,
    message: ({ destination }) => `There are no credentials for ${destination.name}.`,
    fixes: ({ destination }) => [remedyFor(destination, false).fix],
    repairs: ({ destination }) => remedyFor(destination, false).repairs,
  },
  clock: {
    code: 'clock-skew',
    docs: 'AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList',
    message: ({ failure }) => {
      const off = minutesOff(failure.headers.date);
      return off === undefined
        ? 'The clock of this machine is off by more than 15 minutes.'
        : `The clock of this machine is ${Math.abs(off)} minutes ${off > 0 ? 'ahead' : 'behind'}.`;
    },
    cause: () => 'S3 refuses requests that are signed for a time more than 15 minutes from its own.',
    fixes: () => ['Set the clock, or have the system set it from the network.'],
    repairs: () => [{ kind: 'retry' }],
  },
} as const satisfies Record<string, Entry>;

/** By how many minutes this machine's clock is ahead of a server's. */
function minutesOff(date: string | undefined): number | undefined {
  const there = Date.parse(date ?? '');
  const minutes = Math.round((Date.now() - there) / 60_000);
  return Number.isNaN(minutes) || Math.abs(minutes) < 15 ? undefined : minutes;
}
