import type { FinalizeRequestMiddleware, MetadataBearer } from '@smithy/types';
import { readFailure } from '../diagnose/failure.ts';
import { ProblemError } from '../problem.ts';
import { statusOf } from './sdkError.ts';

/** Node's codes of connections that were never made. */
const NOT_CONNECTED = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENETDOWN',
]);
const NOT_ENCRYPTED = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|DEPTH_ZERO)|SELF_SIGNED/;

/**
 * Watches the attempts of requests that make something visible. The SDK tells of the last attempt only; one before it may
 * have been carried out although its answer was lost.
 */
export class AttemptWatch {
  #open = false;

  /** Whether one of the attempts that failed may have been carried out. */
  get open(): boolean {
    return this.#open;
  }

  /** Where in a command's stack the middleware belongs: within the retries. */
  readonly place = { step: 'finalizeRequest', priority: 'low', name: 'watchAttempts' } as const;

  /** The middleware for a command's own stack. */
  middleware<I extends object, O extends MetadataBearer>(): FinalizeRequestMiddleware<I, O> {
    return (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        this.#open ||= mayHaveBeenDone(error);
        throw error;
      }
    };
  }
}

function mayHaveBeenDone(error: unknown): boolean {
  const status = statusOf(error);
  // An error within an answer of 200 leaves it open, as a failure of the store's own does; a redirection does not.
  if (status !== undefined) return status < 300 || status >= 500;
  if (error instanceof ProblemError) return false;
  const { network = '' } = readFailure(error);
  return !NOT_CONNECTED.has(network) && !NOT_ENCRYPTED.test(network);
}
