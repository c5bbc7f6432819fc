import * as vscode from 'vscode';
import { formatBytes } from '../../core/format.ts';
import type { DownloadProgress } from '../../core/objects/downloadObjects.ts';

const REPORT_EVERY_MS = 200;

/**
 * Runs a transfer under a notification that shows how far it is and can cancel it.
 * @param files how many there are in all
 */
export function withTransferProgress<R>(
  title: string,
  files: number,
  work: (onProgress: (progress: DownloadProgress) => void, signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const run = vscode.window.withProgress(options, async (notification, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const began = Date.now();
    let reported = 0;
    const onProgress = ({ files: done, bytes }: DownloadProgress): void => {
      const now = Date.now();
      // Each piece of each file is told.
      if (now - reported < REPORT_EVERY_MS) return;
      reported = now;
      const rate = bytes / Math.max((now - began) / 1000, 0.001);
      const count = files === 1 ? '' : `${done} of ${files} · `;
      notification.report({ message: `${count}${formatBytes(bytes)} · ${formatBytes(rate)}/s` });
    };
    return work(onProgress, controller.signal);
  });
  return Promise.resolve(run);
}
