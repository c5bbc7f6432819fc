import * as vscode from 'vscode';
import type { AccessKeys, Credentials, ShownCredentials } from '../../core/destination/credentials.ts';
import {
  type Destination,
  type DestinationFields,
  type DestinationSummary,
  summarise,
} from '../../core/destination/destination.ts';
import { joinCredentials, needsKeys, splitCredentials } from '../../core/destination/secrets.ts';
import type { SharedDestination } from '../../core/destination/transfer.ts';
import { invalidArgument, ProblemError } from '../../core/problem.ts';
import type { Log } from '../log.ts';
import { DestinationSecrets } from './destinationSecrets.ts';

const INDEX = 'destinations';
const LAST_USED = 'lastUsedDestination';
const DEFAULT = 'defaultDestination';
/** When to look whether another window's change has arrived: pauses after the news of it. */
const INDEX_ARRIVES_MS = [200, 1000, 3000];

/** What is known of a destination without opening its secret. `kind` alone stands in entries of the first version. */
interface Entry {
  fields: DestinationFields;
  kind: Credentials['kind'];
  credentials?: ShownCredentials;
}

/** Whether a destination can sign: `unknown` until its secret has been looked for. */
export type SecretState = 'stored' | 'missing' | 'unknown';

/**
 * The destinations that the user has defined. Access keys are in SecretStorage, all else in an index without secrets, so
 * that a destination whose secret was lost is still there. Nothing is read before it is needed.
 */
