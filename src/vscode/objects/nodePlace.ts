import { syncFolder } from '../../core/destination/keys.ts';
import type { Chosen } from '../../core/objects/chosen.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { OutputNode } from '../outputs/outputNodes.ts';

/** Where at a destination lies what a node of the tree stands for. */
export interface NodePlace {
  destination: string;
  /** By which it is named: a folder's key, or those of its objects; missing where they are not all known. */
  keys?: string[];
  /** What a page shows that shows one thing: the object, or the folder that it is in. */
  key: string;
  /** Missing for a destination as a whole. */
  chosen?: Chosen;
}

/** Undefined for nodes that stand for nothing at the store. */
export function placeOf(destinations: DestinationStore, node: OutputNode): NodePlace | undefined {
  if (node.kind === 'destination') {
    const { name, pathPrefix } = node.destination;
    return { destination: name, keys: [pathPrefix], key: pathPrefix };
  }
  if (node.kind === 'object') {
    const { key } = node.object;
    return { destination: node.destination, keys: [key], key, chosen: { key } };
  }
  if (node.kind === 'folder') {
    const { destination, folder } = node;
    return { destination, keys: [folder], key: folder, chosen: { folder } };
  }
  if (node.kind === 'others') {
    return { destination: node.destination, keys: [node.folder], key: node.folder };
  }
  if (node.kind === 'upload') {
    const { key } = node.upload;
    return { destination: node.destination, keys: [key], key };
  }
  if (node.kind !== 'sync' && node.kind !== 'run') return undefined;
  const { destination, syncId } = node;
  const key = syncFolder(destinations.fields(destination).pathPrefix, syncId);
  if (node.kind === 'sync') return { destination, keys: [key], key, chosen: { syncId } };
  const { objects, more } = node.listed;
  const known = objects.length > 0 && !more;
  return {
    ...{ destination, key, chosen: { syncId, runId: node.runId } },
    ...(known ? { keys: objects.map((object) => object.key) } : {}),
  };
}
