import * as vscode from 'vscode';
import { s3Uri, syncFolder } from '../../core/destination/keys.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import { OUTPUT_KINDS, type OutputNode } from './outputNodes.ts';

/** The node of the tree that a command was called on, if it was. */
export function asNode(argument: unknown): OutputNode | undefined {
  if (typeof argument !== 'object' || argument === null || !('kind' in argument)) return undefined;
  return OUTPUT_KINDS.has(String(argument.kind)) ? (argument as OutputNode) : undefined;
}

/** The sync that a node stands for or is of, as a command's argument. @throws ProblemError `invalid-argument` for another node */
export function syncOf(node: OutputNode | undefined): { destination: string; syncId: string } {
  if (node?.kind === 'sync' || node?.kind === 'run' || node?.kind === 'endedRun')
    return { destination: node.destination, syncId: node.syncId };
  throw invalidArgument('Choose a sync in the outputs.');
}

/** Puts the S3 URI of what a node stands for on the clipboard: a line for each object of a run. */
export async function copyUri(destinations: DestinationStore, node: OutputNode | undefined): Promise<{ uri: string }> {
  const uri = node === undefined ? undefined : uriOf(destinations, node);
  if (uri === undefined) throw invalidArgument('Choose a destination, a sync, a run or an object in the outputs.');
  await vscode.env.clipboard.writeText(uri);
  return { uri };
}

function uriOf(destinations: DestinationStore, node: OutputNode): string | undefined {
  switch (node.kind) {
    case 'destination':
      return s3Uri(node.destination.bucket, node.destination.pathPrefix);
    case 'sync':
      return s3Uri(destinations.fields(node.destination).bucket, node.folder);
    case 'run': {
      const { bucket } = destinations.fields(node.destination);
      return node.objects.map(({ key }) => s3Uri(bucket, key)).join('\n');
    }
    case 'object':
      return s3Uri(destinations.fields(node.destination).bucket, node.object.key);
    case 'endedRun':
    case 'more':
    case 'note':
      return undefined;
  }
}

/** The URI of the folder that holds a sync's files. */
export function syncUri(destinations: DestinationStore, destination: string, syncId: string): string {
  const { bucket, pathPrefix } = destinations.fields(destination);
  return s3Uri(bucket, syncFolder(pathPrefix, syncId));
}
