import type { AwsCredentialIdentity } from '@smithy/types';
import type { AccessKeys, Credentials } from '../destination/credentials.ts';
import type { DestinationFields } from '../destination/destination.ts';

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

  private constructor(load: LoadCredentials | undefined, fixed: AwsCredentialIdentity | undefined) {
    this.#load = load;
    if (fixed !== undefined) this.#held = { identity: fixed, renewAt: Infinity };
  }

  static of(credentials: Credentials, context: SignerContext): Signer {
    if (credentials.kind === 'keys') return new Signer(undefined, identityOf(credentials));
    const signer: Signer = new Signer(async () => {
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
    }, undefined);
    return signer;
  }

  /** What the SDK signs with. @throws ProblemError when there are no credentials to be had */
  readonly provide = async (): Promise<AwsCredentialIdentity> => {
    const identity = await this.current();
    return this.#load === undefined ? identity : { ...identity, expiration: new Date(Date.now() + ALWAYS_ASK_MS) };
  };

  /**
   * Fetches new credentials as the store no longer takes those it was sent.
   * @returns whether they are others, so that it is worth to try again. Never throws
   */
  async renew(refusedKeyId: string | undefined): Promise<boolean> {
    if (this.#load === undefined) return false;
    if (this.#held?.identity.accessKeyId !== refusedKeyId) return true;
    try {
      const { accessKeyId } = await this.#fetch();
      return accessKeyId !== refusedKeyId;
    } catch {
      return false;
    }
  }

  /** The id of the keys that are in use, so that a refusal can be told from that of earlier ones. */
  get accessKeyId(): string | undefined {
    return this.#held?.identity.accessKeyId;
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
    } catch {
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
    const identity = await this.#load();
    this.#held = { identity, renewAt: this.#renewAt(identity) };
    return identity;
  }

  #renewAt({ expiration }: AwsCredentialIdentity): number {
    if (expiration === undefined) return Infinity;
    const life = expiration.getTime() - Date.now();
    return expiration.getTime() - Math.min(this.#asked ? ASK_BEFORE_MS : RENEW_BEFORE_MS, life / 2);
  }
}

function identityOf({ accessKeyId, secretAccessKey, sessionToken }: AccessKeys): AwsCredentialIdentity {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
