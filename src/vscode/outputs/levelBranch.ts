import type { Step } from '../../core/pager.ts';
import { type Branch, type BranchContext, endOfLevel } from './outputBranch.ts';
import { OutputLevel } from './outputLevel.ts';
import type { OutputNode } from './outputNodes.ts';

/** A branch that is read page by page from one source. */
export abstract class LevelBranch<T, N extends OutputNode> implements Branch {
  protected readonly context: BranchContext;
  protected readonly node: N;
  protected readonly level: OutputLevel<T>;

  /** @param open reads what lies below the node; its requests end with the signal */
  constructor(context: BranchContext, node: N, open: (signal: AbortSignal) => AsyncGenerator<Step<T>>) {
    this.context = context;
    this.node = node;
    this.level = new OutputLevel(open);
  }

  abstract children(): Promise<OutputNode[]>;

  /** Whether there may be more than has been read. */
  get hasMore(): boolean {
    return this.level.hasMore;
  }

  more(): Promise<void> {
    return this.level.more(this.context.pageSize());
  }

  get size(): number {
    return this.level.items.length;
  }

  get failed(): boolean {
    return this.level.error !== undefined;
  }

  end(): void {
    this.level.end();
  }

  /** Reads the first page, unless that has been done. @returns whether anybody still wants to know */
  protected async begun(): Promise<boolean> {
    await this.level.begin(this.context.firstSize(this.node));
    return !this.level.ended;
  }

  /** What follows the nodes: the way to the next page, or why there is none. */
  protected rest(): OutputNode[] {
    return endOfLevel(this.context, this.node, this.level);
  }
}
