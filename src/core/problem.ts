import type { Repair } from './diagnose/repairs.ts';

/**
 * The stable codes that callers may branch on. A code never changes its meaning; new ones may be added.
 */
export const PROBLEM_CODES = [
  'access-denied',
  'explicit-deny',
  'kms-denied',
  'bucket-not-found',
  'region-mismatch',
  'invalid-access-key',
  'signature-mismatch',
  'credentials-expired',
  'credentials-missing',
  'secret-missing',
  'clock-skew',
  'endpoint-unreachable',
  'tls-failed',
  'throttled',
  'upload-failed',
  'multipart-abort-denied',
  'conflict',
  'object-exists',
  'mirror-empty',
  'duplicate-key',
  'null-key',
  'query-failed',
  'source-missing',
  'unreadable',
  'connection-failed',
  'duplicate-column',
  'disk-full',
  'engine-unavailable',
  'invalid-argument',
  'unsupported-by-store',
  'untrusted-workspace',
  'cancelled',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Where in a query something is wrong. Both count from 1; `column` counts UTF-16 units, as an editor does. */
export interface QueryPosition {
  line: number;
  column: number;
}

/** The `kind` of a problem that says: a query has tried to read what lies outside of the workspace. */
export const OUTSIDE_WORKSPACE = 'outside-workspace';

/** What callers get to see of a failure. Plain JSON; never holds a secret. */
export interface Problem {
  code: ProblemCode;
  /** One or two sentences for the user. */
  message: string;
  /** What the user can do about it. */
  fix?: string;
  /** The IAM action that was refused, such as `s3:PutObject`. */
  permission?: string;
  /** S3's id of the refused request. */
  requestId?: string;
  /** S3's second id of it, which AWS's support asks for, too. */
  extendedRequestId?: string;
  /** What exactly it is, where the code stands for several things; see `diagnose/catalogue.ts`. */
  kind?: string;
  /** Why it is so, in a sentence or two. */
  cause?: string;
  /** All that may help, the likeliest first; `fix` is the first of them. */
  fixes?: string[];
  /** What the editor can do about it, the likeliest first. */
  repairs?: Repair[];
  /** The address of the part of AWS's documentation that is about this. */
  docs?: string;
  /** ARN of whoever was refused, where S3 told it. */
  principal?: string;
  /** The bucket's real region, where S3 told it. */
  region?: string;
  /** The destination that it is about: what `repairs` are done to. */
  destination?: string;
  /** Where in the query, for `query-failed` and `source-missing`. */
  position?: QueryPosition;
  /** Whether that is in the preparation of the query, rather than in the query itself. */
  inPreparation?: boolean;
  /** The argument that, set to true, lets the same run go on: what was refused needs somebody's word. */
  confirm?: 'allowEmptyMirror' | 'fullRun';
}

/** Marks problems across bundles, of which each has a class of its own. */
const BRAND = Symbol.for('s3Destinations.problem');

/**
 * The one error type of the product. `code` is also on the error itself, so that a caller needs no import to read it.
 * `cause` holds the original error for the log, which redacts it.
 */
export class ProblemError extends Error {
  readonly [BRAND] = true;
  readonly code: ProblemCode;
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options);
    this.name = 'ProblemError';
    this.code = problem.code;
    this.problem = problem;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** A `ProblemError` for an argument that cannot be used. `message` names the argument and the rule. */
export function invalidArgument(message: string, fix?: string): ProblemError {
  return new ProblemError({ code: 'invalid-argument', message, ...(fix === undefined ? {} : { fix }) });
}

/** Whether an error says that a right is missing. */
export function isDenial(error: unknown): boolean {
  return error instanceof ProblemError && (error.code === 'access-denied' || error.code === 'explicit-deny');
}

/** A `ProblemError` for work that the user or a caller has stopped. @param left what there is of it; nothing by default */
export function cancelled(what = 'The export', left = 'Nothing was written.'): ProblemError {
  return new ProblemError({ code: 'cancelled', message: `${what} was cancelled. ${left}` });
}
