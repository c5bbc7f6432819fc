import * as vscode from 'vscode';
import { s3Uri, syncFolder } from '../../core/destination/keys.ts';
import { consoleUrl } from '../../core/objects/urls.ts';
import { formatAge, formatBytes, formatFiles } from '../../core/format.ts';
import type { CheckResults } from '../diagnose/checkResults.ts';
import { destinationItem } from './destinationItem.ts';
import type { DestinationBranch } from './destinationBranch.ts';
import { objectUri } from '../look/objectUri.ts';
import { Hover } from './hover.ts';
import type { BranchContext } from './outputBranch.ts';
import {
  destinationOf,
  nodeId,
  type ObjectNode,
  type OthersNode,
  type OutputNode,
  type UploadNode,
  type UploadsNode,
} from './outputNodes.ts';
import { nameWithinRun } from '../../core/sync/runGroups.ts';
import { endedRunItem, runItem, syncItem } from './runItems.ts';
import type { SyncBranch } from './syncBranch.ts';
import type { UploadsBranch } from './uploadsBranch.ts';

/** What items are made from, besides their nodes. */
export type ItemContext = BranchContext & { checks: CheckResults };

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

/** How a node looks in the tree. */
export function treeItem(node: OutputNode, context: ItemContext): vscode.TreeItem {
  const item = itemOf(node, context);
  item.id = nodeId(node);
  item.contextValue ??= node.kind;
  if (consoleUrl(context.destinations.fields(destinationOf(node)), '') !== undefined) item.contextValue += ' aws';
  return item;
}

function itemOf(node: OutputNode, context: ItemContext): vscode.TreeItem {
  switch (node.kind) {
    case 'destination':
      return destinationItem(node, context.destinations, context.checks);
    case 'sync':
      return syncItem(node, context);
    case 'run':
      return runItem(node, context);
    case 'endedRun':
      return endedRunItem(node);
    case 'object':
      return objectItem(node, context);
    case 'others':
      return othersItem(node, context);
    case 'folder': {
      const own = node.folder.split('/').at(-2) ?? '';
      const name = own === '' ? '/' : own;
      const item = new vscode.TreeItem(name, Collapsed);
      item.iconPath = vscode.ThemeIcon.Folder;
      item.tooltip = new Hover(name).fact('Place', s3Uri(bucketOf(node, context), node.folder)).markdown;
      item.accessibilityInformation = { label: `Folder ${name}` };
      return item;
    }
    case 'uploads':
      return uploadsItem(node, context);
    case 'upload':
      return uploadItem(node, context);
    case 'more': {
      const item = new vscode.TreeItem('Load more…', None);
      item.iconPath = new vscode.ThemeIcon('ellipsis');
      item.command = { command: 's3Destinations.loadMore', title: 'Load More', arguments: [node] };
      return item;
    }
    case 'note': {
      const item = new vscode.TreeItem(node.text, None);
      if (node.detail !== undefined) {
        item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
        item.tooltip = node.detail;
      }
      return item;
    }
  }
}

function objectItem(node: ObjectNode, context: ItemContext): vscode.TreeItem {
  const { key, size, lastModified, etag } = node.object;
  const name = nameOf(node, context);
  const item = new vscode.TreeItem(name, None);
  // The icon is that of the data: the theme knows `.csv`, and has one picture for all that is compressed.
  item.resourceUri = objectUri({ destination: node.destination, key });
  item.command = { command: 's3Destinations.glanceObject', title: 'Preview', arguments: [node] };
  item.iconPath = vscode.ThemeIcon.File;
  item.description = formatBytes(size);
  const file = filesOf(node, context)?.find((candidate) => candidate.key === key);
  item.tooltip = new Hover(name)
    .fact('URI', s3Uri(bucketOf(node, context), key))
    .fact('Size', `${formatBytes(size)} (${size.toLocaleString('en-US')} bytes)`)
    .fact('Rows', file === undefined || file.rows === 0 ? undefined : file.rows.toLocaleString('en-US'))
    .fact('Written', lastModified === undefined ? undefined : new Date(lastModified).toLocaleString())
    .fact('SHA-256', file?.sha256)
    .fact('ETag', etag).markdown;
  item.accessibilityInformation = { label: `Object ${name}, ${formatBytes(size)}` };
  return item;
}

