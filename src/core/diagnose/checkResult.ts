import type { Problem, ProblemCode } from '../problem.ts';
import type { IamPolicy, Purpose } from './iamPolicy.ts';

/** The steps of a check, in the order in which they are shown. */
export const STEPS = {
  reachability: 'Reach the store',
  clock: 'Clock',
  identity: 'Who signs',
  region: 'Bucket and region',
  list: 'List',
  put: 'Write',
  multipart: 'Begin and abort an upload',
  get: 'Read',
  delete: 'Delete',
} as const;

export type StepId = keyof typeof STEPS;

/** How one step went. */
export interface CheckStep {
  id: StepId;
  title: string;
  status: 'ok' | 'failed' | 'skipped';
  /** The IAM action that it needs. */
  permission?: string;
  code?: ProblemCode;
  /** What was found, in a sentence. */
  message: string;
  fix?: string;
  /** Exports of the purpose succeed without it. */
  optional?: true;
  durationMs?: number;
  /** All that is known of the failure. */
  problem?: Problem;
}

/** How a check went. Plain JSON, without secrets. */
export interface CheckResult {
  /** Whether exports of the purpose can succeed. */
  ok: boolean;
  destination: string;
  for: Purpose;
  account?: string;
  /** ARN of whoever signs; the user's name at stores that have no ARNs. */
  identity?: string;
  /** Where the bucket is, as far as is known. */
  region: string;
  checks: CheckStep[];
  /** What would have to be allowed, and no more. */
  policy: IamPolicy;
  /** What the check could not take away again. */
  left?: string;
  /** ISO 8601. */
  checkedAt: string;
  durationMs: number;
}

/** The IAM action that each step tries. */
export const PERMISSIONS: Partial<Record<StepId, string>> = {
  list: 's3:ListBucket',
  put: 's3:PutObject',
  multipart: 's3:AbortMultipartUpload',
  get: 's3:GetObject',
  delete: 's3:DeleteObject',
};
