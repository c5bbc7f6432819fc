import * as vscode from 'vscode';
import { readSettings } from '../settings.ts';
import { DestinationBranch } from './destinationBranch.ts';
import { folderBranch, othersBranch, runBranch } from './objectBranches.ts';
import type { Branch, BranchContext } from './outputBranch.ts';
import { OutputFacts } from './outputFacts.ts';
import { treeItem } from './outputItems.ts';
import { type DestinationNode, destinationOf, nodeId, type OutputNode } from './outputNodes.ts';
import type { OutputsContext } from './outputsTree.ts';
import { SyncBranch } from './syncBranch.ts';
import { UploadsBranch } from './uploadsBranch.ts';

/** How long changes are collected before the editor is told of them. */
const COLLECT_MS = 60;

/** What the branches need of the tree that they belong to. */
export interface OutputBranchesContext extends OutputsContext {
  keep: BranchContext['keep'];
  changed: BranchContext['changed'];
  destinationNode: (name: string) => DestinationNode | undefined;
  filter: () => string | undefined;
}

/** What has been read of the tree, by its nodes. This module is the entry of the bundle that reads and shows outputs. */
export class OutputBranches {
  readonly #context: BranchContext;
  readonly #outer: OutputBranchesContext;
  readonly #branches = new Map<string, { node: OutputNode; branch: Branch }>();
  /** How much had been read of what was given up because of a change. */
  readonly #sizes = new Map<string, { destination: string; size: number }>();
  readonly #news = new Set<OutputNode>();
  #telling: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(context: OutputBranchesContext) {
    this.#outer = context;
    const { filter } = context;
    this.#context = {
      ...context,
      facts: new OutputFacts(context.stores),
      pageSize: () => readSettings().outputsPageSize,
      firstSize: (node) => Math.max(readSettings().outputsPageSize, this.#sizes.get(nodeId(node))?.size ?? 0),
      wanted: (name) => name.toLowerCase().includes(filter()?.toLowerCase() ?? ''),
      changed: (nodes) => this.#tell(nodes),
      branch: (node) => this.#branch(node),
    };
  }

  /** What is below a node. Where what is read for it is given up meanwhile, it is read anew: nobody is given less than there is. */
  async children(node: OutputNode): Promise<OutputNode[]> {
    // The destination may have gone since.
    while (!this.#ended && this.#outer.destinations.has(destinationOf(node))) {
      const branch = this.#branch(node);
      const nodes = (await branch?.children()) ?? [];
      if (branch === this.#branches.get(nodeId(node))?.branch) return nodes;
    }
    return [];
  }

  async more(node: OutputNode): Promise<void> {
    await this.#branch(node)?.more();
  }

  item(node: OutputNode): vscode.TreeItem {
    const { checks, destinations } = this.#outer;
    // The destination may have gone since.
    if (!destinations.has(destinationOf(node))) return new vscode.TreeItem('');
    return treeItem(node, { ...this.#context, checks });
  }

  /** Gives up what has been read: all, or what is at a node and below it. */
  forget(node?: OutputNode): void {
    const { facts } = this.#context;
    if (node === undefined) {
      facts.forget();
      this.#end(() => true);
      this.#sizes.clear();
    } else if (node.kind === 'destination') this.forgetChanged(node.destination.name);
    else if (node.kind === 'sync') {
      facts.forget(node.destination, node.syncId);
      this.#end(
        (other) => destinationOf(other) === node.destination && 'syncId' in other && other.syncId === node.syncId,
      );
    } else this.#end((other) => other === node);
  }

  /** Gives up what a change of a sync, or of all of a destination, may have touched. */
  forgetChanged(destination: string, syncId?: string): void {
    this.#context.facts.forget(destination, syncId);
    this.#end((node) => {
      if (destinationOf(node) !== destination) return false;
      return syncId === undefined || !('syncId' in node) || node.syncId === syncId;
    });
  }

  /** Gives up all that is known of a destination that is gone, or that is another one now. */
  forgetDestination(name: string): void {
    this.#context.facts.forgetDestination(name);
    this.#end((node) => destinationOf(node) === name);
    for (const [id, { destination }] of [...this.#sizes]) if (destination === name) this.#sizes.delete(id);
  }

  /** Gives up what could not be read at a destination, as it may be read now. */
  forgetFailed(destination: string): void {
    this.#context.facts.forget(destination);
    this.#end((node, { failed }) => failed && destinationOf(node) === destination);
  }

  /** Ends what is being read, for good. */
  dispose(): void {
    this.#ended = true;
    clearTimeout(this.#telling);
    this.#end(() => true);
  }

  #end(chosen: (node: OutputNode, branch: Branch) => boolean): void {
    for (const [id, { node, branch }] of [...this.#branches]) {
      if (!chosen(node, branch)) continue;
      branch.end();
      this.#sizes.set(id, { destination: destinationOf(node), size: branch.size });
      this.#branches.delete(id);
    }
  }

  #branch(node: OutputNode): Branch | undefined {
    const known = this.#branches.get(nodeId(node));
    if (known !== undefined) return known.branch;
    const branch = this.#open(node);
    if (branch !== undefined) this.#branches.set(nodeId(node), { node, branch });
    return branch;
  }

  #open(node: OutputNode): Branch | undefined {
    const context = this.#context;
    switch (node.kind) {
      case 'destination':
        return new DestinationBranch(context, node);
      case 'sync':
        return new SyncBranch(context, node);
      case 'run':
        return runBranch(context, node);
      case 'others':
        return othersBranch(context, node, this.#outer.destinationNode(node.destination));
      case 'folder':
        return folderBranch(context, node);
      case 'uploads':
        return new UploadsBranch(context, node);
      case 'endedRun':
      case 'object':
      case 'upload':
      case 'more':
      case 'note':
        return undefined;
    }
  }

  #tell(nodes: readonly OutputNode[]): void {
    for (const node of nodes) this.#news.add(node);
    if (this.#telling !== undefined) return;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      const news = [...this.#news];
      this.#news.clear();
      this.#outer.changed(news);
    }, COLLECT_MS);
  }
}
