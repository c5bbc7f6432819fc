import * as vscode from 'vscode';
import { formatBytes, formatDuration, formatFiles, formatRows } from '../../core/format.ts';
import type { ExportSource } from '../../core/sync/exportSource.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import { syncUri } from '../outputs/outputActions.ts';
import type { OutputsTree, RunView } from '../outputs/outputsTree.ts';
import { showInformationMessage, showWarningMessage } from '../messages.ts';

const SHOW = 'Show in Outputs';
const COPY = 'Copy S3 URI';
const SAVE = 'Save as Sync…';

/** Says what an export has put where, and offers the way there. @param save keeps the export as a sync, where it is none yet */
export async function announceExport(
  destinations: DestinationStore,
  view: RunView,
  tree: OutputsTree,
  destination: string,
  result: RunResult,
  kind: ExportSource['kind'],
  save?: () => void,
): Promise<void> {
  const uri = syncUri(destinations, destination, result.syncId);
  const { warnings = [] } = result;
  // What is left of an earlier set, and the like, must not be overlooked.
  const show = warnings.length === 0 ? showInformationMessage : showWarningMessage;
  const withWarnings = (text: string): string => (warnings.length === 0 ? text : [`${text}.`, ...warnings].join(' '));
  if (result.files.length === 0) {
    void show(withWarnings(`There were no rows. Nothing was written to ${uri}`));
    return;
  }
  const text = withWarnings(kind === 'files' ? filesText(result, uri) : rowsText(result, uri));
  const answer = await show(text, SHOW, COPY, ...(save === undefined ? [] : [SAVE]));
  if (answer === SHOW) await tree.show(view, destination, result.syncId, result.runId);
  if (answer === SAVE) save?.();
  if (answer === COPY) await vscode.env.clipboard.writeText(uri);
}

function rowsText(result: RunResult, uri: string): string {
  const files = result.files.length === 1 ? '' : `${formatFiles(result.files.length)}, `;
  return `Exported ${formatRows(result.rows.written)} to ${uri} (${files}${sizeAndTime(result)})`;
}

function filesText(result: RunResult, uri: string): string {
  // Files that were copied as they are have a size only.
  const rows = result.format === undefined ? '' : `${formatRows(result.rows.written)}, `;
  return `Exported ${formatFiles(result.files.length)} to ${uri} (${rows}${sizeAndTime(result)})`;
}

function sizeAndTime({ files, durationMs }: RunResult): string {
  return `${formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0))}, ${formatDuration(durationMs)}`;
}
