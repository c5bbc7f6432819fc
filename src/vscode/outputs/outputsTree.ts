import * as vscode from 'vscode';
import { isSyncFolderName, syncFolder } from '../../core/destination/keys.ts';
import { ProblemError } from '../../core/problem.ts';
import type { ListedObject, Page } from '../../core/s3/listing.ts';
import { type Manifest, parseLatest, parseManifest } from '../../core/sync/manifest.ts';
import { groupByRun } from '../../core/sync/runGroups.ts';
import { failedRuns } from '../../core/sync/runHistory.ts';
import { latestKey, manifestKey } from '../../core/sync/syncKeys.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import { type Known, treeItem } from './outputItems.ts';
import { nodeId, type OutputNode } from './outputNodes.ts';

/** For so many of a sync's runs the manifest is read, so that their rows can be shown. */
const RUNS_WITH_FACTS = 20;
/** Pages of 1,000 objects that are read before “Load more…” is offered. Keys sort oldest first, people want newest. */
const PAGES_AT_ONCE = 10;

/** The tree of what the syncs have put there: destination › sync › run › object. */
export class OutputsTree implements vscode.TreeDataProvider<OutputNode>, Known {
  readonly #destinations: DestinationStore;
  readonly #stores: Stores;
  readonly #log: Log;
  readonly #changed = new vscode.EventEmitter<OutputNode | undefined>();
  /** Pages that have been read, by the node that they belong to. */
  readonly #folders = new Map<string, Page<string>>();
  readonly #objects = new Map<string, Page<ListedObject>>();
  /** Manifests never change: null stands for one that cannot be read. */
  readonly #manifests = new Map<string, Manifest | null>();
  readonly #latest = new Map<string, string>();
  readonly #current = new Map<string, string>();
  readonly #history: string;
  readonly onDidChangeTreeData = this.#changed.event;

  /** @param history the folder in which runs that did not complete are remembered */
  constructor(destinations: DestinationStore, stores: Stores, history: string, log: Log) {
    this.#history = history;
    this.#destinations = destinations;
    this.#stores = stores;
    this.#log = log;
    destinations.onDidChange(() => this.refresh());
  }

