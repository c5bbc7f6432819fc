import * as vscode from 'vscode';
import { syncFolder } from '../../core/destination/keys.ts';
import type { CheckResults } from '../diagnose/checkResults.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import type { DefinedSyncs } from './definedSyncs.ts';
import type { OutputBranches } from './outputBranches.ts';
import {
  type DestinationNode,
  destinationOf,
  type MoreNode,
  nodeId,
  type OutputNode,
  type SyncNode,
} from './outputNodes.ts';

/** What the tree needs of the extension. */
export interface OutputsContext {
  destinations: DestinationStore;
  stores: Stores;
  checks: CheckResults;
  defined: DefinedSyncs;
  /** The folder in which runs that did not complete are remembered. */
  history: string;
  log: Log;
}

/** What is needed of the view in which a run is shown. */
export type RunView = Pick<vscode.TreeView<OutputNode>, 'reveal'>;

/**
 * The tree of what the syncs have put there: destination › sync › run › object. What lies below a node is read, and how it
 * looks is decided, in a bundle of its own that is loaded when the view is first seen.
 */
export class OutputsTree implements vscode.TreeDataProvider<OutputNode>, vscode.Disposable {
  readonly #context: OutputsContext;
  readonly #changed = new vscode.EventEmitter<OutputNode | OutputNode[] | undefined>();
  readonly #watches: vscode.Disposable[];
  /** The editor knows nodes by their identity: there is one for each id. */
  readonly #nodes = new Map<string, OutputNode>();
  #branches: Promise<OutputBranches> | undefined;
  #shown = '';
  /** What was told last of the syncs that are defined, by destination. */
  readonly #defined = new Map<string, string>();
  #filter: string | undefined;
  /** How much is being shown to somebody now, and what has changed meanwhile; undefined stands for all. */
  #showing = 0;
  readonly #news = new Set<OutputNode | undefined>();
  readonly #doubted = new vscode.EventEmitter<string | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  /** Fires with the destination where something may be other than it was; without one, if it may be anywhere. */
  readonly onDidDoubt = this.#doubted.event;

  constructor(context: OutputsContext) {
    const { destinations, checks, defined } = context;
    this.#context = context;
    this.#watches = [
      destinations.onDidChange(() => void this.#destinationsChanged()),
      checks.onDidChange((name) => void this.#checked(name)),
      defined.onDidChange(() => this.#definedChanged()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('s3Destinations.outputs')) void this.#readAnew();
      }),
    ];
  }

  /** Has all of the tree, or all below a node, read anew. What is being read for it is given up. */
  async refresh(node?: OutputNode): Promise<void> {
    await this.#readAnew(node);
    this.#doubted.fire(node === undefined ? undefined : destinationOf(node));
  }

