import type { Destination } from '../../core/destination/destination.ts';
import { syncFolder } from '../../core/destination/keys.ts';
import type { Step } from '../../core/pager.ts';
import { entries, type Entry, objectsBelow } from '../../core/s3/entries.ts';
import { sameEtag } from '../../core/s3/etag.ts';
import type { Store } from '../../core/s3/store.ts';
import { isOfRun, runStart } from '../../core/sync/outputs.ts';
import { otherObjects } from '../../core/sync/otherObjects.ts';
import type { DestinationBranch } from './destinationBranch.ts';
import { LevelBranch } from './levelBranch.ts';
import { type Branch, type BranchContext, note, objectNode } from './outputBranch.ts';
import type { FolderNode, ObjectNode, OthersNode, OutputNode, RunNode } from './outputNodes.ts';
import { inOrder } from './outputOrder.ts';

/** Reads what lies at a destination. */
type Open<T> = (at: { destination: Destination; store: Store }, signal: AbortSignal) => AsyncGenerator<Step<T>>;

/** Objects and folders below a node. */
export class ObjectsBranch extends LevelBranch<Entry, RunNode | OthersNode | FolderNode> {
  readonly #empty: () => string;
  readonly #of: Pick<ObjectNode, 'syncId' | 'runId' | 'folder'>;

  /** @param empty what is said where there is nothing */
  constructor(context: BranchContext, node: RunNode | OthersNode | FolderNode, open: Open<Entry>, empty: () => string) {
    super(context, node, async function* (signal) {
      yield* open(await context.stores.get(node.destination), signal);
    });
    this.#of = node.kind === 'run' ? { syncId: node.syncId, runId: node.runId } : { folder: node.folder };
    this.#empty = empty;
  }

  async children(): Promise<OutputNode[]> {
    const context = this.context;
    if (!(await this.begun())) return [];
    const found = this.level.items.map((entry) => entryNode(context, this.node.destination, entry, this.#of));
    const nodes = [...inOrder(found, context.facts), ...this.rest()];
    return nodes.length > 0 ? nodes : [note(context, this.node, this.#empty())];
  }
}

function entryNode(
  context: BranchContext,
  destination: string,
  entry: Entry,
  of: Pick<ObjectNode, 'syncId' | 'runId' | 'folder'>,
): OutputNode {
  if ('object' in entry) return objectNode(context, destination, entry.object, of);
  return context.keep({ kind: 'folder', destination, folder: entry.folder });
}

/** The objects of a run: those whose names begin with its id, and those that its manifest names and that are still its own. */
export function runBranch(context: BranchContext, node: RunNode): Branch {
  const { destination: name, syncId, runId, listed } = node;
  const { facts } = context;
  const open: Open<Entry> = async function* ({ destination: { pathPrefix }, store }, signal) {
    const start = runStart(pathPrefix, syncId, runId);
    const own = listed.more ? objectsBelow(store, start, context.pageSize() + 1, signal) : ready(listed.objects);
    for await (const step of own) {
      if (step === 'request') yield step;
      else if (isOfRun(pathPrefix, syncId, runId, step.item.key)) yield { item: { object: step.item } };
    }
    await facts.learnRuns(name, syncId, [runId], signal, () => undefined);
    for (const { key, etag } of facts.manifest(name, syncId, runId)?.files ?? []) {
      if (key.startsWith(start) || !key.startsWith(syncFolder(pathPrefix, syncId))) continue;
      const { items } = await store.listPage(key, { limit: 1, signal });
      yield 'request';
      const [object] = items;
      if (object?.key === key && (etag === undefined || sameEtag(object.etag ?? '', etag))) yield { item: { object } };
    }
  };
  const empty = (): string =>
    facts.manifest(name, syncId, runId)?.mode === 'mirror'
      ? 'A later run has taken the place of its files'
      : 'Its files are not there any more';
  return new ObjectsBranch(context, node, open, empty);
}

/** What is of no run: in a sync's folder, or directly below the prefix. */
export function othersBranch(
  context: BranchContext,
  node: OthersNode,
  destinationNode: OutputNode | undefined,
): Branch {
  const { destination: name, syncId } = node;
  if (syncId === undefined) {
    const open: Open<Entry> = async function* () {
      const branch = destinationNode === undefined ? undefined : context.branch(destinationNode);
      await branch?.children();
      const { folders, objects } = (branch as DestinationBranch | undefined)?.foreign() ?? { folders: [], objects: [] };
      yield* ready<Entry>([...folders.map((folder) => ({ folder })), ...objects.map((object) => ({ object }))]);
    };
    return new ObjectsBranch(context, node, open, () => 'Nothing else is there');
  }
  const open: Open<Entry> = async function* ({ destination: { pathPrefix }, store }, signal) {
    const ofRuns = new Set(context.facts.filesOf(name, syncId));
    for await (const step of otherObjects(store, pathPrefix, syncId, signal)) {
      if (step === 'request') yield step;
      else if (!ofRuns.has(step.item.key)) yield { item: { object: step.item } };
    }
  };
  return new ObjectsBranch(context, node, open, () => 'Nothing else is there');
}

/** What lies directly below a folder that is no sync's. */
export function folderBranch(context: BranchContext, node: FolderNode): Branch {
  const open: Open<Entry> = ({ store }, signal) => entries(store, node.folder, context.pageSize() + 1, signal);
  return new ObjectsBranch(context, node, open, () => 'Nothing is there');
}

async function* ready<T>(items: readonly T[]): AsyncGenerator<Step<T>> {
  await Promise.resolve();
  for (const item of items) yield { item };
}
