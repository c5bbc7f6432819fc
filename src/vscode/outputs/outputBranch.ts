import { ProblemError } from '../../core/problem.ts';
import type { ListedObject } from '../../core/s3/listing.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import type { DefinedSyncs } from './definedSyncs.ts';
import type { OutputFacts } from './outputFacts.ts';
import type { OutputLevel } from './outputLevel.ts';
import type { ObjectNode, OutputNode } from './outputNodes.ts';

/** What lies below one node of the tree, as far as it has been read. */
export interface Branch {
  /** The nodes, after the first page has been read. Never throws: what went wrong is a note among them. */
  children(): Promise<OutputNode[]>;
  /** Reads the next page. */
  more(): Promise<void>;
  /** Whether reading has failed. */
  readonly failed: boolean;
  /** How much has been read. */
  readonly size: number;
  /** Ends what is being read. */
  end(): void;
}

/** What branches need of the tree. */
export interface BranchContext {
  destinations: DestinationStore;
  stores: Stores;
  defined: DefinedSyncs;
  facts: OutputFacts;
  /** The folder in which runs that did not complete are remembered. */
  history: string;
  log: Log;
  /** How many nodes are shown at first, and with each “Load more…”. */
  pageSize: () => number;
  /** How many of a node are shown at first: as many as before, where they are read again after a change. */
  firstSize: (node: OutputNode) => number;
  /** Whether a name is one that is looked for. */
  wanted: (name: string) => boolean;
  /** What is looked for, if anything. */
  filter: () => string | undefined;
  /** The one node of its id that the editor knows, with the facts of this one. */
  keep: <N extends OutputNode>(node: N) => N;
  /** Tells the editor that nodes, or what is below them, look different now. */
  changed: (nodes: OutputNode[]) => void;
  /** What lies below another node. */
  branch: (node: OutputNode) => Branch | undefined;
}

/** What follows the nodes of a level: the way to its next page, or why there is none. */
export function endOfLevel(context: BranchContext, parent: OutputNode, level: OutputLevel<unknown>): OutputNode[] {
  if (level.ended) return [];
  if (level.error !== undefined) return [failure(context, parent, level.error)];
  return level.hasMore ? [context.keep({ kind: 'more', parent })] : [];
}

/** What to say where there is nothing. */
export function note(context: BranchContext, parent: OutputNode, text: string): OutputNode {
  return context.keep({ kind: 'note', parent, text });
}

export function objectNode(
  context: BranchContext,
  destination: string,
  object: ListedObject,
  of: Pick<ObjectNode, 'syncId' | 'runId' | 'folder'>,
): ObjectNode {
  return context.keep({ kind: 'object', destination, object, ...of });
}

function failure(context: BranchContext, parent: OutputNode, error: unknown): OutputNode {
  context.log.error('The outputs could not be listed.', error);
  const problem = error instanceof ProblemError ? error.problem : { message: String(error) };
  const { message, fix } = context.log.cleanAll<{ message: string; fix?: string }>(problem);
  const detail = fix === undefined ? message : `${message}\n${fix}`;
  return context.keep({ kind: 'note', parent, text: message, detail });
}