export class DestinationStore implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #secrets: DestinationSecrets;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #replaced = new vscode.EventEmitter<string>();
  readonly #states = new Map<string, Exclude<SecretState, 'unknown'>>();
  readonly #watch: vscode.Disposable;
  /** The index as this window has shown it last. */
  #shownIndex: string | undefined;
  #looking: NodeJS.Timeout | undefined;
  /** The last of the changes, which are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  readonly onDidChange = this.#changed.event;
  /** Fires with the name of a destination that is another one now, or gone: what was known of it is no longer true. */
  readonly onDidReplace = this.#replaced.event;

  constructor(context: vscode.ExtensionContext, log: Log) {
    this.#memory = context.globalState;
    this.#secrets = new DestinationSecrets(context, log);
    this.#watch = this.#secrets.onDidChangeElsewhere((name) => this.#changedElsewhere(name));
  }

  dispose(): void {
    clearTimeout(this.#looking);
    this.#watch.dispose();
    this.#changed.dispose();
    this.#replaced.dispose();
  }

  /** What is known of all destinations, by name; before them the default one, or else the one used last. */
  list(): DestinationSummary[] {
    this.#shownIndex ??= JSON.stringify(this.#index());
    const first = this.defaultName() ?? this.#memory.get<string>(LAST_USED);
    return this.#index()
      .map(({ fields, kind }) => summarise(fields, kind))
      .sort((a, b) => Number(b.name === first) - Number(a.name === first) || a.name.localeCompare(b.name));
  }

  /** The fields of a destination that are no secret. @throws ProblemError `invalid-argument` when there is none */
  fields(name: string): DestinationFields {
    return this.#entry(name).fields;
  }

  /** How a destination signs in, without its secret. @throws ProblemError `invalid-argument` when there is none */
  shownCredentials(name: string): ShownCredentials {
    return shownOf(this.#entry(name));
  }

  /** A destination as it can be handed on. @throws ProblemError `invalid-argument` when there is none */
  shared(name: string): SharedDestination {
    return { ...this.fields(name), credentials: this.shownCredentials(name) };
  }

  /**
   * A destination with its credentials.
   * @throws ProblemError `invalid-argument` when there is none of that name, `secret-missing` when its secret is gone
   */
  async get(name: string): Promise<Destination> {
    const { fields } = this.#entry(name);
    const credentials = await this.storedCredentials(name);
    if (credentials === undefined) {
      throw new ProblemError({
        code: 'secret-missing',
        message: `The credentials of ${fields.name} are missing from the secret storage.`,
        fix: `Re-enter the credentials of ${fields.name}.`,
        destination: fields.name,
      });
    }
    return { ...fields, credentials };
  }

  /** How a destination signs in; undefined where a secret is needed that is missing. @throws ProblemError `invalid-argument` */
  async storedCredentials(name: string): Promise<Credentials | undefined> {
    const shown = this.shownCredentials(name);
    const keys = needsKeys(shown) ? await this.#secrets.get(name) : undefined;
    const credentials = joinCredentials(shown, keys);
    this.#learn(name, credentials === undefined ? 'missing' : 'stored');
    return credentials;
  }

  /** Whether a destination's secret is there, as far as is known. `storedCredentials` finds it out. */
  secretState(name: string): SecretState {
    return this.#states.get(name) ?? 'unknown';
  }

  /** Adds a destination. @throws ProblemError `invalid-argument` when there is one of that name */
  add(destination: Destination): Promise<void> {
    const { credentials, ...fields } = destination;
    const { shown, keys } = splitCredentials(credentials);
    return this.#change(async () => {
      this.#refuseTaken(fields.name);
      if (keys !== undefined) await this.#storeKeys(fields.name, keys);
      await this.#save([...this.#index(), entryOf(fields, shown)]);
    });
  }

  /** Adds destinations whose secrets, if they need any, are missing: all or none. @throws ProblemError `invalid-argument` */
  addShared(destinations: readonly SharedDestination[]): Promise<void> {
    return this.#change(async () => {
      for (const { name } of destinations) this.#refuseTaken(name);
      // Of an earlier destination of that name, there may be keys that were left behind.
      for (const { name } of destinations) await this.#secrets.delete(name);
      await this.#save([
        ...this.#index(),
        ...destinations.map(({ credentials, ...fields }) => entryOf(fields, credentials)),
      ]);
      for (const { name, credentials } of destinations)
        this.#states.set(name, needsKeys(credentials) ? 'missing' : 'stored');
    });
  }

  /**
   * Puts new fields, which may have another name, in the place of a destination's. Its credentials stay unless new ones
   * are given. When it fails, the destination is as it was.
   * @throws ProblemError `invalid-argument` when there is none, or another one has the new name already
   */
  update(name: string, fields: DestinationFields, credentials?: Credentials): Promise<void> {
    return this.#change(async () => {
      const before = this.#entry(name);
      const renamed = fields.name !== name;
      if (renamed) this.#refuseTaken(fields.name);
      const given = credentials === undefined ? undefined : splitCredentials(credentials);
      const shown = given?.shown ?? shownOf(before);
      const keys =
        given === undefined ? (renamed && needsKeys(shown) ? await this.#secrets.get(name) : undefined) : given.keys;
      if (keys !== undefined) await this.#storeKeys(fields.name, keys);
      await this.#save(this.#index().map((entry) => (entry.fields.name === name ? entryOf(fields, shown) : entry)));
      if (renamed || (given !== undefined && keys === undefined)) await this.#secrets.delete(name);
      this.#replaced.fire(name);
      if (!renamed) return;
      this.#states.delete(name);
      for (const role of [LAST_USED, DEFAULT]) {
        if (this.#memory.get(role) === name) await this.#memory.update(role, fields.name);
      }
    });
  }

  /** Forgets a destination and its secret; the bucket is not touched. @throws ProblemError `invalid-argument` */
  remove(name: string): Promise<void> {
    return this.#change(async () => {
      this.#entry(name);
      await this.#save(this.#index().filter(({ fields }) => fields.name !== name));
      await this.#secrets.delete(name);
      this.#states.delete(name);
      this.#replaced.fire(name);
      if (this.#memory.get(DEFAULT) === name) await this.#memory.update(DEFAULT, undefined);
    });
  }

  has(name: string): boolean {
    return this.#index().some(({ fields }) => fields.name === name);
  }

  /** The destination that is offered first, if the user has chosen one. */
  defaultName(): string | undefined {
    const name = this.#memory.get<string>(DEFAULT);
    return name !== undefined && this.has(name) ? name : undefined;
  }

  /** Has a destination offered first; none of them, if undefined. @throws ProblemError `invalid-argument` */
  async setDefault(name: string | undefined): Promise<void> {
    await this.#change(async () => {
      if (name !== undefined) this.#entry(name);
      await this.#memory.update(DEFAULT, name);
    });
  }

  /** Remembers which destination was used last, so that it is offered first unless another is the default. */
  async used(name: string): Promise<void> {
    await this.#inTurn(async () => {
      // It may have another name by now.
      if (this.has(name)) await this.#memory.update(LAST_USED, name);
    });
  }

  /** Whether secrets survive a restart of the editor, as far as is known. */
  secretsSurviveRestarts(): Promise<boolean | undefined> {
    return this.#secrets.surviveRestarts();
  }

  /** Has a value never be logged. */
  hideSecret(value: string): void {
    this.#secrets.hide(value);
  }

  #entry(name: string): Entry {
    const entry = this.#index().find(({ fields }) => fields.name === name);
    if (entry === undefined) {
      throw invalidArgument(`There is no destination ${name}.`, 'Add it with “S3 Destinations: Add Destination”.');
    }
    return entry;
  }

  #refuseTaken(name: string): void {
    if (this.has(name)) throw invalidArgument(`There is already a destination ${name}.`);
  }

  #index(): Entry[] {
    return this.#memory.get<Entry[]>(INDEX, []);
  }

  async #storeKeys(name: string, keys: AccessKeys): Promise<void> {
    await this.#secrets.store(name, keys);
    this.#states.set(name, 'stored');
  }

  async #save(index: Entry[]): Promise<void> {
    await this.#memory.update(INDEX, index);
    this.#shownIndex = JSON.stringify(index);
    await this.#secrets.announce();
  }

  #change<R>(work: () => Promise<R>): Promise<R> {
    const done = this.#inTurn(work);
    done.then(
      () => this.#changed.fire(undefined),
      () => undefined,
    );
    return done;
  }

  /** What the editor answers to one change takes the place of all it keeps: of another one that is made meanwhile, too. */
  #inTurn<R>(work: () => R | Promise<R>): Promise<R> {
    const done = this.#changing.then(work);
    this.#changing = done.catch(() => undefined);
    return done;
  }

  #learn(name: string, state: Exclude<SecretState, 'unknown'>): void {
    const before = this.secretState(name);
    this.#states.set(name, state);
    if (before !== state && (state === 'missing' || before === 'missing')) this.#changed.fire(undefined);
  }

  /** The index comes to this window a little later than the news of it, and without an event. */
  #changedElsewhere(name?: string): void {
    if (name !== undefined) {
      this.#states.delete(name);
      this.#replaced.fire(name);
      this.#changed.fire(undefined);
    }
    clearTimeout(this.#looking);
    const look = (pauses: readonly number[]): void => {
      // Not while this window changes it: that is no news.
      void this.#inTurn(() => {
        this.#lookAtIndex();
      });
      const [pause, ...rest] = pauses;
      if (pause !== undefined) this.#looking = setTimeout(() => look(rest), pause);
    };
    look(INDEX_ARRIVES_MS);
  }

  #lookAtIndex(): void {
    const index = JSON.stringify(this.#index());
    if (index === this.#shownIndex) return;
    const before = this.#shownIndex ?? '[]';
    this.#shownIndex = index;
    for (const replaced of namesNoLongerIn(before, this.#index())) this.#replaced.fire(replaced);
    this.#changed.fire(undefined);
  }
}

/** The names of entries that are not in an index as they were. @param before an index as JSON */
function namesNoLongerIn(before: string, index: readonly Entry[]): string[] {
  const now = new Set(index.map((entry) => JSON.stringify(entry)));
  return (JSON.parse(before) as Entry[])
    .filter((entry) => !now.has(JSON.stringify(entry)))
    .map(({ fields }) => fields.name);
}

function shownOf({ credentials, kind }: Entry): ShownCredentials {
  return credentials ?? ({ kind } as ShownCredentials);
}

function entryOf(fields: DestinationFields, credentials: ShownCredentials): Entry {
  return { fields, kind: credentials.kind, credentials };
}
