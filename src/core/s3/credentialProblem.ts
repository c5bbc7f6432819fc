import type { Credentials } from '../destination/credentials.ts';
import type { DestinationFields } from '../destination/destination.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { signInOf } from './profiles.ts';

/** What is read of an error; all of it may be missing. */
interface SdkError {
  name?: string;
  message?: string;
  Code?: string;
  code?: string;
  cause?: unknown;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'UnauthorizedException', 'InvalidGrantException']);
const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'TimeoutError',
]);

/** Says what it means for the user that credentials could not be fetched. */
export async function credentialProblem(
  error: unknown,
  credentials: Credentials,
  destination: DestinationFields,
): Promise<ProblemError> {
  if (error instanceof ProblemError) return error;
  const e = (typeof error === 'object' && error !== null ? error : {}) as SdkError;
  const requestId = e.$metadata?.requestId;
  const problem: Problem = {
    ...(await describe(e, credentials, destination)),
    destination: destination.name,
    ...(requestId === undefined ? {} : { requestId }),
  };
  return new ProblemError(problem, { cause: error });
}

async function describe(e: SdkError, credentials: Credentials, { name }: DestinationFields): Promise<Problem> {
  // Of a refusal by single sign-on, the SDK keeps the text only, which begins with the code.
  const code = /^(\w+Exception): /.exec(e.message ?? '')?.[1] ?? e.Code ?? e.code ?? e.name ?? '';
  if (code === 'InvalidClientTokenId') {
    return {
      code: 'invalid-access-key',
      message: `AWS does not know the access key id with which ${name} signs in.`,
      fix: `Re-enter the credentials of ${name}.`,
    };
  }
  if (code === 'SignatureDoesNotMatch') {
    return {
      code: 'signature-mismatch',
      message: `The secret access key with which ${name} signs in does not belong to its access key id.`,
      fix: `Re-enter the credentials of ${name}.`,
    };
  }
  if (UNREACHABLE.has(code)) {
    return {
      code: 'endpoint-unreachable',
      message: `The service where ${name} signs in cannot be reached (${code}).`,
      fix: 'Check the network, and the endpoint of STS if there is one.',
    };
  }
  const signIn = await signInOf(credentials);
  if (signIn?.expired === true || EXPIRED.has(code)) {
    return {
      code: 'credentials-expired',
      message: `The sign-in of ${name} has expired.`,
      fix: signIn === undefined ? `Renew the credentials of ${name}.` : `Sign in again: ${signIn.commandLine}`,
    };
  }
  if (e.$metadata?.httpStatusCode === 403 && credentials.kind === 'assumeRole') {
    return {
      code: 'access-denied',
      message: `${name} may not assume the role ${credentials.roleArn}.`,
      permission: 'sts:AssumeRole',
      fix: 'Allow sts:AssumeRole to this user, and have the role trust it: check the external id and the MFA code, too.',
    };
  }
  return {
    code: 'credentials-missing',
    message: `${name} has no credentials: ${words(e, credentials)}`,
    fix: fixOf(credentials),
  };
}

function words(e: SdkError, credentials: Credentials): string {
  if (credentials.kind === 'env') {
    return 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set where the editor was started.';
  }
  if (credentials.kind === 'default') {
    return 'none were found in the environment, the AWS config files and this machine’s metadata.';
  }
  const { Code, name, message, $metadata: { httpStatusCode } = {} } = e;
  // Of a refusal without words, the SDK makes these.
  const said = message === 'UnknownError' || message === '' ? undefined : message;
  const how = [Code ?? name, httpStatusCode].filter((part) => part !== undefined).join(' ');
  const text = (said ?? `the service where it signs in has refused (${how})`).trim().replace(/\s*\n\s*/g, ' ');
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function fixOf(credentials: Credentials): string {
  if (credentials.kind === 'profile' || credentials.kind === 'sso') return 'Check the profile in the AWS config files.';
  return 'Edit the destination to change how it signs in.';
}
