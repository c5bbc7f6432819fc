import * as vscode from 'vscode';
import { formatBytes, formatDuration, formatRows } from '../../core/format.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import { syncUri } from '../outputs/outputActions.ts';
import type { OutputNode } from '../outputs/outputNodes.ts';
import type { OutputsTree } from '../outputs/outputsTree.ts';

const SHOW = 'Show in Outputs';
const COPY = 'Copy S3 URI';

/** Says what an export has put where, and offers the way there. */
export async function announceExport(
  destinations: DestinationStore,
  view: vscode.TreeView<OutputNode>,
  tree: OutputsTree,
  destination: string,
  result: RunResult,
): Promise<void> {
  const uri = syncUri(destinations, destination, result.syncId);
  if (result.files.length === 0) {
    void vscode.window.showInformationMessage(`There were no rows. Nothing was written to ${uri}`);
    return;
  }
  const size = formatBytes(result.files.reduce((sum, { bytes }) => sum + bytes, 0));
  const files = result.files.length === 1 ? '' : `${result.files.length} files, `;
  const facts = `${files}${size}, ${formatDuration(result.durationMs)}`;
  const text = `Exported ${formatRows(result.rows.written)} to ${uri} (${facts})`;
  const answer = await vscode.window.showInformationMessage(text, SHOW, COPY);
  if (answer === SHOW)
    await view.reveal(await tree.newestRun(destination, result.syncId), { expand: true, focus: true });
  if (answer === COPY) await vscode.env.clipboard.writeText(uri);
}
