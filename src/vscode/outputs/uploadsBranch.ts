import type { Step } from '../../core/pager.ts';
import { isDenial } from '../../core/problem.ts';
import type { UnfinishedUpload } from '../../core/s3/uploads.ts';
import { sideBySide } from '../../core/sideBySide.ts';
import { LevelBranch } from './levelBranch.ts';
import { type BranchContext, note } from './outputBranch.ts';
import type { OutputNode, UploadsNode } from './outputNodes.ts';
import { inOrder } from './outputOrder.ts';

const LOOKS_AT_ONCE = 8;

/** The unfinished uploads of a destination. */
export class UploadsBranch extends LevelBranch<UnfinishedUpload, UploadsNode> {
  constructor(context: BranchContext, node: UploadsNode) {
    super(context, node, (signal) => uploads(context, node.destination, signal));
  }

  /** Those that have been found. */
  get items(): readonly UnfinishedUpload[] {
    return this.level.items;
  }

  /** Looks for them, and for their sizes. Never throws. */
  async begin(): Promise<void> {
    await this.begun();
    const { error } = this.level;
    if (error === undefined) void this.#measure();
    else if (!isDenial(error) && !this.level.ended)
      this.context.log.error('Unfinished uploads could not be listed.', error);
  }

  async children(): Promise<OutputNode[]> {
    const { keep, facts } = this.context;
    const { destination } = this.node;
    await this.begin();
    if (this.level.ended) return [];
    const found = this.items.map((upload): OutputNode => keep({ kind: 'upload', destination, upload }));
    const nodes = [...inOrder(found, facts), ...this.rest()];
    return nodes.length > 0 ? nodes : [note(this.context, this.node, 'No upload is unfinished')];
  }

  override async more(): Promise<void> {
    await super.more();
    void this.#measure();
  }

  /** Sizes take a request each, and a right that not everybody has. */
  async #measure(): Promise<void> {
    const { destination } = this.node;
    const unknown = this.items.filter((upload) => upload.bytes === undefined);
    if (unknown.length === 0) return;
    try {
      const { store } = await this.context.stores.get(destination);
      await sideBySide(unknown, LOOKS_AT_ONCE, async (upload) => {
        if (!this.level.ended) Object.assign(upload, await store.uploadSize(upload.key, upload.uploadId));
      });
    } catch (error) {
      if (!isDenial(error)) this.context.log.error('The size of unfinished uploads could not be found out.', error);
    }
    if (!this.level.ended) this.context.changed([this.node]);
  }
}

async function* uploads(
  { stores, wanted }: BranchContext,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Step<UnfinishedUpload>> {
  const { destination, store } = await stores.get(name);
  let continuation: string | undefined;
  do {
    if (signal.aborted) return;
    const page = await store.listUploads(destination.pathPrefix, continuation);
    yield 'request';
    for (const item of page.items) if (wanted(item.key.slice(destination.pathPrefix.length))) yield { item };
    continuation = page.continuation;
  } while (continuation !== undefined);
}
