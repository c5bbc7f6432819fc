import type { DestinationFields } from '../destination/destination.ts';
import { type Problem, ProblemError } from '../problem.ts';

/** What is read of an error of the SDK; all of it may be missing. */
interface SdkError {
  name?: string;
  message?: string;
  /** S3's code where the SDK has another name for it, or Node's code of a network error. */
  Code?: string;
  code?: string;
  Region?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);
const WRONG_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

const ABOUT_CREDENTIALS: ReadonlySet<string> = new Set([
  'invalid-access-key',
  'signature-mismatch',
  'credentials-expired',
]);

/**
 * Says what an error of the SDK means for the user, from its code, status and headers.
 * @param action what was being done, for the sentence: `write`, `list` …
 */
export function s3Problem(error: unknown, destination: DestinationFields, action: string): ProblemError {
  if (error instanceof ProblemError) return error;
  const e = (typeof error === 'object' && error !== null ? error : {}) as SdkError;
  const requestId = e.$metadata?.requestId;
  const described = describe(e, destination, action);
  const problem = {
    ...described,
    ...(ABOUT_CREDENTIALS.has(described.code) ? { destination: destination.name } : {}),
    ...(requestId === undefined ? {} : { requestId }),
  };
  return new ProblemError(problem, { cause: error });
}

function describe(e: SdkError, { name, bucket, region, endpoint }: DestinationFields, action: string): Problem {
  const code = e.Code ?? e.name ?? '';
  const status = e.$metadata?.httpStatusCode ?? e.$response?.statusCode;
  const store = endpoint ?? `S3 in ${region}`;
  const realRegion = e.$response?.headers?.['x-amz-bucket-region'] ?? e.Region;
  if (
    realRegion !== undefined &&
    realRegion !== region &&
    (WRONG_REGION.has(code) || status === 301 || status === 400)
  ) {
    return {
      code: 'region-mismatch',
      message: `The bucket ${bucket} is in ${realRegion}, but ${name} says ${region}.`,
      fix: `Set the region of ${name} to ${realRegion}.`,
      region: realRegion,
    };
  }
  if (code === 'PermanentRedirect' || code === 'IllegalLocationConstraintException' || status === 301) {
    return {
      code: 'region-mismatch',
      message: `The bucket ${bucket} is not in ${region}, the region of ${name}; ${store} does not say where it is.`,
      fix: `Look the region of ${bucket} up and set it in ${name}.`,
    };
  }
  if (code === 'NoSuchBucket' || (code === 'NotFound' && action === 'look at')) {
    return {
      code: 'bucket-not-found',
      message: `There is no bucket ${bucket} at ${store}.`,
      fix: 'Check the bucket name, the region and the endpoint.',
    };
  }
  if (code === 'InvalidAccessKeyId') {
    return {
      code: 'invalid-access-key',
      message: `${store} does not know the access key id of ${name}.`,
      fix: `Re-enter the credentials of ${name}.`,
    };
  }
  if (code === 'SignatureDoesNotMatch') {
    return {
      code: 'signature-mismatch',
      message: `The secret access key of ${name} does not belong to its access key id.`,
      fix: `Re-enter the credentials of ${name}.`,
    };
  }
  if (code === 'ExpiredToken' || code === 'InvalidToken' || code === 'TokenRefreshRequired') {
    return {
      code: 'credentials-expired',
      message: `The session token of ${name} is no longer valid.`,
      fix: 'Sign in again and re-enter the credentials.',
    };
  }
  if (code === 'RequestTimeTooSkewed') {
    return {
      code: 'clock-skew',
      message: 'The clock of this machine is off by more than 15 minutes.',
      fix: 'Set the clock.',
    };
  }
  if (code === 'PreconditionFailed') {
    return { code: 'object-exists', message: 'An object of that name exists already.', fix: 'Use another file name.' };
  }
  if (status === 403) return denied(e, bucket, action);
  // The SDK gives the status 503 to an error within an answer of 200, too.
  if (code === 'SlowDown' || status === 429 || (status === 503 && code !== 'InternalError')) {
    return { code: 'throttled', message: `${store} asks to slow down.`, fix: 'Try again in a moment.' };
  }
  return (
    networkProblem(e, store) ?? {
      code: 'upload-failed',
      message: `${store} refused to ${action} in ${bucket}: ${words(e)}.`,
    }
  );
}

function denied(e: SdkError, bucket: string, action: string): Problem {
  const message = e.message ?? '';
  const permission = /not authorized to perform: ([a-z0-9]+:[A-Za-z*]+)/i.exec(message)?.[1];
  const needed = permission === undefined ? '' : ` ${permission} is missing.`;
  if (permission?.startsWith('kms:') === true) {
    return {
      code: 'kms-denied',
      message: `The key that encrypts ${bucket} may not be used: ${permission} is missing.`,
      permission,
    };
  }
  const explicit = message.includes('explicit deny');
  return {
    code: explicit ? 'explicit-deny' : 'access-denied',
    message: `These credentials may not ${action} in ${bucket}.${explicit ? ' A policy denies it explicitly.' : needed}`,
    ...(permission === undefined ? {} : { permission, fix: `Allow ${permission} in the policy of this user or role.` }),
  };
}

function networkProblem(e: SdkError, store: string): Problem | undefined {
  const code = e.code ?? e.name ?? '';
  if (
    code.startsWith('ERR_TLS') ||
    code.startsWith('CERT_') ||
    code.includes('SELF_SIGNED') ||
    code.startsWith('UNABLE_TO_')
  ) {
    return {
      code: 'tls-failed',
      message: `The certificate of ${store} is not trusted (${code}).`,
      fix: 'Add its certificate authority to the system’s.',
    };
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return {
      code: 'tls-failed',
      message: `No encrypted connection to ${store} could be made (${code}).`,
      fix: 'Check whether the endpoint begins with https:// or http://, and its port.',
    };
  }
  if (UNREACHABLE.has(code) || e.name === 'TimeoutError') {
    return {
      code: 'endpoint-unreachable',
      message: `${store} cannot be reached (${code}).`,
      fix: 'Check the endpoint, the region and the network.',
    };
  }
  return undefined;
}

/** S3's own words in one line, without a closing full stop; error bodies never become part of a message. */
function words(e: SdkError): string {
  const text = e.message === undefined || e.message === '' ? (e.name ?? 'unknown error') : e.message;
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
}
