import { randomUUID } from 'node:crypto';
import type * as vscode from 'vscode';
import { type AccessKeys, parseCredentials } from '../../core/destination/credentials.ts';
import { secretValues } from '../../core/destination/secrets.ts';
import type { Log } from '../log.ts';

const PREFIX = 'destination:';
const CANARY = 'canary';
const STAMP = 'changed';
const CANARY_SESSION = 'secretsWrittenIn';

/** The access keys of destinations, in the editor's secret storage. */
export class DestinationSecrets {
  readonly #storage: vscode.SecretStorage;
  readonly #memory: vscode.Memento;
  readonly #log: Log;
  /** Of this window, until it is loaded anew. The editor's own id is always the same where telemetry is switched off. */
  readonly #session = randomUUID();
  /** The keys that this window has seen last, by destination; null where there were none. */
  readonly #seen = new Map<string, string | null>();

  constructor({ secrets, globalState }: vscode.ExtensionContext, log: Log) {
    this.#storage = secrets;
    this.#memory = globalState;
    this.#log = log;
  }

  /**
   * Calls back when another window has changed a destination: with its name where it is keys that this window has used,
   * without a name else. The editor tells every window of every write, also of those that change nothing.
   */
  onDidChangeElsewhere(changed: (name?: string) => void): vscode.Disposable {
    return this.#storage.onDidChange(async ({ key }) => {
      if (key === STAMP) changed();
      if (!key.startsWith(PREFIX)) return;
      const name = key.slice(PREFIX.length);
      const seen = this.#seen.get(name);
      if (seen !== undefined && seen !== fingerprint(await this.get(name))) changed(name);
    });
  }

  /** Tells the other windows that destinations have changed. */
  async announce(): Promise<void> {
    try {
      await this.#storage.store(STAMP, randomUUID());
    } catch (error) {
      this.#log.error('Other windows could not be told of a change.', error);
    }
  }

  /** The keys of a destination; undefined where there are none, or none that can be read. */
  async get(name: string): Promise<AccessKeys | undefined> {
    const text = await this.#read(name);
    const keys = text === undefined ? undefined : parse(text);
    if (keys !== undefined) this.#hide(keys);
    this.#seen.set(name, fingerprint(keys));
    return keys;
  }

  /** @throws Error when the editor cannot store them */
  async store(name: string, keys: AccessKeys): Promise<void> {
    this.#hide(keys);
    this.#seen.set(name, fingerprint(keys));
    await this.#storage.store(PREFIX + name, JSON.stringify({ credentials: keys }));
    if (this.#memory.get(CANARY_SESSION) === undefined || (await this.surviveRestarts()) !== false) {
      await this.#storage.store(CANARY, this.#session);
      await this.#memory.update(CANARY_SESSION, this.#session);
    }
  }

  async delete(name: string): Promise<void> {
    this.#seen.delete(name);
    await this.#storage.delete(PREFIX + name);
  }

  /**
   * Whether secrets are still there after the editor has been restarted: without a keyring it keeps them in memory only,
   * and does not say so. Undefined until there has been a restart since the first was stored.
   */
  async surviveRestarts(): Promise<boolean | undefined> {
    const session = this.#memory.get<string>(CANARY_SESSION);
    if (session === undefined || session === this.#session) return undefined;
    return (await this.#storage.get(CANARY)) !== undefined;
  }

  /** Has a value never be logged. */
  hide(value: string): void {
    this.#log.hide(value);
  }

  async #read(name: string): Promise<string | undefined> {
    try {
      return await this.#storage.get(PREFIX + name);
    } catch (error) {
      this.#log.error('The secret storage cannot be read.', error);
      return undefined;
    }
  }

  #hide(keys: AccessKeys): void {
    for (const value of secretValues(keys)) this.#log.hide(value);
  }
}

function fingerprint(keys: AccessKeys | undefined): string | null {
  return keys === undefined ? null : JSON.stringify(keys);
}

function parse(text: string): AccessKeys | undefined {
  try {
    const { credentials } = JSON.parse(text) as { credentials?: unknown };
    const parsed = parseCredentials(credentials);
    return parsed.kind === 'keys' ? parsed : undefined;
  } catch {
    return undefined;
  }
}
