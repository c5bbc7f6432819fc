import * as vscode from 'vscode';
import { formatSyncs } from '../../core/format.ts';
import { sideBySide } from '../../core/sideBySide.ts';
import type { RunProgress } from '../../core/sync/exportRun.ts';
import type { RunResult } from '../../core/sync/runResult.ts';
import { waitingText } from '../../core/sync/waiting.ts';
import { showInformationMessage, showWarningMessage } from '../messages.ts';
import { outcomeOfError, type RunOutcome } from './runOutcome.ts';
import type { SyncRuns } from './runSync.ts';
import { SHOW_LOG, showWithLog, warningText } from './runWarnings.ts';
import type { SyncName } from './syncChoice.ts';

/** Each takes an exporter, with its memory. */
export const RUNS_AT_ONCE = 2;
const AGAIN = 'Run Failed Again';

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
      const onProgress = ({ waiting }: RunProgress): void => {
        if (waiting !== undefined) progress.report({ message: `${syncId}: ${waitingText(waiting)}` });
      };
      const quiet = { quiet: true, signal: stop.signal, onProgress };
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
  const warnings = warningText(resultsOf(outcomes));
  if (rest.length === 0) {
    const ran = `Ran ${formatSyncs(completed)}.`;
    if (warnings === '') void showInformationMessage(ran);
    else await showWithLog(`${ran} ${warnings}`);
    return;
  }
  const [first] = rest;
  const reason = first?.problem === undefined ? '' : ` ${first.syncId}: ${first.problem.message}`;
  const text =
    `${completed} of ${formatSyncs(outcomes.length)} ran; ${rest.length} did not.${reason} ${warnings}`.trim();
  const answer = await showWarningMessage(text, AGAIN, SHOW_LOG);
  if (answer === AGAIN) again(rest);
  if (answer === SHOW_LOG) await vscode.commands.executeCommand('s3Destinations.showLog');
}

/** The results of those that have completed. */
export function resultsOf(outcomes: readonly RunOutcome[]): RunResult[] {
  return outcomes.flatMap(({ result }) => (result === undefined ? [] : [result]));
}
