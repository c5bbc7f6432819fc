import { isDeepStrictEqual } from 'node:util';
import type * as vscode from 'vscode';
import type { Destination } from '../../core/destination/destination.ts';
import type { Store } from '../../core/s3/store.ts';
import { askMfaCode } from './askMfaCode.ts';
import { endpointWarning } from '../../core/destination/endpoint.ts';
import type { Log } from '../log.ts';
import type { DestinationStore } from './destinationStore.ts';

/** A destination and its store. */
interface Opened {
  destination: Destination;
  store: Store;
}

/** The stores of the destinations, opened on first use. The SDK is loaded with the first of them. */
export class Stores implements vscode.Disposable {
  readonly #destinations: DestinationStore;
  readonly #open = new Map<string, Promise<Opened>>();
  readonly #onChange: vscode.Disposable;

  /** Destinations that may have changed since their stores were opened. */
  readonly #doubtful = new Set<string>();
  /** Stores of destinations as they were: runs may be using them still. */
  readonly #retired: Promise<Opened>[] = [];

  readonly #log: Log;

  constructor(destinations: DestinationStore, log: Log) {
    this.#destinations = destinations;
    this.#log = log;
    this.#onChange = destinations.onDidChange(() => {
      for (const name of this.#open.keys()) this.#doubtful.add(name);
    });
  }

  /** A destination and its store. @throws ProblemError as `DestinationStore.get` */
  async get(name: string): Promise<Opened> {
    const known = this.#open.get(name);
    if (known !== undefined && !this.#doubtful.delete(name)) return known;
    const opened = known === undefined ? this.#openStore(name) : this.#confirm(name, known);
    this.#open.set(name, opened);
    opened.catch(() => {
      if (this.#open.get(name) === opened) this.#open.delete(name);
    });
    return opened;
  }

  dispose(): void {
    this.#onChange.dispose();
    this.#closeAll();
  }

  async #openStore(name: string): Promise<Opened> {
    const destination = await this.#destinations.get(name);
    const warning = destination.endpoint === undefined ? undefined : endpointWarning(destination.endpoint);
    if (warning !== undefined) this.#log.warn(`${name}: ${warning}`);
    const { openStore } = await import('../../core/s3/store.ts');
    return {
      destination,
      store: openStore(destination, { askMfaCode, onSecret: (value) => this.#destinations.hideSecret(value) }),
    };
  }

  /** Keeps a store whose destination is still the same. What uses another one goes on with it. */
  async #confirm(name: string, known: Promise<Opened>): Promise<Opened> {
    const now = await this.#destinations.get(name);
    if (isDeepStrictEqual((await known).destination, now)) return known;
    this.#retired.push(known);
    return this.#openStore(name);
  }

  #closeAll(): void {
    for (const opened of [...this.#open.values(), ...this.#retired]) {
      void opened.then(
        ({ store }) => store.close(),
        () => undefined,
      );
    }
    this.#open.clear();
  }
}
