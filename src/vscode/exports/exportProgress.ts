import * as vscode from 'vscode';
import { formatBytes, formatFiles, formatRowsSoFar } from '../../core/format.ts';
import { ProblemError } from '../../core/problem.ts';
import type { RunProgress } from '../../core/sync/exportRun.ts';
import { waitingText } from '../../core/sync/waiting.ts';

const SAY_CANCELLED_MS = 5000;

/**
 * Runs work under a notification that shows how far it is and can cancel it, and in the status bar.
 * @param title `active-users → prod-exports`
 * @param listener is told how far it is in the place of the notification
 */
export function withExportProgress<R>(
  title: string,
  work: (onProgress: (progress: RunProgress) => void, signal: AbortSignal) => Promise<R>,
  listener?: (progress: RunProgress) => void,
): Promise<R> {
  const { Notification, Window } = vscode.ProgressLocation;
  const location = listener === undefined ? Notification : Window;
  // The status bar shows it already.
  const options = listener === undefined ? { location, title, cancellable: true } : { location };
  const run = vscode.window.withProgress(options, async (notification, token) => {
    const controller = new AbortController();
    const status = vscode.window.createStatusBarItem('s3Destinations.export', vscode.StatusBarAlignment.Left);
    status.name = 'S3 Export';
    status.text = `$(sync~spin) ${title}`;
    status.command = 's3Destinations.outputs.focus';
    status.show();
    token.onCancellationRequested(() => {
      // The notification is gone by now, but what was uploaded has to be removed yet.
      status.text = `$(sync~spin) ${title}: cancelling…`;
      controller.abort();
    });
    let began = Date.now();
    let shown = 0;
    const onProgress = (progress: RunProgress): void => {
      const { rows, bytes, files, percent, waiting } = progress;
      if (waiting !== undefined) began = Date.now();
      const seconds = Math.max((Date.now() - began) / 1000, 0.001);
      const done = waiting ? 'waiting' : files === undefined ? formatRowsSoFar(rows) : formatFiles(files);
      const message = waiting
        ? waitingText(waiting)
        : `${done} · ${formatBytes(bytes)} · ${formatBytes(bytes / seconds)}/s`;
      const increment = (percent ?? shown) - shown;
      shown += increment;
      if (listener === undefined) notification.report({ message, ...(increment > 0 && { increment }) });
      else listener(progress);
      // Nothing has to turn where a number grows.
      const text =
        shown > 0 ? `$(cloud-upload) ${title}: ${done} (${Math.floor(shown)}%)` : `$(sync~spin) ${title}: ${done}`;
      if (!controller.signal.aborted) status.text = text;
      status.tooltip = `Exporting ${title}: ${message}`;
    };
    try {
      return await work(onProgress, controller.signal);
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'cancelled') {
        vscode.window.setStatusBarMessage(error.message, SAY_CANCELLED_MS);
      }
      throw error;
    } finally {
      status.dispose();
    }
  });
  return Promise.resolve(run);
}
