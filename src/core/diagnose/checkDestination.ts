import type { Destination, DestinationFields } from '../destination/destination.ts';
import { checkKey } from '../destination/keys.ts';
import { type Problem, type ProblemCode, ProblemError } from '../problem.ts';
import type { Store } from '../s3/store.ts';
import type { CheckResult, CheckStep } from './checkResult.ts';
import { CheckSteps, timed, type Timed } from './checkSteps.ts';
import type { Identity } from './identity.ts';
import { nearMisses } from './nearMisses.ts';
import type { Purpose } from './iamPolicy.ts';
import type { Look, Probes } from './probes.ts';

/** All of a check is over by then, whatever the store does. */
const DEADLINE_MS = 12_000;
/** STS, a portal or a process that is asked for credentials has to give them by then. */
const SIGN_IN_MS = 10_000;
/** S3 takes requests that are signed for a time so far from its own. */
const CLOCK_LIMIT_MS = 15 * 60_000;
const PROBE_TEXT = 'Written by a check of the connection. It may be deleted.\n';

/** With these, no request can succeed: the steps after the first would say the same. */
const NOBODY: ReadonlySet<ProblemCode> = new Set([
  'invalid-access-key',
  'signature-mismatch',
  'credentials-expired',
  'credentials-missing',
  'secret-missing',
  'clock-skew',
]);

/**
 * Tries, step by step, what exports to a destination need. It writes a small object under the path prefix and deletes it.
 * Never rejects, and ends within 15 seconds.
 * @param onStep is told of each step as it ends
 */
export async function checkDestination(
  destination: Destination,
  store: Pick<Store, 'probes'>,
  purpose: Purpose,
  onStep: (step: CheckStep) => void = () => undefined,
): Promise<CheckResult> {
  const ending = new AbortController();
  const check = new Check(destination, purpose, store.probes(ending.signal), onStep);
  let timer: NodeJS.Timeout | undefined;
  try {
    // Signing in may ask the user, whose time does not count.
    const started = performance.now();
    const signedIn = await check.signIn();
    const spent = Math.min(performance.now() - started, SIGN_IN_MS - 3000);
    timer = setTimeout(() => ending.abort(), DEADLINE_MS - spent);
    return await check.run(signedIn);
  } finally {
    clearTimeout(timer);
    check.close();
  }
}

/** What a check finds when there is nothing to sign with, so that nothing can be tried. */
export function cannotSign(destination: DestinationFields, purpose: Purpose, error: ProblemError): CheckResult {
  const steps = new CheckSteps(destination, purpose, () => undefined);
  steps.fail('identity', error, undefined, undefined, true);
  steps.skipRest('Not tried, as an earlier step has failed.');
  return steps.result({ region: destination.region });
}

class Check {
  readonly #destination: Destination;
  readonly #steps: CheckSteps;
  readonly #probes: Probes;
  readonly #opened: Probes[];
  #identity: Identity | undefined;
  #region: string;
  #left: string | undefined;

  constructor(destination: Destination, purpose: Purpose, probes: Probes, onStep: (step: CheckStep) => void) {
    this.#destination = destination;
    this.#steps = new CheckSteps(destination, purpose, onStep);
    this.#probes = probes;
    this.#opened = [probes];
    this.#region = destination.region;
  }

