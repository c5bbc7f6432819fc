import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { AccessKeys, Credentials } from '../destination/credentials.ts';
import type { DestinationFields } from '../destination/destination.ts';
import { secretValues } from '../destination/secrets.ts';
import { ProblemError } from '../problem.ts';

/** Asks the user for the code that an MFA device shows. Rejects when there is no answer. */
export type AskMfaCode = (serial: string) => Promise<string>;

/** What the user's side does for a signer. */
export interface SignerHooks {
  askMfaCode?: AskMfaCode;
  /** Is told of secrets that have been fetched, so that they are never logged. */
  onSecret?: (value: string) => void;
}

/** What it takes to get credentials that are not there yet. */
export interface SignerContext extends SignerHooks {
  destination: DestinationFields;
}

/** Loads credentials once, from wherever they are to come. @throws ProblemError */
export type LoadCredentials = () => Promise<AwsCredentialIdentity>;

/** New credentials are fetched so long before the old ones expire, or half of their life where that is shorter. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** A code is not asked for while there is still time; the user may be away. */
const ASK_BEFORE_MS = 15_000;
/** After a renewal that failed, the next try waits while the old credentials are still good. */
const RETRY_AFTER_MS = 15_000;
/** Makes the SDK ask at each request: it is up to us what is still good. */
const ALWAYS_ASK_MS = 60_000;
/** A process may open a browser, and wait until the user has signed in there. One that hangs is given up. */
const LOAD_MS = 3 * 60_000;

/**
 * The credentials of one destination, shared by its clients: fetched when they are first needed, and renewed before they
 * expire, however long a run takes.
 */
export class Signer {
  readonly #load: LoadCredentials | undefined;
  #held: { identity: AwsCredentialIdentity; renewAt: number } | undefined;
  #loading: Promise<AwsCredentialIdentity> | undefined;
  #asked = false;
  #questions = 0;
  readonly #name: string;
  readonly #secrets = new Set<string>();

  private constructor(name: string, load: LoadCredentials | undefined, fixed?: AwsCredentialIdentity) {
    this.#name = name;
    this.#load = load;
    if (fixed !== undefined) this.#hold(fixed, Infinity);
  }

  static of(credentials: Credentials, context: SignerContext): Signer {
    const { name } = context.destination;
    if (credentials.kind === 'keys') return new Signer(name, undefined, identityOf(credentials));
    const signer: Signer = new Signer(name, async () => {
      const { credentialLoader } = await import('./credentialLoader.ts');
      const { askMfaCode } = context;
      const ask: AskMfaCode | undefined =
        askMfaCode === undefined
          ? undefined
          : async (serial) => {
              signer.#asked = true;
              signer.#questions++;
              try {
                return await askMfaCode(serial);
              } finally {
                signer.#questions--;
              }
            };
      const { destination } = context;
      const identity = await credentialLoader(
        credentials,
        ask === undefined ? { destination } : { destination, askMfaCode: ask },
      )();
      for (const secret of [identity.secretAccessKey, identity.sessionToken]) {
        if (secret !== undefined) context.onSecret?.(secret);
      }
      return identity;
    });
    return signer;
  }

  /** What the SDK signs with. @throws ProblemError when there are no credentials to be had */
  readonly provide = async (): Promise<AwsCredentialIdentity> => {
    const identity = await this.current();
    return this.#load === undefined ? identity : { ...identity, expiration: new Date(Date.now() + ALWAYS_ASK_MS) };
  };

  /** As `provide`, for who does not wait for long; the time that the user takes to answer does not count. @throws ProblemError */
  async provideIn(limitMs: number): Promise<void> {
    await this.#inTime(this.provide(), limitMs);
  }

  /**
   * Fetches new credentials as the store does not take those it was sent.
   * @param code the store's
   * @returns whether they are others, so that it is worth to try again. Never throws
   */
  async renew(refused: AwsCredentialIdentity | undefined, code: string): Promise<boolean> {
    if (this.#load === undefined) return false;
    // A secret that was mistyped stands in a file; what is made by a service, and ends, is right.
    if (code === 'SignatureDoesNotMatch' && refused?.expiration !== undefined) return false;
    if (this.held !== refused) return true;
    try {
      return !isSame(await this.#fetch(), refused);
    } catch {
      return false;
    }
  }

  /** The keys that are in use, so that a refusal can be told from that of earlier ones. */
  get held(): AwsCredentialIdentity | undefined {
    return this.#held?.identity;
  }

  /** All that was signed with and is never to be shown. */
  get secrets(): string[] {
    return [...this.#secrets];
  }

  /** Whether it is the user who is waited for. */
  get isAsking(): boolean {
    return this.#questions > 0;
  }

  /** The credentials that are good now, with the time at which they end, where they do. @throws ProblemError */
  async current(): Promise<AwsCredentialIdentity> {
    const held = this.#held;
    if (held === undefined) return this.#fetch();
    if (Date.now() < held.renewAt) return held.identity;
    const { expiration } = held.identity;
    const good = expiration === undefined || expiration.getTime() - Date.now() > 1000;
    if (!good) return this.#fetch();
    try {
      return await this.#fetch();
    } catch (error) {
      if (expiration !== undefined && expiration.getTime() <= Date.now()) throw error;
      held.renewAt = Date.now() + RETRY_AFTER_MS;
      return held.identity;
    }
  }

  #fetch(): Promise<AwsCredentialIdentity> {
    this.#loading ??= this.#fetchNow().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #fetchNow(): Promise<AwsCredentialIdentity> {
    if (this.#load === undefined) throw new TypeError('Keys are not loaded.');
    const identity = await this.#inTime(this.#load(), LOAD_MS);
    this.#hold(identity, this.#renewAt(identity));
    return identity;
  }

  #hold(identity: AwsCredentialIdentity, renewAt: number): void {
    this.#held = { identity, renewAt };
    for (const value of secretValues(identity)) this.#secrets.add(value);
  }

  async #inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
    const ended = new AbortController();
    try {
      let late: boolean;
      do {
        const limit = sleep(limitMs, true, { ref: false, signal: ended.signal });
        late = await Promise.race([work.then(() => false), limit]);
      } while (late && this.isAsking);
      if (late) throw signInLate(this.#name);
      return await work;
    } finally {
      ended.abort();
      // Told to whoever waits; afterwards to nobody.
      work.catch(() => undefined);
    }
  }

  #renewAt({ expiration }: AwsCredentialIdentity): number {
    if (expiration === undefined) return Infinity;
    const life = expiration.getTime() - Date.now();
    return expiration.getTime() - Math.min(this.#asked ? ASK_BEFORE_MS : RENEW_BEFORE_MS, life / 2);
  }
}

function isSame(one: AwsCredentialIdentity, other: AwsCredentialIdentity | undefined): boolean {
  return (
    one.accessKeyId === other?.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken
  );
}

function signInLate(destination: string): ProblemError {
  return new ProblemError({
    code: 'endpoint-unreachable',
    kind: 'sign-in-late',
    message: `What ${destination} signs in with does not answer in time.`,
    fix: 'Check the network, the endpoint of STS and the process of the profile, if there is one.',
    repairs: [{ kind: 'retry' }],
    destination,
  });
}

function identityOf({ accessKeyId, secretAccessKey, sessionToken }: AccessKeys): AwsCredentialIdentity {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