/** Below the folder that it is shown in, or within its run. */
function nameOf(
  { destination, syncId, folder = '', object: { key } }: ObjectNode,
  { destinations }: ItemContext,
): string {
  if (syncId === undefined) return key.slice(folder.length);
  return nameWithinRun(key, syncFolder(destinations.fields(destination).pathPrefix, syncId));
}

function filesOf({ destination, syncId, runId }: ObjectNode, { facts }: ItemContext) {
  return syncId === undefined || runId === undefined ? undefined : facts.manifest(destination, syncId, runId)?.files;
}

function othersItem(node: OthersNode, context: ItemContext): vscode.TreeItem {
  const item = new vscode.TreeItem('Other objects', Collapsed);
  item.iconPath = new vscode.ThemeIcon('files');
  const parent = node.syncId === undefined ? destinationBranch(node, context) : syncBranch(node, context);
  item.description =
    parent === undefined ? '' : `${parent.count.toLocaleString('en-US')}${parent.more ? ' and maybe more' : ''}`;
  const of =
    node.syncId === undefined
      ? 'Not in the folder of a sync.'
      : 'Their names do not say of which run they are, and no run shown here has written them.';
  item.tooltip = new Hover('Other objects')
    .line(of)
    .fact('Place', s3Uri(bucketOf(node, context), node.folder)).markdown;
  return item;
}

function destinationBranch({ destination }: OthersNode, { branch, destinations, keep }: ItemContext) {
  const summary = destinations.list().find(({ name }) => name === destination);
  if (summary === undefined) return undefined;
  const found = branch(keep({ kind: 'destination', destination: summary })) as DestinationBranch;
  const { folders, objects } = found.foreign();
  return { count: folders.length + objects.length, more: found.hasMore };
}

function syncBranch({ destination, syncId, folder }: OthersNode, { branch }: ItemContext) {
  if (syncId === undefined) return undefined;
  const found = branch({ kind: 'sync', destination, syncId, folder }) as SyncBranch;
  return { count: found.others().length, more: found.hasMore };
}

function uploadsItem(node: UploadsNode, context: ItemContext): vscode.TreeItem {
  const { items, hasMore } = context.branch(node) as UploadsBranch;
  const item = new vscode.TreeItem('Unfinished uploads', Collapsed);
  item.iconPath = new vscode.ThemeIcon('cloud-upload');
  const measured = items.every(({ bytes }) => bytes !== undefined);
  const bytes = items.reduce((sum, upload) => sum + (upload.bytes ?? 0), 0);
  const count = `${items.length.toLocaleString('en-US')}${hasMore ? '+' : ''}`;
  item.description = measured ? `${count} · ${formatBytes(bytes)}` : count;
  item.tooltip = new Hover('Unfinished uploads').line(
    'Nobody sees them, and the store keeps and charges their parts until they are aborted. One may belong to an export that is under way.',
  ).markdown;
  return item;
}

function uploadItem(node: UploadNode, context: ItemContext): vscode.TreeItem {
  const { key, uploadId, initiated, bytes, parts } = node.upload;
  const prefix = context.destinations.fields(node.destination).pathPrefix;
  const name = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  const item = new vscode.TreeItem(name, None);
  item.iconPath = new vscode.ThemeIcon('cloud');
  const begun = initiated === undefined ? undefined : new Date(initiated);
  const facts = [
    begun === undefined ? undefined : formatAge(begun),
    bytes === undefined ? undefined : formatBytes(bytes),
  ];
  item.description = facts.filter((fact) => fact !== undefined).join(' · ');
  item.tooltip = new Hover(name)
    .fact('URI', s3Uri(bucketOf(node, context), key))
    .fact('Begun', begun?.toLocaleString())
    .fact(
      'Uploaded',
      bytes === undefined ? undefined : `${formatBytes(bytes)} in ${formatFiles(parts ?? 0).replace('file', 'part')}`,
    )
    .fact('Upload id', uploadId).markdown;
  item.accessibilityInformation = {
    label: ['Unfinished upload', name, ...facts].filter((fact) => fact !== undefined).join(', '),
  };
  return item;
}

function bucketOf({ destination }: { destination: string }, { destinations }: ItemContext): string {
  return destinations.fields(destination).bucket;
}
