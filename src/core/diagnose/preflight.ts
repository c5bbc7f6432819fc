import type { Destination } from '../destination/destination.ts';
import { checkKey } from '../destination/keys.ts';
import { type ProblemCode, ProblemError } from '../problem.ts';
import type { Store } from '../s3/store.ts';
import type { Purpose } from './iamPolicy.ts';
import type { Probes } from './probes.ts';

/** What was found stays true for so long, as far as anybody can tell. */
const GOOD_FOR_MS = 5 * 60_000;
const TIMEOUT_MS = 8000;

/** Problems that another try will not make go away. Whatever else is found is left to the run, which tries again. */
const LASTING: ReadonlySet<ProblemCode> = new Set([
  'bucket-not-found',
  'region-mismatch',
  'invalid-access-key',
  'signature-mismatch',
  'credentials-expired',
  'credentials-missing',
  'tls-failed',
]);
const DENIED: ReadonlySet<ProblemCode> = new Set(['access-denied', 'explicit-deny', 'kms-denied']);

/** Remembers what was found, by destinations as they were then. */
export class Preflight {
  readonly #passed = new WeakMap<Destination, Map<Purpose, number>>();

  /**
   * Looks, by a request or two, whether an export can succeed at all, unless that was found out some minutes ago. An insert
   * needs no right but to write, which only writing shows. Whether a mirror may delete is asked each time: it must not
   * find out when its files are there.
   * @throws ProblemError what makes it fail; nothing was written
   */
  async check(destination: Destination, store: Pick<Store, 'probes'>, purpose: Purpose): Promise<void> {
    const passed = this.#passed.get(destination) ?? new Map<Purpose, number>();
    const isKnown = Date.now() - (passed.get(purpose) ?? -Infinity) < GOOD_FOR_MS;
    if (isKnown && purpose !== 'mirror') return;
    const probes = store.probes(AbortSignal.timeout(TIMEOUT_MS));
    try {
      await Promise.all([
        isKnown ? undefined : list(probes, destination, purpose),
        purpose === 'mirror' ? deleteNothing(probes, destination) : undefined,
      ]);
    } finally {
      probes.close();
    }
    if (!isKnown) this.#passed.set(destination, passed.set(purpose, Date.now()));
  }

  /** Forgets what was found for a destination, as something there has been refused since. */
  forget(destination: Destination): void {
    this.#passed.delete(destination);
  }
}

/** Whoever may not list is told so, and then is somebody: that is all that an insert has to find out. */
async function list(probes: Probes, { pathPrefix }: Destination, purpose: Purpose): Promise<void> {
  const problem = await found(() => probes.list(pathPrefix));
  if (problem === undefined) return;
  if (LASTING.has(problem.code)) throw problem;
  if (purpose !== 'insert' && DENIED.has(problem.code)) throw denied(problem, 'It reads what earlier runs have left.');
}

async function deleteNothing(probes: Probes, { pathPrefix }: Destination): Promise<void> {
  const problem = await found(() => probes.delete(`${checkKey(pathPrefix)}.none`));
  if (problem === undefined || !DENIED.has(problem.code)) return;
  throw denied(problem, 'A mirror deletes the files of earlier runs.');
}

async function found(work: () => Promise<unknown>): Promise<ProblemError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof ProblemError ? error : undefined;
  }
}

/** Says of what is denied what it is needed for. */
function denied({ problem, cause }: ProblemError, needed: string): ProblemError {
  return new ProblemError({ ...problem, message: `${problem.message} ${needed} Nothing was uploaded.` }, { cause });
}
