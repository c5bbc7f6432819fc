import * as vscode from 'vscode';
import { formatBytes, formatRows } from '../../core/format.ts';
import type { RunProgress } from '../../core/sync/exportRun.ts';

/**
 * Runs work under a notification that shows how far it is and can cancel it, and in the status bar.
 * @param title `active-users → prod-exports`
 */
export function withExportProgress<R>(
  title: string,
  work: (onProgress: (progress: RunProgress) => void, signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const run = vscode.window.withProgress(options, async (notification, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const status = vscode.window.createStatusBarItem('s3Destinations.export', vscode.StatusBarAlignment.Left);
    status.name = 'S3 Export';
    status.text = `$(sync~spin) ${title}`;
    status.command = 's3Destinations.outputs.focus';
    status.show();
    const began = Date.now();
    const onProgress = ({ rows, bytes }: RunProgress): void => {
      const seconds = Math.max((Date.now() - began) / 1000, 0.001);
      const message = `${formatRows(rows)} · ${formatBytes(bytes)} · ${formatBytes(bytes / seconds)}/s`;
      notification.report({ message });
      status.text = `$(sync~spin) ${title}: ${formatRows(rows)}`;
      status.tooltip = `Exporting ${title}: ${message}`;
    };
    try {
      return await work(onProgress, controller.signal);
    } finally {
      status.dispose();
    }
  });
  return Promise.resolve(run);
}
