import type { Destination } from '../../core/destination/destination.ts';
import { type Purpose, purposeOf } from '../../core/diagnose/iamPolicy.ts';
import type { Preflight } from '../../core/diagnose/preflight.ts';
import { ProblemError } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { ExportRequest } from '../../core/sync/exportRequest.ts';
import type { CheckResults } from './checkResults.ts';

let preflight: Preflight | undefined;

/** Finds out, before a run reads or sends anything, whether it can succeed. @throws ProblemError */
export function passPreflight(
  checks: CheckResults,
  destination: Destination,
  store: Store,
  request: Pick<ExportRequest, 'kind' | 'mode' | 'onlyNewRows'>,
): Promise<void> {
  return failsByDestination(checks, destination, pass(destination, store, purposeOf(request)));
}

async function pass(destination: Destination, store: Store, purpose: Purpose): Promise<void> {
  if (preflight === undefined) {
    const { Preflight } = await import('../../core/diagnose/preflight.ts');
    preflight ??= new Preflight();
  }
  await preflight.check(destination, store, purpose);
}

/** Remembers how what was done at a destination went, if it is the destination that made it fail. */
export async function failsByDestination<R>(
  checks: CheckResults,
  destination: Destination,
  work: Promise<R>,
): Promise<R> {
  try {
    const result = await work;
    checks.succeeded(destination.name);
    return result;
  } catch (error) {
    // Problems of a destination name it.
    if (error instanceof ProblemError && error.problem.destination === destination.name) {
      preflight?.forget(destination);
      checks.failed(destination.name, error.problem);
    }
    throw error;
  }
}
