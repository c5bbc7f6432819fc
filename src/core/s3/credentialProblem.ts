import type { Credentials } from '../destination/credentials.ts';
import type { DestinationFields } from '../destination/destination.ts';
import type { Entry, Facts } from '../diagnose/catalogue.ts';
import { NETWORK } from '../diagnose/catalogueOfNetwork.ts';
import { classify } from '../diagnose/classify.ts';
import { readFailure } from '../diagnose/failure.ts';
import { redactAnswer } from '../diagnose/redact.ts';
import type { Repair } from '../diagnose/repairs.ts';
import { saidBy } from '../diagnose/saidBy.ts';
import { remedyFor } from '../diagnose/signingIn.ts';
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
const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'ForbiddenException']);
/** How whoever gives credentials is called, where it cannot be told which service that is. */
const SERVICE = 'AWS’s sign-in';
const AGAIN: readonly Repair[] = [{ kind: 'retry' }];

/**
 * Says what it means for the user that credentials could not be fetched.
 * @param endpoint of STS, if it is not AWS's
 */
export async function credentialProblem(
  error: unknown,
  credentials: Credentials,
  destination: DestinationFields,
  endpoint?: string,
): Promise<ProblemError> {
  if (error instanceof ProblemError) return error;
  const e = (typeof error === 'object' && error !== null ? error : {}) as SdkError;
  const requestId = e.$metadata?.requestId;
  const problem: Problem = {
    ...(onTheWay(error, destination, endpoint) ?? (await describe(e, credentials, destination))),
    destination: destination.name,
    ...(requestId === undefined ? {} : { requestId }),
  };
  return new ProblemError(problem, { cause: error });
}

/** What has kept the request from the service, or the answer from us; undefined where the service has answered. */
function onTheWay(error: unknown, destination: DestinationFields, endpoint: string | undefined): Problem | undefined {
  const failure = readFailure(error);
  const there = { ...destination };
  // What has answered with a page is no store in any case.
  if (endpoint === undefined || failure.network === undefined) delete there.endpoint;
  else there.endpoint = endpoint;
  const kind = classify(failure, there, 'sign in');
  // Of a file that cannot be read, there is such a code, too.
  if (!(kind in NETWORK) || kind === 'no-connection') return undefined;
  const entry: Entry = NETWORK[kind as keyof typeof NETWORK];
  const store = endpoint ?? SERVICE;
  const facts: Facts = { destination: there, failure, action: 'sign in', store, permission: undefined };
  const fixes = entry.fixes(facts);
  return {
    ...{ code: entry.code, kind, message: entry.message(facts), fix: fixes[0] ?? '', fixes },
    ...(entry.cause === undefined ? {} : { cause: entry.cause(facts) }),
    // What changes the way to the store does nothing for the way to STS.
    repairs: (entry.repairs?.(facts) ?? AGAIN).filter(({ kind: repair }) => !repair.startsWith('set-')),
  };
}

async function describe(e: SdkError, credentials: Credentials, destination: DestinationFields): Promise<Problem> {
  const { name } = destination;
  const source = { ...destination, credentials: innermost(credentials) };
  const { fix, repairs } = remedyFor(source, false);
  // Of a refusal by single sign-on, the SDK keeps the text only, which begins with the code.
  const code = /^(\w+Exception): /.exec(e.message ?? '')?.[1] ?? e.Code ?? e.code ?? e.name ?? '';
  if (code === 'InvalidClientTokenId') {
    const message = `AWS does not know the access key id with which ${name} signs in.`;
    return { code: 'invalid-access-key', message, fix, repairs };
  }
  if (code === 'SignatureDoesNotMatch') {
    const message = `The secret access key with which ${name} signs in does not belong to its access key id.`;
    return { code: 'signature-mismatch', message, fix, repairs };
  }
  const status = e.$metadata?.httpStatusCode ?? 0;
  // Stores of one's own have other codes for it.
  const denied = DENIED.has(code) || (status === 403 && !EXPIRED.has(code) && code !== 'RegionDisabledException');
  const signIn = await signInOf(credentials);
  if (EXPIRED.has(code) || (signIn?.expired === true && !denied)) {
    const message = `The sign-in of ${name} has expired.`;
    if (signIn === undefined) return { code: 'credentials-expired', message, ...remedyFor(source, true) };
    const again: Repair[] = [{ kind: 'sign-in' }, ...AGAIN];
    return { code: 'credentials-expired', message, fix: `Sign in again: ${signIn.commandLine}`, repairs: again };
  }
  if (denied) {
    return {
      code: 'access-denied',
      message: `${name} may not assume ${roleOf(credentials)}.`,
      ...(code === 'ForbiddenException' ? {} : { permission: 'sts:AssumeRole' }),
      fix: 'Allow sts:AssumeRole to this user, and have the role trust it: check the external id and the MFA code, too.',
      repairs: [...AGAIN, { kind: 'edit-destination' }],
    };
  }
  if (status >= 500 || code.startsWith('Throttling')) {
    const message = `The service where ${name} signs in cannot answer at the moment (${status}).`;
    return { code: 'throttled', message, fix: 'Try again in a moment.', repairs: [...AGAIN] };
  }
  return {
    code: 'credentials-missing',
    message: `${name} has no credentials: ${words(e, credentials)}`,
    fix: fixOf(credentials),
    repairs: [{ kind: 'edit-destination' }, { kind: 'retry' }],
  };
}

function innermost(credentials: Credentials): Credentials {
  return credentials.kind === 'assumeRole' ? innermost(credentials.source) : credentials;
}

function roleOf(credentials: Credentials): string {
  if (credentials.kind === 'assumeRole') return `the role ${credentials.roleArn}`;
  if (credentials.kind === 'sso') return 'its permission set';
  return credentials.kind === 'profile' ? `the role of the profile ${credentials.profile}` : 'the role of its profile';
}

function words(e: SdkError, credentials: Credentials): string {
  if (credentials.kind === 'env') {
    return 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set where the editor was started.';
  }
  if (credentials.kind === 'default' && e.name === 'CredentialsProviderError') {
    return 'none were found in the environment, the AWS config files and this machine’s metadata.';
  }
  const { Code, name, message = '', $metadata: { httpStatusCode } = {} } = e;
  // Of a refusal without words, the SDK makes these.
  const said = message === 'UnknownError' || message === '' ? undefined : redactAnswer(saidBy(ofProcess(message)));
  const how = [Code ?? name, httpStatusCode].filter((part) => part !== undefined).join(' ');
  const text = said ?? `the service where it signs in has refused (${how})`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What a process has written as it failed. How it was called may hold secrets, and stands in the config file. */
function ofProcess(message: string): string {
  const failed = /^Command failed: [^\n]*/.exec(message);
  return failed === null ? message : `the process of the profile has failed. ${message.slice(failed[0].length)}`;
}

function fixOf(credentials: Credentials): string {
  if (credentials.kind === 'profile' || credentials.kind === 'sso') return 'Check the profile in the AWS config files.';
  return 'Edit the destination to change how it signs in.';
}
