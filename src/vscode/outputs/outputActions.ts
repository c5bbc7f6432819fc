import { s3Uri, syncFolder } from '../../core/destination/keys.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Call } from '../commands.ts';
import { OUTPUT_KINDS, type OutputNode } from './outputNodes.ts';

/** The node of the tree that a command was called on, if it was. */
export function asNode(argument: unknown): OutputNode | undefined {
  if (typeof argument !== 'object' || argument === null || !('kind' in argument)) return undefined;
  const { kind } = argument;
  return typeof kind === 'string' && OUTPUT_KINDS.has(kind) ? (argument as OutputNode) : undefined;
}

/** The nodes that a person has called a command on: all that are selected where it is one of them. */
export function nodesOf(
  { selection }: { selection: () => readonly OutputNode[] },
  { given, called, selected }: Call,
): OutputNode[] {
  if (given !== undefined) return [];
  const several = selected.flatMap((item) => asNode(item) ?? []);
  if (several.length > 0) return several;
  const one = asNode(called);
  return one === undefined ? [...selection()] : [one];
}

/** The sync that a node stands for or is of, as a command's argument. @throws ProblemError `invalid-argument` for another node */
export function syncOf(node: OutputNode | undefined): { destination: string; syncId: string } {
  if (node?.kind === 'sync' || node?.kind === 'run' || node?.kind === 'endedRun')
    return { destination: node.destination, syncId: node.syncId };
  throw invalidArgument('Choose a sync in the outputs.');
}

/** The URI of the folder that holds a sync's files. */
export function syncUri(destinations: DestinationStore, destination: string, syncId: string): string {
  const { bucket, pathPrefix } = destinations.fields(destination);
  return s3Uri(bucket, syncFolder(pathPrefix, syncId));
}
