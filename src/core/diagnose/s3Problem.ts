import type { DestinationFields } from '../destination/destination.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { CATALOGUE, DOCS, type Entry, type Facts, type FailureKind } from './catalogue.ts';
import { classify } from './classify.ts';
import { type Failure, readFailure } from './failure.ts';
import { redactAnswer } from './redact.ts';
import type { SigningDestination } from './signingIn.ts';

/** What each thing that is done to a bucket needs, where a refusal does not say. */
const NEEDED: Readonly<Record<string, string>> = {
  write: 's3:PutObject',
  list: 's3:ListBucket',
  read: 's3:GetObject',
  'look at': 's3:ListBucket',
  'look at objects': 's3:GetObject',
  delete: 's3:DeleteObject',
  'abort uploads': 's3:AbortMultipartUpload',
  'list uploads': 's3:ListBucketMultipartUploads',
};

/**
 * Says what an error of the SDK means for the user, from its code, status, headers and body.
 * @param action what was being done, for the sentence: `write`, `list` …; `look at` is a HEAD of the bucket
 * @param secrets with which the request was signed, and which the answer may repeat
 */
export function s3Problem(
  error: unknown,
  destination: SigningDestination,
  action: string,
  secrets: readonly string[] = [],
): ProblemError {
  if (error instanceof ProblemError) return error;
  const failure = readFailure(error);
  const kind = kindOf(failure, error, destination, action);
  // A store may repeat in its words what it was sent.
  const clean = { ...failure, message: redactAnswer(failure.message, secrets) };
  return new ProblemError(explain(kind, clean, destination, action), { cause: error });
}

function kindOf(failure: Failure, error: unknown, destination: DestinationFields, action: string): FailureKind {
  const kind = classify(failure, destination, action);
  // What is thrown by something else than a request has words of its own.
  if (kind === 'other' && failure.message === '') failure.message = typeof error === 'string' ? error : 'unknown error';
  return kind;
}

function explain(kind: FailureKind, failure: Failure, destination: SigningDestination, action: string): Problem {
  const { endpoint, region, name } = destination;
  const entry: Entry = CATALOGUE[kind];
  const { denial } = failure;
  const permission = denial.permission ?? (entry.aboutPermission === true ? NEEDED[action] : undefined);
  const facts: Facts = { destination, failure, action, store: endpoint ?? `S3 in ${region}`, permission };
  const fixes = entry.fixes(facts);
  const [fix] = fixes;
  return {
    code: entry.code,
    kind,
    message: entry.message(facts),
    destination: name,
    ...(fix === undefined ? {} : { fix, fixes }),
    ...(entry.cause === undefined ? {} : { cause: entry.cause(facts) }),
    ...(entry.repairs === undefined ? {} : { repairs: entry.repairs(facts) }),
    ...(entry.docs === undefined ? {} : { docs: `${DOCS}${entry.docs}` }),
    ...(entry.aboutPermission === true && permission !== undefined ? { permission } : {}),
    ...(kind === 'wrong-region' && failure.region !== undefined ? { region: failure.region } : {}),
    ...(denial.principal === undefined ? {} : { principal: denial.principal }),
    ...(failure.requestId === undefined ? {} : { requestId: failure.requestId }),
    ...(failure.extendedRequestId === undefined ? {} : { extendedRequestId: failure.extendedRequestId }),
  };
}
