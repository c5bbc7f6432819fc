import type * as vscode from 'vscode';
import type { Destination } from '../../core/destination/destination.ts';
import type { Store } from '../../core/s3/store.ts';
import type { DestinationStore } from './destinationStore.ts';

/** The stores of the destinations, opened on first use. The SDK is loaded with the first of them. */
export class Stores implements vscode.Disposable {
  readonly #destinations: DestinationStore;
  readonly #open = new Map<string, Promise<{ destination: Destination; store: Store }>>();
  readonly #onChange: vscode.Disposable;

  constructor(destinations: DestinationStore) {
    this.#destinations = destinations;
    this.#onChange = destinations.onDidChange(() => this.#closeAll());
  }

  /** A destination and its store. @throws ProblemError as `DestinationStore.get` */
  async get(name: string): Promise<{ destination: Destination; store: Store }> {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const opened = this.#openStore(name);
    this.#open.set(name, opened);
    opened.catch(() => this.#open.delete(name));
    return opened;
  }

  dispose(): void {
    this.#onChange.dispose();
    this.#closeAll();
  }

  async #openStore(name: string): Promise<{ destination: Destination; store: Store }> {
    const destination = await this.#destinations.get(name);
    const { openStore } = await import('../../core/s3/store.ts');
    return { destination, store: openStore(destination) };
  }

  #closeAll(): void {
    for (const opened of this.#open.values()) {
      void opened.then(
        ({ store }) => store.close(),
        () => undefined,
      );
    }
    this.#open.clear();
  }
}
