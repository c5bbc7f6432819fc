import * as vscode from 'vscode';
import { formatSyncs } from '../../core/format.ts';
import { sideBySide } from '../../core/sideBySide.ts';
import { outcomeOfError, type RunOutcome } from './runOutcome.ts';
import type { SyncRuns } from './runSync.ts';
import type { SyncName } from './syncChoice.ts';

/** Each takes an exporter, with its memory. */
export const RUNS_AT_ONCE = 2;
const AGAIN = 'Run Failed Again';
const SHOW_LOG = 'Show Log';

/** Runs several syncs, a few at a time, under one notification that can cancel them all. @returns how each ended, in their order */
export async function runMany(runs: SyncRuns, names: readonly SyncName[]): Promise<RunOutcome[]> {
  const outcomes = new Map<SyncName, RunOutcome>();
  const { Notification } = vscode.ProgressLocation;
  const options = { location: Notification, title: `Running ${formatSyncs(names.length)}`, cancellable: true };
  await vscode.window.withProgress(options, async (progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    await sideBySide(names, RUNS_AT_ONCE, async (name) => {
      const { syncId } = name;
      const definition = name.definition.toString();
      const quiet = { quiet: true, signal: stop.signal, onProgress: () => undefined };
      outcomes.set(
        name,
        await runs.run(name, quiet).then(
          (result): RunOutcome => ({ syncId, definition, status: 'completed', result }),
          (error: unknown): RunOutcome => ({ syncId, definition, ...outcomeOfError(error) }),
        ),
      );
      const message = `${outcomes.size} of ${names.length} done`;
      progress.report({ message, increment: 100 / names.length });
    });
  });
  return names.flatMap((name) => outcomes.get(name) ?? []);
}

/** Says how several runs ended, and offers to run those again that failed. */
export async function tellOutcomes(
  outcomes: readonly RunOutcome[],
  again: (failed: RunOutcome[]) => void,
): Promise<void> {
  const completed = outcomes.filter(({ status }) => status === 'completed').length;
  const rest = outcomes.filter(({ status }) => status !== 'completed');
  if (rest.length === 0) {
    void vscode.window.showInformationMessage(`Ran ${formatSyncs(completed)}.`);
    return;
  }
  const [first] = rest;
  const reason = first?.problem === undefined ? '' : ` ${first.syncId}: ${first.problem.message}`;
  const text = `${completed} of ${formatSyncs(outcomes.length)} ran; ${rest.length} did not.${reason}`;
  const answer = await vscode.window.showWarningMessage(text, AGAIN, SHOW_LOG);
  if (answer === AGAIN) again(rest);
  if (answer === SHOW_LOG) await vscode.commands.executeCommand('s3Destinations.showLog');
}
