import type { Step } from '../../core/pager.ts';
import { isDenial } from '../../core/problem.ts';
import type { UnfinishedUpload } from '../../core/s3/uploads.ts';
import { sideBySide } from '../../core/sideBySide.ts';
import { type Branch, type BranchContext, endOfLevel, note } from './outputBranch.ts';
import { OutputLevel } from './outputLevel.ts';
import type { OutputNode, UploadsNode } from './outputNodes.ts';
import { inOrder } from './outputOrder.ts';

const LOOKS_AT_ONCE = 8;

/** The unfinished uploads of a destination. */
export class UploadsBranch implements Branch {
  readonly #context: BranchContext;
  readonly #node: UploadsNode;
  readonly #level: OutputLevel<UnfinishedUpload>;

  constructor(context: BranchContext, node: UploadsNode) {
    this.#context = context;
    this.#node = node;
    this.#level = new OutputLevel((signal) => uploads(context, node.destination, signal));
  }

  /** Those that have been found. */
  get items(): readonly UnfinishedUpload[] {
    return this.#level.items;
  }

  /** Whether there may be more. */
  get hasMore(): boolean {
    return this.#level.hasMore;
  }

  /** Looks for them, and for their sizes. Never throws. */
  async begin(): Promise<void> {
    await this.#level.begin(this.#context.firstSize(this.#node));
    const { error } = this.#level;
    if (error === undefined) void this.#measure();
    else if (!isDenial(error) && !this.#level.ended)
      this.#context.log.error('Unfinished uploads could not be listed.', error);
  }

  async children(): Promise<OutputNode[]> {
    const { keep, facts } = this.#context;
    const { destination } = this.#node;
    await this.begin();
    if (this.#level.ended) return [];
    const found = this.items.map((upload): OutputNode => keep({ kind: 'upload', destination, upload }));
    const nodes = [...inOrder(found, facts), ...endOfLevel(this.#context, this.#node, this.#level)];
    return nodes.length > 0 ? nodes : [note(this.#context, this.#node, 'No upload is unfinished')];
  }

  async more(): Promise<void> {
    await this.#level.more(this.#context.pageSize());
    void this.#measure();
  }

  get size(): number {
    return this.#level.items.length;
  }

  get failed(): boolean {
    return this.#level.error !== undefined;
  }

  end(): void {
    this.#level.end();
  }

  /** Sizes take a request each, and a right that not everybody has. */
  async #measure(): Promise<void> {
    const { destination } = this.#node;
    const unknown = this.items.filter((upload) => upload.bytes === undefined);
    if (unknown.length === 0) return;
    try {
      const { store } = await this.#context.stores.get(destination);
      await sideBySide(unknown, LOOKS_AT_ONCE, async (upload) => {
        if (!this.#level.ended) Object.assign(upload, await store.uploadSize(upload.key, upload.uploadId));
      });
    } catch (error) {
      if (!isDenial(error)) this.#context.log.error('The size of unfinished uploads could not be found out.', error);
    }
    if (!this.#level.ended) this.#context.changed([this.#node]);
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