  /** Has what a destination holds of a sync, or all of it, read anew, as something there has changed. */
  async changed(destination: string, syncId?: string): Promise<void> {
    (await this.#branches)?.forgetChanged(destination, syncId);
    this.#tell(this.destinationNode(destination));
    this.#doubted.fire(destination);
  }

  /** What names are looked for; undefined when all are shown. */
  get filter(): string | undefined {
    return this.#filter;
  }

  /** Shows only what has this text in its name: of syncs, of objects that are of none, and of unfinished uploads. */
  async setFilter(text: string | undefined): Promise<void> {
    this.#filter = text === '' ? undefined : text;
    await this.#readAnew();
  }

  /** Reads the next page of the node that `more` stands under. */
  async loadMore({ parent }: MoreNode): Promise<void> {
    await (await this.#loaded()).more(parent);
    this.#changed.fire(parent);
  }

  async getTreeItem(node: OutputNode): Promise<vscode.TreeItem> {
    return (await this.#loaded()).item(node);
  }

  async getChildren(node?: OutputNode): Promise<OutputNode[]> {
    if (node !== undefined) return (await this.#loaded()).children(node);
    const list = this.#context.destinations.list();
    this.#shown = JSON.stringify(list);
    return list.map((destination) => this.keep<DestinationNode>({ kind: 'destination', destination }));
  }

  getParent(node: OutputNode): OutputNode | undefined {
    switch (node.kind) {
      case 'destination':
        return undefined;
      case 'sync':
      case 'uploads':
      case 'folder':
        return this.destinationNode(destinationOf(node));
      case 'run':
      case 'endedRun':
        return this.syncNode(node.destination, node.syncId);
      case 'others':
        if (node.syncId !== undefined) return this.syncNode(node.destination, node.syncId);
        return this.destinationNode(node.destination);
      case 'object':
        return this.#parentOf(node);
      case 'upload':
        return this.keep({ kind: 'uploads', destination: node.destination });
      case 'more':
      case 'note':
        return node.parent;
    }
  }

  destinationNode(name: string): DestinationNode | undefined {
    const destination = this.#context.destinations.list().find((candidate) => candidate.name === name);
    return destination === undefined ? undefined : this.keep({ kind: 'destination', destination });
  }

  syncNode(destination: string, syncId: string): SyncNode {
    const known = this.#nodes.get(nodeId({ kind: 'sync', destination, syncId, folder: '' }));
    if (known?.kind === 'sync') return known;
    const folder = syncFolder(this.#context.destinations.fields(destination).pathPrefix, syncId);
    return this.keep({ kind: 'sync', destination, syncId, folder });
  }

  /**
   * Shows a run in the view of the tree; its sync, where the run is not there any more. What the tree learns meanwhile is told
   * afterwards: the editor forgets what it was to reveal when nodes above are drawn anew.
   */
  async show(view: RunView, destination: string, syncId: string, runId: string): Promise<void> {
    this.#showing++;
    try {
      const sync = this.syncNode(destination, syncId);
      const runs = await this.getChildren(sync);
      const run = runs.find((node) => node.kind === 'run' && node.runId === runId);
      await view.reveal(run ?? sync, { expand: true, focus: true });
    } finally {
      this.#showing--;
      this.#tell();
    }
  }

  /** The one node of its id, with the facts of this one. */
  keep<N extends OutputNode>(node: N): N {
    const id = nodeId(node);
    const known = this.#nodes.get(id) as N | undefined;
    if (known === undefined) {
      this.#nodes.set(id, node);
      return node;
    }
    for (const name of Object.keys(known)) if (!(name in node)) Reflect.deleteProperty(known, name);
    return Object.assign(known, node);
  }

  dispose(): void {
    for (const watch of this.#watches) watch.dispose();
    void this.#branches?.then((branches) => branches.dispose());
    this.#changed.dispose();
    this.#doubted.dispose();
  }

  async #readAnew(node?: OutputNode): Promise<void> {
    const listed = node === undefined ? undefined : this.#listed(node);
    (await this.#branches)?.forget(listed);
    this.#changed.fire(listed);
  }

  /** The nearest node, upwards from one, of which what is below it is listed at the store. */
  #listed(node: OutputNode): OutputNode | undefined {
    if (['destination', 'sync', 'folder', 'uploads'].includes(node.kind)) return node;
    const parent = this.getParent(node);
    return parent === undefined ? undefined : this.#listed(parent);
  }

  #parentOf(node: Extract<OutputNode, { kind: 'object' }>): OutputNode | undefined {
    const { destination, syncId, runId } = node;
    if (syncId === undefined || runId === undefined) return this.destinationNode(destination);
    const listed = { runId, objects: [], more: true, recorded: false };
    const run: OutputNode = { kind: 'run', destination, syncId, runId, listed };
    return this.#nodes.get(nodeId(run)) ?? this.keep(run);
  }

  #loaded(): Promise<OutputBranches> {
    this.#branches ??= import('./outputBranches.ts').then(
      ({ OutputBranches }) =>
        new OutputBranches({
          ...this.#context,
          keep: (node) => this.keep(node),
          changed: (nodes) => this.#tell(...nodes),
          destinationNode: (name) => this.destinationNode(name),
          filter: () => this.#filter,
        }),
    );
    return this.#branches;
  }

  /** What has been read of a destination is of use as long as it is the same one. */
  async #destinationsChanged(): Promise<void> {
    const now = this.#context.destinations.list();
    const branches = await this.#branches;
    const before = new Set(
      (this.#shown === '' ? [] : (JSON.parse(this.#shown) as unknown[])).map((one) => JSON.stringify(one)),
    );
    const same = now.filter((destination) => before.has(JSON.stringify(destination))).map(({ name }) => name);
    for (const name of same) branches?.forgetFailed(name);
    const names = new Set(now.map(({ name }) => name));
    const others = new Set([...names].filter((name) => !same.includes(name)));
    for (const [id, node] of [...this.#nodes]) {
      const name = destinationOf(node);
      if (names.has(name)) continue;
      others.add(name);
      this.#nodes.delete(id);
    }
    for (const name of others) {
      branches?.forgetDestination(name);
      this.#doubted.fire(name);
    }
    this.#changed.fire(undefined);
  }

  async #checked(name: string): Promise<void> {
    (await this.#branches)?.forgetFailed(name);
    const node = this.destinationNode(name);
    if (node !== undefined) this.#tell(node);
  }

  /** Tells of no more than has changed: a row that is drawn anew with all others is not known to an action that is run meanwhile. */
  #definedChanged(): void {
    const { destinations, defined } = this.#context;
    const nodes = destinations.list().flatMap(({ name }) => {
      const now = JSON.stringify(defined.of(name));
      const same = now === (this.#defined.get(name) ?? '[]');
      this.#defined.set(name, now);
      return same ? [] : (this.destinationNode(name) ?? []);
    });
    this.#tell(...nodes);
  }

  /** Tells the editor what has changed by itself, once nothing is being shown to anybody. */
  #tell(...nodes: (OutputNode | undefined)[]): void {
    for (const node of nodes) this.#news.add(node);
    if (this.#showing > 0 || this.#news.size === 0) return;
    const news = [...this.#news];
    this.#news.clear();
    const changed = news.filter((node) => node !== undefined);
    this.#changed.fire(changed.length < news.length ? undefined : changed);
  }
}
