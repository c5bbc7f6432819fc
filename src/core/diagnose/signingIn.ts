import type { Credentials, ShownCredentials } from '../destination/credentials.ts';
import type { DestinationFields } from '../destination/destination.ts';
import type { Repair } from './repairs.ts';

/** A destination and, where that is known, how it signs in. */
export interface SigningDestination extends DestinationFields {
  credentials?: Credentials | ShownCredentials;
}

/** What helps where those who sign are not taken. */
export interface Remedy {
  fix: string;
  repairs: Repair[];
}

/**
 * What helps where a store or STS does not take who signs: what can be entered here is only what is kept here.
 * @param ended whether the credentials were good once
 */
export function remedyFor({ name, credentials }: SigningDestination, ended: boolean): Remedy {
  switch (credentials?.kind) {
    case undefined:
    case 'keys':
      return ended
        ? {
            fix: 'Sign in again and re-enter the credentials.',
            repairs: [{ kind: 'sign-in' }, { kind: 'reenter-credentials' }],
          }
        : { fix: `Re-enter the credentials of ${name}.`, repairs: [{ kind: 'reenter-credentials' }] };
    case 'profile':
      return elsewhere(
        `${ended ? 'Sign in again, or renew' : 'Correct'} the keys of ${credentials.profile} in the AWS config files.`,
      );
    case 'env':
      return elsewhere('Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY anew, and start the editor from there.');
    case 'default':
      return elsewhere('Renew the keys that the AWS SDK finds in the environment or in the AWS config files.');
    case 'sso':
      return { fix: 'Sign in again.', repairs: [{ kind: 'sign-in' }, { kind: 'edit-destination' }] };
    case 'assumeRole':
      return elsewhere(`Try again; if it stays so, check the role ${credentials.roleArn}.`);
  }
}

/** Once it is mended there, nothing is left to do here but to try again. */
function elsewhere(fix: string): Remedy {
  return { fix, repairs: [{ kind: 'retry' }, { kind: 'edit-destination' }] };
}
