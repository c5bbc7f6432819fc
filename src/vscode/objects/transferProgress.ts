import * as vscode from 'vscode';
import { withoutLinks } from '../../core/diagnose/saidBy.ts';
import { formatBytes } from '../../core/format.ts';

const REPORT_EVERY_MS = 200;

/** What is to be shown, made when it is shown. @param seconds since the work began */
export type ProgressText = (seconds: number) => string;

/** Runs work under a notification that shows how far it is and can cancel it. */
export function withTransferProgress<R>(
  title: string,
  work: (show: (text: ProgressText) => void, signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const { Notification } = vscode.ProgressLocation;
  const options = { location: Notification, title: withoutLinks(title), cancellable: true };
  const run = vscode.window.withProgress(options, async (notification, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const began = Date.now();
    let shown = 0;
    const show = (text: ProgressText): void => {
      const now = Date.now();
      // Each piece of each file is told.
      if (now - shown < REPORT_EVERY_MS) return;
      shown = now;
      notification.report({ message: text(Math.max((now - began) / 1000, 0.001)) });
    };
    return work(show, controller.signal);
  });
  return Promise.resolve(run);
}

/** `34 MB · 21 MB/s`. */
export function bytesText(bytes: number, seconds: number): string {
  return `${formatBytes(bytes)} · ${formatBytes(bytes / seconds)}/s`;
}
