import * as vscode from 'vscode';
import { formatBytes } from '../../core/format.ts';
import { cancelled, ProblemError } from '../../core/problem.ts';
import type { DeleteFailure } from '../../core/s3/removing.ts';
import type { Store } from '../../core/s3/store.ts';
import type { TouchedSet } from '../../core/sync/currentSet.ts';
import type { SizedKey } from '../../core/sync/filesOfRun.ts';
import type { RemoveOptions } from '../../core/sync/removeOutputs.ts';
import { showInformationMessage, showWarningMessage } from '../messages.ts';
import type { RemoveContext } from './removeCommands.ts';

/** What a caller gets, and a person is told of. Refusals stand with their keys. */
export interface Removed {
  deleted: string[];
  failed: DeleteFailure[];
}

/** `3 objects (12 kB)`. */
export function countText(objects: readonly SizedKey[]): string {
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  const count = objects.length === 1 ? '1 object' : `${objects.length.toLocaleString('en-US')} objects`;
  return `${count} (${formatBytes(bytes)})`;
}

/** What deleting means beyond the objects: for current sets, and whether anything can be had back. */
export function consequences(touched: readonly TouchedSet[], versions: boolean | undefined): string[] {
  const sure = touched.filter(({ certain }) => certain).map(({ syncId }) => syncId);
  const unsure = touched.filter(({ certain }) => !certain).map(({ syncId }) => syncId);
  return [
    ...(sure.length === 0
      ? []
      : [`This is the current set of ${sure.join(', ')}, or part of it: readers lose it until the next run.`]),
    ...(unsure.length === 0 ? [] : [`It may be of the current set of ${unsure.join(', ')}: that may not be read.`]),
    versions === true
      ? 'The bucket keeps versions: they stay there, and are charged, until they are deleted themselves.'
      : versions === false
        ? 'What is deleted cannot be had back.'
        : 'What is deleted cannot be had back, unless the bucket keeps versions: those stay there.',
  ];
}

/** Asks whether that is to be done. @throws ProblemError `cancelled` */
export async function confirm(message: string, details: readonly string[], button: string): Promise<void> {
  const options = { modal: true, detail: details.join('\n\n') };
  if ((await showWarningMessage(message, options, button)) !== button)
    throw cancelled('Deleting', 'Nothing was deleted.');
}

/** Whether the bucket keeps versions; undefined where that cannot be found out. */
export async function keepsVersions(store: Store): Promise<boolean | undefined> {
  return store.keepsVersions().catch(() => undefined);
}

/** Deletes under a notification that shows how far it is, and can cancel it. @param total how many objects there are */
export function withRemoval<R>(title: string, total: number, work: (options: RemoveOptions) => Promise<R>): Promise<R> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const run = vscode.window.withProgress(options, (notification, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const onProgress = (done: number): void =>
      notification.report({ message: `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}` });
    return work({ signal: controller.signal, onProgress }).catch((error: unknown) => {
      // What has been deleted by then is not nothing.
      const stopped = error instanceof ProblemError && error.code === 'cancelled';
      if (stopped) void showInformationMessage(error.problem.message);
      throw error;
    });
  });
  return Promise.resolve(run);
}

/** Says what has become of it: in the status bar when all is well, else in a report with each key that was refused. */
export async function announce(
  { showReport, log }: RemoveContext,
  { deleted, failed }: Removed,
  what: string,
): Promise<void> {
  if (failed.length === 0) {
    vscode.window.setStatusBarMessage(`$(trash) Deleted ${what}.`, 5000);
    return;
  }
  for (const { key, code, message } of failed) log.warn(`${key} could not be deleted: ${code} ${message}`);
  const rows = failed.map(({ key, code, message }) => `| ${[key, code, log.clean(message)].map(cell).join(' | ')} |`);
  const text = [
    '# What could not be deleted',
    `${deleted.length.toLocaleString('en-US')} deleted, ${failed.length.toLocaleString('en-US')} not.`,
    `| key | code | message |\n|---|---|---|\n${rows.join('\n')}`,
  ];
  const all = deleted.length + failed.length;
  const answer = await showWarningMessage(
    `${failed.length.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} objects could not be deleted (${failed[0]?.code ?? ''}).`,
    'Show Report',
  );
  if (answer !== undefined) await showReport('delete', 'Deleted outputs', `${text.join('\n\n')}\n`);
}

/** Text in a cell of a table, as it is. */
function cell(text: string): string {
  return `\`${text
    .replace(/[\r\n]+/g, ' ')
    .replaceAll('`', 'ˋ')
    .replaceAll('|', '\\|')}\``;
}
