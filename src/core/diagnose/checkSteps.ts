import type { DestinationFields } from '../destination/destination.ts';
import { ProblemError } from '../problem.ts';
import { type CheckResult, type CheckStep, PERMISSIONS, type StepId, STEPS } from './checkResult.ts';
import { iamPolicy, NEEDED_FOR, type Purpose } from './iamPolicy.ts';
import type { Identity } from './identity.ts';
import { repairsFor } from './repairs.ts';

/** What a check has found besides its steps. */
export interface Found {
  identity?: Identity;
  region: string;
  left?: string;
}

/** How a request went, and how long that took. */
export interface Timed<T> {
  value?: T;
  problem?: ProblemError;
  durationMs: number;
}

/** Waits for a request. Whatever goes wrong is part of what it gives. */
export async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const started = Date.now();
  try {
    return { value: await work(), durationMs: Date.now() - started };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const problem = error instanceof ProblemError ? error : new ProblemError({ code: 'upload-failed', message });
    return { problem, durationMs: Date.now() - started };
  }
}

/** The steps of a check, as they end. */
export class CheckSteps {
  readonly #destination: DestinationFields;
  readonly #purpose: Purpose;
  readonly #onStep: (step: CheckStep) => void;
  readonly #steps = new Map<StepId, CheckStep>();
  readonly #started = Date.now();
  #kmsKey: string | undefined;

  constructor(destination: DestinationFields, purpose: Purpose, onStep: (step: CheckStep) => void) {
    this.#destination = destination;
    this.#purpose = purpose;
    this.#onStep = onStep;
  }

  /** How a step went; undefined before it has ended. */
  get(id: StepId): CheckStep | undefined {
    return this.#steps.get(id);
  }

  /** Skips the steps that have not been tried. */
  skipRest(message: string): void {
    for (const id of Object.keys(STEPS) as StepId[]) {
      if (!this.#steps.has(id)) this.skip(id, message);
    }
  }

  take(id: StepId, { problem, durationMs }: Timed<unknown>, message: string): boolean {
    if (problem === undefined) this.pass(id, message, durationMs);
    else this.fail(id, problem, durationMs);
    return problem === undefined;
  }

  pass(id: StepId, message: string, durationMs?: number): void {
    this.#add({ ...this.#step(id), status: 'ok', message }, durationMs);
  }

  skip(id: StepId, message: string): void {
    this.#add({ ...this.#step(id), status: 'skipped', message });
  }

  fail(id: StepId, { problem }: ProblemError, durationMs?: number, permission?: string, needed = false): void {
    const { code, message, fix } = problem;
    const repairs = problem.repairs === undefined ? undefined : repairsFor(this.#purpose, problem.repairs);
    this.#kmsKey ??= repairs?.find((repair) => repair.kind === 'copy-policy')?.kmsKey;
    const action = permission ?? (PERMISSIONS[id] === undefined ? undefined : (problem.permission ?? PERMISSIONS[id]));
    const { optional, ...rest } = this.#step(id);
    const step = {
      ...rest,
      ...(optional === undefined || needed ? {} : { optional }),
      ...(action === undefined ? {} : { permission: action }),
    };
    const whole = repairs === undefined ? problem : { ...problem, repairs };
    const told = { status: 'failed' as const, code, message, ...(fix === undefined ? {} : { fix }), problem: whole };
    this.#add({ ...step, ...told }, durationMs);
  }

  #step(id: StepId): Pick<CheckStep, 'id' | 'title' | 'permission' | 'optional'> {
    const permission = PERMISSIONS[id];
    const isNeeded =
      permission === undefined ? id === 'reachability' || id === 'region' : NEEDED_FOR[this.#purpose].has(permission);
    return {
      id,
      title: STEPS[id],
      ...(permission === undefined ? {} : { permission }),
      ...(isNeeded ? {} : { optional: true as const }),
    };
  }

  #add(step: CheckStep, durationMs?: number): void {
    const whole = durationMs === undefined ? step : { ...step, durationMs };
    this.#steps.set(step.id, whole);
    this.#onStep(whole);
  }

  result(found: Found): CheckResult {
    const order = Object.keys(STEPS) as StepId[];
    const checks = order.flatMap((id) => this.#steps.get(id) ?? []);
    // A refusal may know it better than a store that has names only.
    const refused = checks.map(({ problem }) => problem?.principal).find((who) => who !== undefined);
    const named = found.identity?.arn;
    const arn = found.identity?.account === undefined ? (refused ?? named) : named;
    const account = found.identity?.account ?? /^arn:[^:]*:[^:]*::(\d{12}):/.exec(arn ?? '')?.[1];
    const there = { ...this.#destination, region: found.region };
    return {
      ok: checks.every(
        ({ status, optional, id }) => optional === true || status === 'ok' || (id === 'region' && status === 'skipped'),
      ),
      destination: this.#destination.name,
      for: this.#purpose,
      ...(account === undefined ? {} : { account }),
      ...(arn === undefined ? {} : { identity: arn }),
      region: found.region,
      checks,
      policy: iamPolicy(there, this.#purpose, this.#kmsKey === undefined ? {} : { kmsKey: this.#kmsKey }),
      ...(found.left === undefined ? {} : { left: found.left }),
      checkedAt: new Date(this.#started).toISOString(),
      durationMs: Date.now() - this.#started,
    };
  }
}
