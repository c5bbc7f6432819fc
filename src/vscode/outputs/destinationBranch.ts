import { isSyncFolderName, SIDE_FOLDER, syncFolder } from '../../core/destination/keys.ts';
import { entries, type Entry } from '../../core/s3/entries.ts';
import type { DefinedSync } from './definedSyncs.ts';
import { failedSyncIds } from '../../core/sync/runHistory.ts';
import { LevelBranch } from './levelBranch.ts';
import { type BranchContext, note } from './outputBranch.ts';
import type { DestinationNode, OutputNode, SyncNode, UploadsNode } from './outputNodes.ts';
import { inOrder } from './outputOrder.ts';
import type { UploadsBranch } from './uploadsBranch.ts';

/** The syncs of a destination: those that have a folder there, and those that are defined in the workspace. */
export class DestinationBranch extends LevelBranch<Entry, DestinationNode> {
  #lookedForUploads = false;

  constructor(context: BranchContext, node: DestinationNode) {
    const { name } = node.destination;
    super(context, node, async function* (signal) {
      const { destination, store } = await context.stores.get(name);
      const { pathPrefix } = destination;
      // All names have to be gone through where some are looked for. One more shows whether there are others.
      const most = context.filter() === undefined ? context.firstSize(node) + 1 : Infinity;
      for await (const step of entries(store, pathPrefix, most, signal)) {
        if (step === 'request') yield step;
        else if (isShown(step.item, pathPrefix, context)) yield step;
      }
    });
  }

  async children(): Promise<OutputNode[]> {
    const context = this.context;
    const { name } = this.node.destination;
    if (!(await this.begun())) return [];
    const failed = await failedSyncIds(context.history, context.destinations.fields(name));
    const syncs = this.#syncs(failed.filter(context.wanted));
    this.#learn(syncs.filter(({ found }) => found));
    const { folders, objects } = this.foreign();
    const others: OutputNode[] =
      folders.length + objects.length === 0
        ? []
        : [context.keep({ kind: 'others', destination: name, folder: this.#prefix() })];
    const nodes = [...inOrder(syncs, context.facts), ...this.rest(), ...others, ...this.#uploads()];
    if (nodes.length > 0) return nodes;
    const filter = context.filter();
    return [note(context, this.node, filter === undefined ? 'No outputs yet' : `No name contains “${filter}”`)];
  }

  /** What lies directly below the prefix and is of no sync, as far as it has been read. */
  foreign(): { folders: string[]; objects: Extract<Entry, { object: unknown }>['object'][] } {
    const prefix = this.#prefix();
    const folders: string[] = [];
    const objects = [];
    for (const entry of this.level.items) {
      if ('object' in entry) objects.push(entry.object);
      else if (!isSyncFolderName(nameOf(entry.folder, prefix))) folders.push(entry.folder);
    }
    return { folders, objects };
  }

  /** @param failed those of which this machine knows that runs have failed */
  #syncs(failed: readonly string[]): SyncNode[] {
    const context = this.context;
    const { name } = this.node.destination;
    const prefix = this.#prefix();
    const defined = new Map(
      context.defined
        .of(name)
        .filter(({ syncId }) => context.wanted(syncId))
        .map((sync): [string, DefinedSync] => [sync.syncId, sync]),
    );
    const found = this.level.items
      .map((entry) => ('folder' in entry ? nameOf(entry.folder, prefix) : ''))
      .filter(isSyncFolderName);
    const known = new Set(found);
    const others = [...new Set([...defined.keys(), ...failed])].filter((syncId) => !known.has(syncId));
    // Those that have not been found may be on a later page.
    const absent = this.level.hasMore || this.failed ? {} : { found: false };
    return [...found, ...others].map((syncId, i) => {
      const definition = defined.get(syncId);
      return context.keep<SyncNode>({
        ...{ kind: 'sync', destination: name, syncId, folder: syncFolder(prefix, syncId) },
        ...(i < found.length ? { found: true } : absent),
        ...(definition === undefined ? {} : { defined: definition }),
      });
    });
  }

  #learn(syncs: readonly SyncNode[]): void {
    const { facts, changed } = this.context;
    const byId = new Map(syncs.map((node) => [node.syncId, node]));
    void facts.learnLatest(this.node.destination.name, [...byId.keys()], this.level.signal, (syncId) => {
      const node = byId.get(syncId);
      if (node !== undefined) changed([node]);
    });
  }

  /** The uploads are listed in the background: that may take long, or not be allowed. */
  #uploads(): OutputNode[] {
    const { keep, branch, changed } = this.context;
    const node: UploadsNode = keep({ kind: 'uploads', destination: this.node.destination.name });
    const uploads = branch(node) as UploadsBranch;
    if (uploads.items.length > 0) return [node];
    if (!this.#lookedForUploads) {
      this.#lookedForUploads = true;
      void uploads.begin().then(() => {
        if (uploads.items.length > 0) changed([this.node]);
      });
    }
    return [];
  }

  #prefix(): string {
    return this.node.destination.pathPrefix;
  }
}

function isShown(entry: Entry, prefix: string, { wanted }: BranchContext): boolean {
  if ('object' in entry) return wanted(entry.object.key.slice(prefix.length));
  return entry.folder !== prefix + SIDE_FOLDER && wanted(nameOf(entry.folder, prefix));
}

function nameOf(folder: string, prefix: string): string {
  return folder.slice(prefix.length, -1);
}
