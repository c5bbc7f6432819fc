import type { ProblemCode } from '../problem.ts';
import { ACCESS } from './catalogueOfAccess.ts';
import { CREDENTIALS } from './catalogueOfCredentials.ts';
import { NETWORK } from './catalogueOfNetwork.ts';
import { PLACE } from './catalogueOfPlace.ts';
import { REQUESTS } from './catalogueOfRequests.ts';
import type { Failure } from './failure.ts';
import type { Repair } from './repairs.ts';
import type { SigningDestination } from './signingIn.ts';

/** What the sentences of the catalogue are made of. */
export interface Facts {
  destination: SigningDestination;
  failure: Failure;
  /** What was being done: `write`, `list`. */
  action: string;
  /** How the store is called: `S3 in eu-west-1`, or its endpoint. */
  store: string;
  /** The IAM action that was refused, as S3 says, or as the request needs. */
  permission: string | undefined;
}

/** What there is to say about one kind of failure. */
export interface Entry {
  code: ProblemCode;
  /** One sentence, or two: what is wrong. */
  message: (facts: Facts) => string;
  /** Why that may be. */
  cause?: (facts: Facts) => string;
  /** What helps, the likeliest first; each a sentence. */
  fixes: (facts: Facts) => string[];
  /** What the editor can do, the likeliest first. */
  repairs?: (facts: Facts) => Repair[];
  /** The page of AWS's documentation, below its root. */
  docs?: string;
  /** Whether the problem is about a permission, which then stands in it. */
  aboutPermission?: true;
}

/** All kinds of failure that are told apart, each with what there is to say about it. */
export const CATALOGUE = { ...ACCESS, ...CREDENTIALS, ...PLACE, ...NETWORK, ...REQUESTS };

export type FailureKind = keyof typeof CATALOGUE;

/** The documentation that entries point into. */
export const DOCS = 'https://docs.aws.amazon.com/';
