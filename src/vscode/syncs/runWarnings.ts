import * as vscode from 'vscode';
import type { RunResult } from '../../core/sync/runResult.ts';
import { showWarningMessage } from '../messages.ts';

/** More are in the log. */
const MOST_TOLD = 3;
export const SHOW_LOG = 'Show Log';

/** What users should know of runs that have completed, with the syncs that it is about; empty where there is nothing. */
export function warningText(results: readonly RunResult[]): string {
  const all = results.flatMap(({ syncId, warnings = [] }) => warnings.map((warning) => `${syncId}: ${warning}`));
  const more = all.length - MOST_TOLD;
  return [
    ...all.slice(0, MOST_TOLD),
    ...(more > 0 ? [`${more.toLocaleString('en-US')} more are in the log.`] : []),
  ].join(' ');
}

/**
 * Shows what users should know of runs that nobody has watched: what is left of an earlier set, and the like, must not be
 * overlooked.
 * @param what says in a sentence which runs they were
 */
export async function tellWarnings(results: readonly RunResult[], what: string): Promise<void> {
  const text = warningText(results);
  if (text !== '') await showWithLog(`${what} ${text}`);
}

/** Shows a warning with the way to the log. */
export async function showWithLog(text: string): Promise<void> {
  if ((await showWarningMessage(text, SHOW_LOG)) !== SHOW_LOG) return;
  await vscode.commands.executeCommand('s3Destinations.showLog');
}