  /** Reads all of the tree, or all below a node, anew. */
  refresh(node?: OutputNode): void {
    const below = node === undefined ? '' : nodeId(node);
    for (const pages of [this.#folders, this.#objects]) {
      for (const id of [...pages.keys()]) {
        if (below === '' || id === below || below.startsWith('d:')) pages.delete(id);
      }
    }
    this.#changed.fire(node);
  }

  /** Reads the next page of the node that `more` stands under. */
  async loadMore({ parent, continuation }: Extract<OutputNode, { kind: 'more' }>): Promise<void> {
    const id = nodeId(parent);
    if (parent.kind === 'destination') {
      const { destination, store } = await this.#stores.get(parent.destination.name);
      append(this.#folders, id, await store.listFolders(destination.pathPrefix, continuation));
    } else if (parent.kind === 'sync') {
      const { store } = await this.#stores.get(parent.destination);
      append(this.#objects, id, await store.listObjects(parent.folder, continuation));
    }
    this.#changed.fire(parent);
  }

  getTreeItem(node: OutputNode): vscode.TreeItem {
    return treeItem(node, this);
  }

  async getChildren(node?: OutputNode): Promise<OutputNode[]> {
    if (node === undefined) {
      return this.#destinations.list().map((destination) => ({ kind: 'destination', destination }));
    }
    try {
      if (node.kind === 'destination') return await this.#syncs(node);
      if (node.kind === 'sync') return await this.#runs(node);
      if (node.kind === 'run') {
        return node.objects.map((object) => ({ kind: 'object', destination: node.destination, object }));
      }
      return [];
    } catch (error) {
      return [this.#failed(node, error)];
    }
  }

  getParent(node: OutputNode): OutputNode | undefined {
    switch (node.kind) {
      case 'destination':
      case 'object':
        return undefined;
      case 'sync':
        return this.destinationNode(node.destination);
      case 'run':
      case 'endedRun':
        return this.syncNode(node.destination, node.syncId);
      case 'more':
      case 'note':
        return node.parent;
    }
  }

  destinationNode(name: string): OutputNode | undefined {
    const destination = this.#destinations.list().find((candidate) => candidate.name === name);
    return destination === undefined ? undefined : { kind: 'destination', destination };
  }

  syncNode(destination: string, syncId: string): OutputNode {
    const folder = syncFolder(this.#destinations.fields(destination).pathPrefix, syncId);
    return { kind: 'sync', destination, syncId, folder };
  }

  /** The newest run of a sync; the sync itself while it has none. */
  async newestRun(destination: string, syncId: string): Promise<OutputNode> {
    const sync = this.syncNode(destination, syncId);
    const [newest] = await this.getChildren(sync);
    return newest?.kind === 'run' ? newest : sync;
  }

  bucket(destination: string): string {
    return this.#destinations.fields(destination).bucket;
  }

  manifest(destination: string, runId: string): Manifest | undefined {
    return this.#manifests.get(`${destination}\n${runId}`) ?? undefined;
  }

  latestRun(destination: string, syncId: string): string | undefined {
    return this.#latest.get(`${destination}\n${syncId}`);
  }

  currentSet(destination: string, syncId: string): string | undefined {
    return this.#current.get(`${destination}\n${syncId}`);
  }

  async #syncs(node: Extract<OutputNode, { kind: 'destination' }>): Promise<OutputNode[]> {
    const { name } = node.destination;
    const { destination, store } = await this.#stores.get(name);
    const id = nodeId(node);
    const page = this.#folders.get(id) ?? (await store.listFolders(destination.pathPrefix));
    this.#folders.set(id, page);
    const syncIds = page.items
      .map((folder) => folder.slice(destination.pathPrefix.length, -1))
      .filter(isSyncFolderName);
    const syncs = syncIds.map((syncId) => this.syncNode(name, syncId));
    const empty: OutputNode[] = syncs.length === 0 ? [{ kind: 'note', parent: node, text: 'No outputs yet' }] : [];
    return [...syncs, ...empty, ...more(node, page)];
  }

  async #runs(node: Extract<OutputNode, { kind: 'sync' }>): Promise<OutputNode[]> {
    const { destination: name, syncId, folder } = node;
    const { destination, store } = await this.#stores.get(name);
    const id = nodeId(node);
    if (!this.#objects.has(id)) {
      append(this.#objects, id, await store.listObjects(folder));
      for (let pages = 1; pages < PAGES_AT_ONCE; pages++) {
        const next = this.#objects.get(id)?.continuation;
        if (next === undefined) break;
        append(this.#objects, id, await store.listObjects(folder, next));
      }
    }
    const page = this.#objects.get(id) ?? { items: [] };
    const { runs, others } = groupByRun(page.items, folder);
    const newest = runs[0]?.runId;
    if (newest !== undefined && this.latestRun(name, syncId) !== newest) {
      this.#latest.set(`${name}\n${syncId}`, newest);
      setTimeout(() => this.#changed.fire(node), 0);
    }
    void this.#learnFacts(
      node,
      runs.slice(0, RUNS_WITH_FACTS).map(({ runId }) => runId),
    );
    const visible = new Set(runs.map(({ runId }) => runId));
    // One whose commit had stopped may have been finished since.
    const failed = (await failedRuns(this.#history, destination, syncId)).filter(({ runId }) => !visible.has(runId));
    const nodes = [
      ...runs.map((run): OutputNode & { runId: string } => ({ kind: 'run', destination: name, syncId, ...run })),
      ...failed.map((run): OutputNode & { runId: string } => ({
        ...{ kind: 'endedRun', destination: name, syncId, run },
        runId: run.runId,
      })),
    ].sort((a, b) => (a.runId < b.runId ? 1 : -1));
    return [
      ...nodes,
      ...others.map((object): OutputNode => ({ kind: 'object', destination: name, object })),
      ...more(node, page),
    ];
  }

  /** Reads the manifests of runs in the background. Reading rights are not needed for browsing: without them, no facts. */
  async #learnFacts(node: Extract<OutputNode, { kind: 'sync' }>, runIds: readonly string[]): Promise<void> {
    const { destination: name, syncId } = node;
    const unknown = runIds.filter((runId) => !this.#manifests.has(`${name}\n${runId}`));
    const { destination, store } = await this.#stores.get(name);
    const found = await store.readText(latestKey(destination.pathPrefix, syncId)).catch(() => undefined);
    const latest = found === undefined ? undefined : parseLatest(found.text);
    const current = typeof latest === 'object' && latest.mode === 'mirror' ? latest.runId : undefined;
    const moved = current !== this.currentSet(name, syncId);
    if (current !== undefined) this.#current.set(`${name}\n${syncId}`, current);
    else this.#current.delete(`${name}\n${syncId}`);
    if (unknown.length === 0 && !moved) return;
    const learned = await Promise.all(
      unknown.map(async (runId) => {
        const read = await store.readText(manifestKey(destination.pathPrefix, syncId, runId)).catch(() => undefined);
        const manifest = read === undefined ? undefined : parseManifest(read.text);
        this.#manifests.set(`${name}\n${runId}`, manifest ?? null);
        return manifest !== undefined;
      }),
    );
    if (moved || learned.includes(true)) this.#changed.fire(node);
  }

  #failed(node: OutputNode, error: unknown): OutputNode {
    this.#log.error('The outputs could not be listed.', error);
    const { message, fix } = error instanceof ProblemError ? error.problem : { message: String(error), fix: undefined };
    return { kind: 'note', parent: node, text: message, detail: fix === undefined ? message : `${message}\n${fix}` };
  }
}

function append<T>(pages: Map<string, Page<T>>, id: string, next: Page<T>): void {
  pages.set(id, { ...next, items: [...(pages.get(id)?.items ?? []), ...next.items] });
}

function more(parent: OutputNode, { continuation }: Page<unknown>): OutputNode[] {
  return continuation === undefined ? [] : [{ kind: 'more', parent, continuation }];
}
