import type { DestinationSummary } from '../../core/destination/destination.ts';
import type { EndedRun } from '../../core/sync/runHistory.ts';
import type { ListedObject } from '../../core/s3/listing.ts';

/** What the tree of outputs consists of. */
export type OutputNode =
  | { kind: 'destination'; destination: DestinationSummary }
  | { kind: 'sync'; destination: string; syncId: string; folder: string }
  | { kind: 'run'; destination: string; syncId: string; runId: string; objects: ListedObject[] }
  | { kind: 'endedRun'; destination: string; syncId: string; run: EndedRun }
  | { kind: 'object'; destination: string; object: ListedObject }
  | { kind: 'more'; parent: OutputNode; continuation: string }
  | { kind: 'note'; parent: OutputNode; text: string; detail?: string };

export const OUTPUT_KINDS: ReadonlySet<string> = new Set([
  'destination',
  'sync',
  'run',
  'endedRun',
  'object',
  'more',
  'note',
]);

/** Names a node for good, so that what is expanded stays expanded when the tree is read again. */
export function nodeId(node: OutputNode): string {
  switch (node.kind) {
    case 'destination':
      return `d:${node.destination.name}`;
    case 'sync':
      return `s:${node.destination}:${node.syncId}`;
    case 'run':
      return `r:${node.destination}:${node.syncId}:${node.runId}`;
    case 'endedRun':
      return `e:${node.destination}:${node.run.runId}`;
    case 'object':
      return `o:${node.destination}:${node.object.key}`;
    case 'more':
      return `m:${nodeId(node.parent)}`;
    case 'note':
      return `n:${nodeId(node.parent)}`;
  }
}
