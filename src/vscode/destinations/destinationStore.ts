import * as vscode from 'vscode';
import {
  type Destination,
  type DestinationFields,
  type DestinationSummary,
  summarise,
} from '../../core/destination/destination.ts';
import type { Credentials } from '../../core/destination/credentials.ts';
import { invalidArgument, ProblemError } from '../../core/problem.ts';
import type { Log } from '../log.ts';

const INDEX = 'destinations';
const LAST_USED = 'lastUsedDestination';

/** What is known of a destination without opening its secret. */
interface Entry {
  fields: DestinationFields;
  kind: Credentials['kind'];
}

/**
 * The destinations that the user has defined. Each is stored whole in SecretStorage; an index without secrets lies beside,
 * so that a destination whose secret was lost is still there.
 */
export class DestinationStore {
  readonly #secrets: vscode.SecretStorage;
  readonly #memory: vscode.Memento;
  readonly #log: Log;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChange = this.#changed.event;

  constructor({ secrets, globalState }: vscode.ExtensionContext, log: Log) {
    this.#secrets = secrets;
    this.#memory = globalState;
    this.#log = log;
  }

  /** What is known of all destinations, by name; the one used last first. */
  list(): DestinationSummary[] {
    const last = this.#memory.get<string>(LAST_USED);
    return this.#index()
      .map(({ fields, kind }) => summarise(fields, kind))
      .sort((a, b) => Number(b.name === last) - Number(a.name === last) || a.name.localeCompare(b.name));
  }

  /** The fields of a destination that are no secret. @throws ProblemError `invalid-argument` when there is none */
  fields(name: string): DestinationFields {
    return this.#entry(name).fields;
  }

  /**
   * A destination with its credentials.
   * @throws ProblemError `invalid-argument` when there is none of that name, `secret-missing` when its secret is gone
   */
  async get(name: string): Promise<Destination> {
    const entry = this.#entry(name);
    const text = await this.#secrets.get(secretKey(name));
    const destination = text === undefined ? undefined : read(text);
    if (destination === undefined) {
      throw new ProblemError({
        code: 'secret-missing',
        message: `The credentials of ${entry.fields.name} are missing from the secret storage.`,
        fix: `Remove ${entry.fields.name} and add it again with its credentials.`,
      });
    }
    this.#hide(destination);
    return destination;
  }

  /** Adds a destination. @throws ProblemError `invalid-argument` when there is one of that name */
  async add(destination: Destination): Promise<void> {
    if (this.has(destination.name)) throw invalidArgument(`There is already a destination ${destination.name}.`);
    this.#hide(destination);
    await this.#secrets.store(secretKey(destination.name), JSON.stringify(destination));
    const { credentials, ...fields } = destination;
    await this.#save([...this.#index(), { fields, kind: credentials.kind }]);
  }

  /** Forgets a destination and its secret; the bucket is not touched. @throws ProblemError `invalid-argument` */
  async remove(name: string): Promise<void> {
    this.#entry(name);
    await this.#save(this.#index().filter(({ fields }) => fields.name !== name));
    await this.#secrets.delete(secretKey(name));
  }

  has(name: string): boolean {
    return this.#index().some(({ fields }) => fields.name === name);
  }

  /** Remembers which destination was used last, so that it is offered first. */
  async used(name: string): Promise<void> {
    await this.#memory.update(LAST_USED, name);
  }

  #entry(name: string): Entry {
    const entry = this.#index().find(({ fields }) => fields.name === name);
    if (entry === undefined) {
      throw invalidArgument(`There is no destination ${name}.`, 'Add it with “S3 Destinations: Add Destination”.');
    }
    return entry;
  }

  #index(): Entry[] {
    return this.#memory.get<Entry[]>(INDEX, []);
  }

  async #save(index: Entry[]): Promise<void> {
    await this.#memory.update(INDEX, index);
    this.#changed.fire(undefined);
  }

  #hide({ credentials }: Destination): void {
    this.#log.hide(credentials.secretAccessKey);
    if (credentials.sessionToken !== undefined) this.#log.hide(credentials.sessionToken);
  }
}

function secretKey(name: string): string {
  return `destination:${name}`;
}

function read(text: string): Destination | undefined {
  try {
    return JSON.parse(text) as Destination;
  } catch {
    return undefined;
  }
}