  close(): void {
    for (const probes of this.#opened) probes.close();
  }

  /** @returns whether there are credentials to sign with */
  async signIn(): Promise<boolean> {
    const { problem, durationMs } = await timed(() => this.#probes.signIn(SIGN_IN_MS));
    if (problem !== undefined) this.#steps.fail('identity', problem, durationMs, undefined, true);
    return problem === undefined;
  }

  async run(signedIn: boolean): Promise<CheckResult> {
    if (signedIn) await this.#try(this.#probes);
    this.#steps.skipRest('Not tried, as an earlier step has failed.');
    return this.#steps.result({
      region: this.#region,
      ...(this.#identity === undefined ? {} : { identity: this.#identity }),
      ...(this.#left === undefined ? {} : { left: this.#left }),
    });
  }

  async #try(probes: Probes): Promise<void> {
    const identity = this.#findIdentity(probes);
    // Its answer has a body, and tells the region and the credentials, too, where that of a look has none.
    const listed = timed(() => probes.list(this.#destination.pathPrefix));
    const { value: look = {}, durationMs } = await timed(() => probes.look());
    const problem = await unreachable(look, listed);
    if (this.#reach(problem, durationMs)) {
      this.#tellTime(look);
      const list = await listed;
      if (await this.#findBucket(probes, look, list.problem?.problem)) await this.#use(probes, list);
    }
    await identity;
  }

  #reach(problem: ProblemError | undefined, durationMs: number): boolean {
    const { endpoint, region } = this.#destination;
    if (problem !== undefined) {
      this.#steps.fail('reachability', problem, durationMs);
      return false;
    }
    const plain = endpoint?.startsWith('http://') === true;
    const message = `${endpoint ?? `S3 in ${region}`} answers${plain ? ', without encryption' : ' over TLS'}.`;
    this.#steps.pass('reachability', message, durationMs);
    return true;
  }

  #tellTime({ clockAheadMs }: Look): void {
    if (clockAheadMs === undefined) {
      this.#steps.skip('clock', 'The store does not tell the time.');
      return;
    }
    const minutes = Math.round(Math.abs(clockAheadMs) / 60_000);
    const text = `The clock of this machine is ${minutes} minutes ${clockAheadMs > 0 ? 'ahead' : 'behind'}.`;
    if (Math.abs(clockAheadMs) < CLOCK_LIMIT_MS) {
      this.#steps.pass('clock', minutes < 2 ? 'The clock of this machine is right.' : text);
      return;
    }
    const fix = 'Set the clock, or have the system set it from the network.';
    this.#steps.fail('clock', new ProblemError({ code: 'clock-skew', message: text, fix }));
  }

  async #findIdentity(probes: Probes): Promise<void> {
    const { value, durationMs } = await timed(() => probes.identity());
    this.#identity = value;
    if (this.#steps.get('identity') !== undefined) return;
    if (value === undefined) {
      this.#steps.skip('identity', 'Cannot be told; it is not needed.');
      return;
    }
    this.#steps.pass('identity', `These credentials are those of ${spoken(value.arn)}.`, durationMs);
  }

  /** @returns whether there is a bucket to go on with */
  async #findBucket(probes: Probes, look: Look, list: Problem | undefined): Promise<boolean> {
    const { bucket, region, endpoint } = this.#destination;
    const mismatch = [look.problem?.problem, list].find((problem) => problem?.code === 'region-mismatch');
    const missing = [look.problem?.problem, list].find((problem) => problem?.code === 'bucket-not-found');
    const real = look.region ?? list?.region;
    if (real !== undefined && real !== region) {
      const repairs = [{ kind: 'set-region' as const, region: real }];
      const message = `The bucket ${bucket} is in ${real}, but ${this.#destination.name} says ${region}.`;
      const fix = `Set the region of ${this.#destination.name} to ${real}.`;
      const told = mismatch?.region === real ? mismatch : {};
      const problem = { ...told, code: 'region-mismatch' as const, message, fix, fixes: [fix], region: real, repairs };
      this.#steps.fail('region', new ProblemError({ ...problem, destination: this.#destination.name }));
      this.#region = real;
      return true;
    }
    if (missing !== undefined) {
      this.#steps.fail('region', new ProblemError(await this.#withNearMisses(probes, missing)));
      return false;
    }
    if (mismatch !== undefined) {
      // A HEAD that is refused gives no reason; the list may know a better one.
      if (mismatch.kind === 'bad-request' && list?.code !== 'region-mismatch') {
        this.#steps.skip('region', 'Cannot be told: see the next step.');
        return true;
      }
      this.#steps.fail('region', new ProblemError(mismatch));
      return false;
    }
    if (look.region !== undefined) this.#steps.pass('region', `The bucket ${bucket} is in ${look.region}.`);
    else if (look.problem === undefined) this.#steps.pass('region', `The bucket ${bucket} is there.`);
    else this.#steps.skip('region', `${endpoint ?? 'S3'} does not say where the bucket is.`);
    return true;
  }

  async #withNearMisses(probes: Probes, problem: Problem): Promise<Problem> {
    const { value: buckets = [] } = await timed(() => probes.buckets());
    const near = nearMisses(this.#destination.bucket, buckets);
    if (near.length === 0) return problem;
    const fixes = [`Did you mean ${near.join(' or ')}?`, ...(problem.fixes ?? [])];
    const repairs = near.map((bucket) => ({ kind: 'set-bucket' as const, bucket }));
    return { ...problem, fix: fixes[0] ?? '', fixes, repairs: [...repairs, ...(problem.repairs ?? [])] };
  }

  async #use(first: Probes, listed: Timed<void>): Promise<void> {
    let probes = first;
    let list = listed;
    if (this.#region !== this.#destination.region) {
      probes = first.in(this.#region);
      this.#opened.push(probes);
      const there = probes;
      list = await timed(() => there.list(this.#destination.pathPrefix));
    }
    const place = `s3://${this.#destination.bucket}/${this.#destination.pathPrefix}`;
    if (!this.#steps.take('list', list, `${place} can be listed.`)) {
      const code = list.problem?.code;
      if (code !== undefined && NOBODY.has(code)) return;
    }
    const key = checkKey(this.#destination.pathPrefix);
    await Promise.all([this.#writeReadDelete(probes, key), this.#multipart(probes, `${key}.part`)]);
  }

  async #writeReadDelete(probes: Probes, key: string): Promise<void> {
    const put = await timed(() => probes.put(key, PROBE_TEXT));
    const written = this.#steps.take('put', put, 'An object can be written.');
    const get = await timed(() => probes.get(key));
    if (!written && this.#cannotTell(get)) {
      this.#steps.skip('get', 'Cannot be told, as nothing could be written that could be read.');
    } else if (get.problem?.problem.permission === 's3:ListBucket') {
      // Whoever may read, but not list, is told so of an object that another check has just deleted.
      this.#steps.pass('get', 'Objects can be read.', get.durationMs);
    } else {
      this.#steps.take('get', get, written ? 'What was written can be read.' : 'Objects can be read.');
    }
    const deleted = await timed(() => probes.delete(key));
    if (!this.#steps.take('delete', deleted, 'Objects can be deleted.') && written) this.#left = key;
  }

  /**
   * Of an object that is missing, those who may not list are told the same as those who may not read; and stores other than
   * AWS may say that it is missing before they look whether it may be read.
   */
  #cannotTell({ value, problem }: Timed<boolean>): boolean {
    if (value === false) return this.#destination.endpoint !== undefined;
    const { code, problem: { principal } = {} } = problem ?? {};
    return code === 'access-denied' && principal === undefined && this.#steps.get('list')?.status !== 'ok';
  }

  async #multipart(probes: Probes, key: string): Promise<void> {
    const begun = await timed(() => probes.begin(key));
    if (begun.problem !== undefined) {
      const { permission = 's3:PutObject' } = begun.problem.problem;
      this.#steps.fail('multipart', begun.problem, begun.durationMs, permission);
      return;
    }
    const aborted = await timed(() => probes.abort(key, begun.value ?? ''));
    const took = { ...aborted, durationMs: begun.durationMs + aborted.durationMs };
    if (!this.#steps.take('multipart', took, 'Uploads can be begun and aborted.')) {
      this.#left ??= `an unfinished upload of ${key}, without content`;
    }
  }
}

/** Why the store cannot be reached; undefined where it can. A page that is sent to a look is not seen, but to a list it is. */
async function unreachable({ problem }: Look, listed: Promise<Timed<void>>): Promise<ProblemError | undefined> {
  if (problem === undefined) return undefined;
  const isBlank = problem.problem.kind === 'bad-request';
  if (!isUnreachable(problem) && !isBlank) return undefined;
  const { problem: list } = await listed;
  return isUnreachable(list) ? list : isBlank ? undefined : problem;
}

function isUnreachable(problem: ProblemError | undefined): boolean {
  return problem?.code === 'endpoint-unreachable' || problem?.code === 'tls-failed';
}

/** An owner's id of 64 digits says nothing by its end, and makes a table wider than the page. */
function spoken(identity: string): string {
  return /^[0-9a-f]{40,}$/i.test(identity) ? `${identity.slice(0, 12)}…` : identity;
}
