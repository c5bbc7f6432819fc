import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { formatBytes } from '../../core/format.ts';
import { cancelled, invalidArgument, type ProblemCode } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { UnfinishedUpload } from '../../core/s3/uploads.ts';
import { allUploads, refuseOutside } from '../../core/sync/outputs.ts';
import type { Call } from '../commands.ts';
import { pickDestination } from '../destinations/pickDestination.ts';
import { showWarningMessage } from '../messages.ts';
import { nodesOf } from './outputActions.ts';
import type { RemoveContext } from './removeCommands.ts';

type UploadName = Pick<UnfinishedUpload, 'key' | 'uploadId'>;

/** What has become of the uploads. */
interface Aborted {
  aborted: UploadName[];
  failed: (UploadName & { code: ProblemCode; message: string })[];
}

/**
 * Aborts unfinished uploads, which frees what they hold: `{destination, uploads: [{key, uploadId}]}`. A person is asked.
 * @throws ProblemError `invalid-argument`, `cancelled`
 */
export async function abortUploads(context: RemoveContext, call: Call): Promise<Aborted> {
  if (call.given !== undefined) {
    const given = new Arguments(call.given);
    return abortAt(context, given.text('destination'), uploadsOf(given));
  }
  const all: Aborted = { aborted: [], failed: [] };
  for (const [name, uploads] of await chosenUploads(context, call)) {
    if (uploads.length === 0) throw invalidArgument(`There is no unfinished upload at ${name}.`);
    await confirm(name, uploads);
    const { aborted, failed } = await abortAt(context, name, uploads);
    all.aborted.push(...aborted);
    all.failed.push(...failed);
    const [first] = failed;
    if (first === undefined) vscode.window.setStatusBarMessage(`$(trash) Aborted ${countText(aborted)}.`, 5000);
    else void showWarningMessage(`${failed.length} of ${countText(uploads)} could not be aborted. ${first.message}`);
  }
  return all;
}

async function chosenUploads(context: RemoveContext, call: Call): Promise<Map<string, UnfinishedUpload[]>> {
  const by = new Map<string, UnfinishedUpload[]>();
  const whole = new Set<string>();
  for (const node of nodesOf(context, call)) {
    if (node.kind === 'uploads') whole.add(node.destination);
    else if (node.kind === 'upload') by.set(node.destination, [...(by.get(node.destination) ?? []), node.upload]);
  }
  if (by.size + whole.size === 0) whole.add(await pickDestination(context.destinations, 'Abort Unfinished Uploads'));
  for (const name of whole) {
    const { destination, store } = await context.stores.get(name);
    by.set(name, await allUploads(store, destination.pathPrefix));
  }
  return by;
}

async function confirm(name: string, uploads: readonly UnfinishedUpload[]): Promise<void> {
  const bytes = uploads.reduce((sum, upload) => sum + (upload.bytes ?? 0), 0);
  const size = bytes === 0 ? '' : ` (${formatBytes(bytes)})`;
  const keys = uploads.slice(0, 10).map(({ key }) => key);
  if (uploads.length > keys.length) keys.push(`… and ${uploads.length - keys.length} more`);
  const detail = `${keys.join('\n')}\n\nAn export that is under way may need them: it fails then, and leaves nothing.`;
  const answer = await showWarningMessage(
    `Abort ${countText(uploads)}${size} at ${name}?`,
    { modal: true, detail },
    'Abort',
  );
  if (answer === undefined) throw cancelled('Aborting', 'Nothing was aborted.');
}

async function abortAt(context: RemoveContext, name: string, uploads: readonly UploadName[]): Promise<Aborted> {
  const { destination, store } = await context.stores.get(name);
  refuseOutside(
    destination.pathPrefix,
    uploads.map(({ key }) => key),
  );
  try {
    return await abortAll(store, uploads);
  } finally {
    context.onRemoved(name);
  }
}

async function abortAll(store: Store, uploads: readonly UploadName[]): Promise<Aborted> {
  const all: Aborted = { aborted: [], failed: [] };
  for (const { key, uploadId } of uploads) {
    try {
      await store.abortUpload(key, uploadId);
      all.aborted.push({ key, uploadId });
    } catch (error) {
      const { code, message } = store.problem(error, 'abort uploads').problem;
      all.failed.push({ key, uploadId, code: code === 'access-denied' ? 'multipart-abort-denied' : code, message });
    }
  }
  return all;
}

function uploadsOf(given: Arguments): UploadName[] {
  const uploads = given.raw('uploads');
  if (!Array.isArray(uploads)) throw invalidArgument('“uploads” must be a list of {key, uploadId}.');
  return uploads.map((upload: unknown) => {
    const read = new Arguments(upload, 'uploads.');
    return { key: read.text('key'), uploadId: read.text('uploadId') };
  });
}

function countText(uploads: readonly unknown[]): string {
  return uploads.length === 1 ? '1 unfinished upload' : `${uploads.length} unfinished uploads`;
}
