import * as vscode from 'vscode';
import type { OutputFacts } from './outputFacts.ts';
import type { OutputNode } from './outputNodes.ts';

export const ORDERS = ['default', 'name', 'time', 'size'] as const;
/** How the nodes of a level stand: as they come (syncs and objects by name, runs newest first), or by one of their facts. */
export type Order = (typeof ORDERS)[number];

/** The order that the user has set. */
export function orderSetting(): Order {
  const order = vscode.workspace.getConfiguration('s3Destinations').get<unknown>('outputs.sortOrder');
  return ORDERS.find((known) => known === order) ?? 'default';
}

/** By what a node can be sorted. */
interface SortFacts {
  name: string;
  /** Sorts as the time does; empty where it is not known. */
  time: string;
  bytes?: number | undefined;
}

/** Puts the nodes of a level into the order that is set. Those of which the fact is not known stand last. */
export function inOrder<N extends OutputNode>(nodes: readonly N[], facts: OutputFacts): N[] {
  const order = orderSetting();
  const runs = nodes.some(({ kind }) => kind === 'run' || kind === 'endedRun');
  if (order === 'default' && !runs) return [...nodes];
  const all = nodes.map((node) => ({ node, ...sortFacts(node, facts) }));
  if (order === 'name') all.sort((a, b) => compare(a.name, b.name));
  else if (order === 'size') all.sort((a, b) => compare(b.bytes ?? -1, a.bytes ?? -1));
  else all.sort((a, b) => compare(b.time, a.time));
  return all.map(({ node }) => node);
}

/** What a node's files have in bytes, as far as is known. */
export function bytesOf(node: OutputNode, facts: OutputFacts): number | undefined {
  return sortFacts(node, facts).bytes;
}

function sortFacts(node: OutputNode, facts: OutputFacts): SortFacts {
  switch (node.kind) {
    case 'sync': {
      const latest = facts.latest(node.destination, node.syncId);
      return { name: node.syncId, time: latest?.runId ?? '', bytes: sum(latest?.files) };
    }
    case 'run': {
      const { runId, listed } = node;
      const whole = !listed.more && listed.objects.length > 0;
      const written = facts.manifest(node.destination, node.syncId, runId)?.files;
      const bytes = whole ? listed.objects.reduce((total, { size }) => total + size, 0) : sum(written);
      return { name: runId, time: runId, bytes };
    }
    case 'endedRun':
      return { name: node.run.runId, time: node.run.runId };
    case 'object':
      return { name: node.object.key, time: node.object.lastModified ?? '', bytes: node.object.size };
    case 'folder':
      return { name: node.folder, time: '' };
    case 'upload':
      return { name: node.upload.key, time: node.upload.initiated ?? '', bytes: node.upload.bytes };
    case 'destination':
    case 'others':
    case 'uploads':
    case 'more':
    case 'note':
      return { name: '', time: '' };
  }
}

function sum(files: readonly { bytes: number }[] | undefined): number | undefined {
  return files?.reduce((total, { bytes }) => total + bytes, 0);
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
