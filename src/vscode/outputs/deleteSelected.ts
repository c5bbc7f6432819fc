import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Chosen } from '../../core/objects/chosen.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { Call } from '../commands.ts';
import { abortUploads } from './abortUploads.ts';
import { deleteChosen } from './deleteObjects.ts';
import { deleteSync } from './deleteSync.ts';
import { nodesOf } from './outputActions.ts';
import type { OutputNode } from './outputNodes.ts';
import type { RemoveContext } from './removeCommands.ts';

const LOOKS = 10;
const PAUSE_MS = 100;

/**
 * Deletes what is selected, whatever it is: objects and runs, the output of syncs, unfinished uploads, or the destination as
 * it is known here. Each is asked for in its own way. @throws ProblemError `invalid-argument`, `cancelled`
 */
export async function deleteSelected(context: RemoveContext, call: Call): Promise<unknown> {
  const nodes = await selectedNodes(context, call);
  const ofKind = (...kinds: string[]) => nodes.filter(({ kind }) => kinds.includes(kind));
  const again = (kinds: string[]): Call => ({ given: undefined, called: undefined, selected: ofKind(...kinds) });
  const by = new Map<string, Chosen[]>();
  for (const node of nodes) {
    if (node.kind !== 'run' && node.kind !== 'object') continue;
    const chosen = node.kind === 'run' ? { syncId: node.syncId, runId: node.runId } : { key: node.object.key };
    by.set(node.destination, [...(by.get(node.destination) ?? []), chosen]);
  }
  if (by.size > 0)
    await deleteChosen(
      context,
      [...by].map(([destination, chosen]) => ({ destination, chosen })),
    );
  if (ofKind('sync').length > 0) await deleteSync(context, again(['sync']));
  if (ofKind('upload', 'uploads').length > 0) await abortUploads(context, again(['upload', 'uploads']));
  for (const node of ofKind('destination'))
    await vscode.commands.executeCommand('s3Destinations.removeDestination', node);
  const known = ['run', 'object', 'sync', 'upload', 'uploads', 'destination'];
  if (ofKind(...known).length === 0)
    throw invalidArgument('Choose objects, runs, syncs or unfinished uploads in the outputs.');
  return {};
}

/** While a level is read anew, the editor has no selection there for a moment. */
async function selectedNodes(context: RemoveContext, call: Call): Promise<OutputNode[]> {
  for (let look = 0; look < LOOKS; look++) {
    const nodes = nodesOf(context, call);
    if (nodes.length > 0) return nodes;
    await sleep(PAUSE_MS);
  }
  return [];
}
