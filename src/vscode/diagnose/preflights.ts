import type { Destination } from '../../core/destination/destination.ts';
import { type Purpose, purposeOf } from '../../core/diagnose/iamPolicy.ts';
import type { Preflight } from '../../core/diagnose/preflight.ts';
import { repairsFor } from '../../core/diagnose/repairs.ts';
import { cancelled, ProblemError } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { ExportRequest } from '../../core/sync/exportRequest.ts';
import type { Finding } from './checkResults.ts';

let preflight: Preflight | undefined;

/** Finds out, before a run reads or sends anything, whether it can succeed. @param signal gives it up @throws ProblemError */
export async function passPreflight(
  finding: Finding,
  destination: Destination,
  store: Store,
  request: Pick<ExportRequest, 'kind' | 'mode' | 'onlyNewRows'>,
  signal: AbortSignal,
): Promise<void> {
  const purpose = purposeOf(request);
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(cancelled());
  if (signal.aborted) throw cancelled();
  signal.addEventListener('abort', stop);
  try {
    const passed = failsByDestination(finding, destination, purpose, pass(destination, store, purpose));
    await Promise.race([passed, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function pass(destination: Destination, store: Store, purpose: Purpose): Promise<void> {
  if (preflight === undefined) {
    const { Preflight } = await import('../../core/diagnose/preflight.ts');
    preflight ??= new Preflight();
  }
  await preflight.check(destination, store, purpose);
}

/**
 * Remembers how what was done at a destination went, if it is the destination that made it fail.
 * @param finding was begun before the destination was read
 * @param purpose what was done it for: the policy that a repair copies is for the same
 * @throws whatever the work rejects with
 */
export async function failsByDestination<R>(
  finding: Finding,
  destination: Destination,
  purpose: Purpose,
  work: Promise<R>,
): Promise<R> {
  try {
    const result = await work;
    finding.succeeded();
    return result;
  } catch (error) {
    // Problems of a destination name it.
    if (!(error instanceof ProblemError) || error.problem.destination !== destination.name) throw error;
    preflight?.forget(destination);
    const { repairs } = error.problem;
    const problem = {
      ...error.problem,
      ...(repairs === undefined ? {} : { repairs: repairsFor(purpose, repairs) }),
    };
    finding.failed(problem);
    throw new ProblemError(problem, { cause: error.cause });
  }
}
