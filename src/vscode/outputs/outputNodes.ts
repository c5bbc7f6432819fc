import type { DestinationSummary } from '../../core/destination/destination.ts';
import type { EndedRun } from '../../core/sync/runHistory.ts';
import type { ListedRun } from '../../core/sync/listedRuns.ts';
import type { ListedObject } from '../../core/s3/listing.ts';
import type { UnfinishedUpload } from '../../core/s3/uploads.ts';
import type { DefinedSync } from './definedSyncs.ts';

/** What the tree of outputs consists of. */
export type OutputNode =
  | DestinationNode
  | SyncNode
  | RunNode
  | EndedRunNode
  | ObjectNode
  | OthersNode
  | FolderNode
  | UploadsNode
  | UploadNode
  | MoreNode
  | NoteNode;

export interface DestinationNode {
  kind: 'destination';
  destination: DestinationSummary;
}

/** A sync: there is a folder of it at the destination, or it is defined in the workspace, or both. */
export interface SyncNode {
  kind: 'sync';
  destination: string;
  syncId: string;
  /** The folder of its data files, a whole key with a slash at its end. */
  folder: string;
  /** Whether that folder has been found there; missing as long as it may be on a later page, or cannot be known. */
  found?: boolean;
  defined?: DefinedSync;
}

/** A run that has files or a manifest at the destination. */
export interface RunNode {
  kind: 'run';
  destination: string;
  syncId: string;
  runId: string;
  /** What has been listed of it. Its files are `filesOfRun` of the core. */
  listed: ListedRun;
}

/** A run that failed or was cancelled on this machine. */
export interface EndedRunNode {
  kind: 'endedRun';
  destination: string;
  syncId: string;
  run: EndedRun;
}

export interface ObjectNode {
  kind: 'object';
  destination: string;
  object: ListedObject;
  /** What it is of; missing for one that no run has written, as far as is known. */
  syncId?: string;
  runId?: string;
  /** The folder that it is shown in, where it is of no run. */
  folder?: string;
}

/** Objects and folders that are of no run: of a sync's folder, or directly below the destination's prefix. */
export interface OthersNode {
  kind: 'others';
  destination: string;
  /** A whole key with a slash at its end, or empty. */
  folder: string;
  syncId?: string;
}

/** A folder that is no sync's. */
export interface FolderNode {
  kind: 'folder';
  destination: string;
  /** A whole key with a slash at its end. */
  folder: string;
}

/** The unfinished uploads of a destination. */
export interface UploadsNode {
  kind: 'uploads';
  destination: string;
}

export interface UploadNode {
  kind: 'upload';
  destination: string;
  upload: UnfinishedUpload;
}

/** Asks for the next page of what `parent` holds. */
export interface MoreNode {
  kind: 'more';
  parent: OutputNode;
}

/** What there is to say in the place of nodes. */
export interface NoteNode {
  kind: 'note';
  parent: OutputNode;
  text: string;
  /** Of what went wrong. */
  detail?: string;
}

export const OUTPUT_KINDS: ReadonlySet<string> = new Set<OutputNode['kind']>([
  'destination',
  'sync',
  'run',
  'endedRun',
  'object',
  'others',
  'folder',
  'uploads',
  'upload',
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
      return `e:${node.destination}:${node.syncId}:${node.run.runId}`;
    case 'object':
      return `o:${node.destination}:${node.runId ?? ''}:${node.object.key}`;
    case 'others':
      return `x:${node.destination}:${node.folder}`;
    case 'folder':
      return `f:${node.destination}:${node.folder}`;
    case 'uploads':
      return `u:${node.destination}`;
    case 'upload':
      return `u:${node.destination}:${node.upload.key}:${node.upload.uploadId}`;
    case 'more':
      return `m:${nodeId(node.parent)}`;
    case 'note':
      return `n:${nodeId(node.parent)}`;
  }
}

/** The name of the destination that a node belongs to. */
export function destinationOf(node: OutputNode): string {
  if (node.kind === 'destination') return node.destination.name;
  return node.kind === 'more' || node.kind === 'note' ? destinationOf(node.parent) : node.destination;
}
