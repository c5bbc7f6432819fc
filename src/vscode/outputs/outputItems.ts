import * as vscode from 'vscode';
import { s3Uri } from '../../core/destination/keys.ts';
import { formatAge, formatBytes, formatRows, formatTime } from '../../core/format.ts';
import type { Manifest } from '../../core/sync/manifest.ts';
import { nameWithinRun } from '../../core/sync/runGroups.ts';
import { runTime } from '../../core/sync/runId.ts';
import { nodeId, type OutputNode } from './outputNodes.ts';

/** What is known besides the nodes themselves. */
export interface Known {
  bucket(destination: string): string;
  manifest(destination: string, runId: string): Manifest | undefined;
  latestRun(destination: string, syncId: string): string | undefined;
  /** The run whose files are the sync's current set, for a mirror. */
  currentSet(destination: string, syncId: string): string | undefined;
}

/** How a node looks in the tree. */
export function treeItem(node: OutputNode, known: Known): vscode.TreeItem {
  const item = itemOf(node, known);
  item.id = nodeId(node);
  item.contextValue = node.kind;
  return item;
}

function itemOf(node: OutputNode, known: Known): vscode.TreeItem {
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  switch (node.kind) {
    case 'destination': {
      const { name, bucket, region, pathPrefix, endpoint } = node.destination;
      const item = new vscode.TreeItem(name, Collapsed);
      item.iconPath = new vscode.ThemeIcon('database');
      item.description = [bucket, region, pathPrefix].filter((part) => part !== '').join(' · ');
      item.tooltip = lines([name, s3Uri(bucket, pathPrefix), region, endpoint]);
      return item;
    }
    case 'sync': {
      const item = new vscode.TreeItem(node.syncId, Collapsed);
      item.iconPath = new vscode.ThemeIcon('sync');
      item.tooltip = lines([node.syncId, s3Uri(known.bucket(node.destination), node.folder)]);
      const latest = known.latestRun(node.destination, node.syncId);
      if (latest !== undefined) item.description = syncDescription(latest, known.manifest(node.destination, latest));
      return item;
    }
    case 'run': {
      const item = new vscode.TreeItem(timeOf(node.runId), Collapsed);
      item.iconPath = new vscode.ThemeIcon('pass');
      const manifest = known.manifest(node.destination, node.runId);
      const size = formatBytes(node.objects.reduce((sum, object) => sum + object.size, 0));
      const current = known.currentSet(node.destination, node.syncId) === node.runId;
      item.description = [
        manifest === undefined ? undefined : countsText(manifest),
        size,
        current ? 'current set' : undefined,
      ]
        .filter((part) => part !== undefined)
        .join(' · ');
      const files = `${node.objects.length} ${node.objects.length === 1 ? 'file' : 'files'}, ${size}`;
      const facts = manifest === undefined ? [] : [manifest.mode, formatRows(manifest.rows.written)];
      item.tooltip = lines([node.runId, ...facts, files, runTime(node.runId)?.toLocaleString()]);
      return item;
    }
    case 'endedRun': {
      const { runId, status, error, mode } = node.run;
      const item = new vscode.TreeItem(timeOf(runId), None);
      item.iconPath =
        status === 'failed'
          ? new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'))
          : new vscode.ThemeIcon('circle-slash');
      item.description = error === undefined ? status : `${status}: ${error.code.replaceAll('-', ' ')}`;
      item.tooltip = lines([runId, mode, error?.message]);
      return item;
    }
    case 'object': {
      const { key, size, lastModified } = node.object;
      const item = new vscode.TreeItem(nameWithinRun(key), None);
      item.resourceUri = vscode.Uri.from({ scheme: 's3destinations', path: `/${key}` });
      item.iconPath = vscode.ThemeIcon.File;
      item.description = formatBytes(size);
      const modified = lastModified === undefined ? undefined : new Date(lastModified).toLocaleString();
      item.tooltip = lines([
        s3Uri(known.bucket(node.destination), key),
        `${size.toLocaleString('en-US')} bytes`,
        modified,
      ]);
      return item;
    }
    case 'more': {
      const item = new vscode.TreeItem('Load more…', None);
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

function syncDescription(runId: string, manifest: Manifest | undefined): string {
  const time = runTime(runId);
  const facts = [manifest?.mode, time === undefined ? undefined : formatAge(time)];
  if (manifest !== undefined) facts.push(formatRows(manifest.rows.written));
  return facts.filter((fact) => fact !== undefined).join(' · ');
}

/** `+34 ~12 −3`, or how many rows there are where changes are not known. */
function countsText({ rows }: Manifest): string {
  const { written, added, changed, removed } = rows;
  if (added === undefined) return formatRows(written);
  return [`+${added}`, changed ? `~${changed}` : '', removed ? `−${removed}` : '']
    .filter((part) => part !== '')
    .join(' ');
}

function timeOf(runId: string): string {
  const time = runTime(runId);
  return time === undefined ? runId : formatTime(time);
}

function lines(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('\n');
}
