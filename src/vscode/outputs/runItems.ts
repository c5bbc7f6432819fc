import * as vscode from 'vscode';
import { s3Uri } from '../../core/destination/keys.ts';
import { formatAge, formatBytes, formatDuration, formatFiles, formatRows, formatTime } from '../../core/format.ts';
import type { Manifest } from '../../core/sync/manifest.ts';
import { runTime } from '../../core/sync/runId.ts';
import type { RowCounts } from '../../core/sync/runResult.ts';
import { Hover } from './hover.ts';
import { toned } from './nodeColours.ts';
import type { ItemContext } from './outputItems.ts';
import type { EndedRunNode, RunNode, SyncNode } from './outputNodes.ts';
import { bytesOf } from './outputOrder.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

export function syncItem(node: SyncNode, { facts, destinations }: ItemContext): vscode.TreeItem {
  const { syncId, destination, defined, found, folder } = node;
  const item = new vscode.TreeItem(syncId, Collapsed);
  const latest = facts.latest(destination, syncId);
  const time = latest === undefined ? undefined : runTime(latest.runId);
  const rows = latest?.format === undefined ? undefined : latest.files.reduce((sum, file) => sum + file.rows, 0);
  const parts = [
    defined?.kind ?? latest?.kind,
    defined?.mode ?? latest?.mode,
    defined?.activity ?? (time === undefined ? undefined : formatAge(time)),
    rows === undefined ? undefined : formatRows(rows),
    found === false ? (defined === undefined ? 'no completed run' : 'not run yet') : undefined,
  ].filter((part) => part !== undefined);
  item.description = parts.join(' · ');
  item.iconPath =
    defined?.problem === undefined
      ? new vscode.ThemeIcon(defined?.activity === 'running' ? 'sync~spin' : 'sync')
      : new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = [
    'sync',
    ...(found === false ? [] : ['found']),
    ...(defined === undefined ? [] : ['defined']),
    ...(defined?.activity === undefined ? [] : ['running']),
  ].join(' ');
  const hover = new Hover(syncId)
    .fact('Place', s3Uri(destinations.fields(destination).bucket, folder))
    .fact('Kind', defined?.kind ?? latest?.kind)
    .fact('Mode', defined?.mode ?? latest?.mode)
    .fact('Newest run', time === undefined ? undefined : `${time.toLocaleString()} (${latest?.runId ?? ''})`)
    .fact('Its files', latest === undefined ? undefined : sizeText(latest.files.length, bytesOf(node, facts)))
    .fact(
      'Defined in',
      defined?.definition === undefined ? undefined : vscode.workspace.asRelativePath(defined.definition),
    );
  if (defined?.problem !== undefined) hover.warning(defined.problem);
  item.tooltip = hover.markdown;
  item.accessibilityInformation = { label: ['Sync', syncId, ...parts].join(', ') };
  return item;
}

export function runItem(node: RunNode, { facts, destinations }: ItemContext): vscode.TreeItem {
  const { destination, syncId, runId, listed } = node;
  const time = runTime(runId);
  const item = new vscode.TreeItem(time === undefined ? runId : formatTime(time), Collapsed);
  const manifest = facts.manifest(destination, syncId, runId);
  const current = facts.currentSet(destination, syncId) === runId;
  const gone = !current && isGone(node, manifest);
  const bytes = bytesOf(node, facts);
  const files = manifest?.files.length ?? listed.objects.length;
  const parts = [
    current ? 'current set' : gone ? (manifest?.mode === 'mirror' ? 'replaced' : 'deleted') : undefined,
    manifest === undefined ? undefined : changesText(manifest.rows),
    manifest?.format === undefined ? undefined : formatRows(manifest.rows.written),
    bytes === undefined ? undefined : `${formatBytes(bytes)}${listed.more && manifest === undefined ? ' or more' : ''}`,
    time === undefined ? undefined : formatAge(time),
    manifest?.mode,
  ].filter((part) => part !== undefined);
  item.description = parts.join(' · ');
  item.iconPath = current
    ? new vscode.ThemeIcon('pass-filled', new vscode.ThemeColor('testing.iconPassed'))
    : new vscode.ThemeIcon(gone ? 'circle-outline' : 'pass');
  if (gone) item.resourceUri = toned('dim', runId);
  item.contextValue = ['run', ...(current ? ['current'] : []), ...(gone ? ['gone'] : [])].join(' ');
  const hover = new Hover(`${item.label as string}${current ? ' – current set' : ''}`)
    .fact('Run', runId)
    .fact('Sync', syncId)
    .fact('Place', s3Uri(destinations.fields(destination).bucket, destinations.fields(destination).pathPrefix + syncId))
    .fact('Files', sizeText(files, bytes));
  addManifest(hover, manifest);
  if (gone)
    hover.line(
      manifest?.mode === 'mirror'
        ? 'A later run has taken the place of its files.'
        : 'Its files are not there any more.',
    );
  item.tooltip = hover.markdown;
  item.accessibilityInformation = {
    label: [`Run of ${item.label as string}`, ...parts].join(', '),
  };
  return item;
}

export function endedRunItem({ run }: EndedRunNode): vscode.TreeItem {
  const { runId, status, error, mode, durationMs } = run;
  const time = runTime(runId);
  const item = new vscode.TreeItem(time === undefined ? runId : formatTime(time), None);
  const failed = status === 'failed';
  item.iconPath = failed
    ? new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'))
    : new vscode.ThemeIcon('circle-slash');
  item.resourceUri = toned(failed ? 'error' : 'dim', runId);
  const what = error === undefined ? status : `${status}: ${error.code.replaceAll('-', ' ')}`;
  item.description = [what, time === undefined ? undefined : formatAge(time)]
    .filter((part) => part !== undefined)
    .join(' · ');
  const hover = new Hover(`${item.label as string} – ${status}`)
    .fact('Run', runId)
    .fact('Mode', mode)
    .fact('Took', formatDuration(durationMs));
  if (error !== undefined) hover.error(error.message);
  item.tooltip = hover.markdown;
  item.accessibilityInformation = { label: `Run of ${item.label as string}, ${item.description}` };
  return item;
}

/** Whether a run has a manifest but no files any more, as far as the listing shows. */
function isGone({ listed }: RunNode, manifest: Manifest | undefined): boolean {
  if (listed.objects.length > 0 || manifest === undefined || manifest.files.length === 0) return false;
  // Those of other names are not among what is listed by run.
  return manifest.files.every(({ key }) => key.split('/').some((part) => part.startsWith(listed.runId)));
}

function addManifest(hover: Hover, manifest: Manifest | undefined): void {
  if (manifest === undefined) {
    hover.line('There is no manifest of it, or it may not be read.');
    return;
  }
  const {
    kind,
    mode,
    format,
    gzip,
    rows,
    columns,
    durationMs,
    committedAt,
    primaryKey,
    replaced,
    leftovers = [],
  } = manifest;
  hover
    .fact('Mode', `${kind}, ${mode}`)
    .fact('Format', format === undefined ? 'files as they were' : `${format}${gzip ? ', gzip' : ''}`)
    .fact('Rows', format === undefined ? undefined : rows.written.toLocaleString('en-US'))
    .fact('Changes', changesText(rows))
    .fact('Columns', columns.length === 0 ? undefined : columns.length)
    .fact('Key', primaryKey?.join(', '))
    .fact('Committed', new Date(committedAt).toLocaleString())
    .fact('Took', formatDuration(durationMs))
    .fact('Replaced', replaced.length === 0 ? undefined : formatFiles(replaced.length));
  if (leftovers.length > 0) hover.warning(`${formatFiles(leftovers.length)} of the set before could not be deleted.`);
}

/** `+34 ~12 −3`; undefined where changes are not known. */
function changesText({ added, changed, removed }: RowCounts): string | undefined {
  const parts = [
    added === undefined ? '' : `+${added.toLocaleString('en-US')}`,
    changed ? `~${changed.toLocaleString('en-US')}` : '',
    removed ? `−${removed.toLocaleString('en-US')}` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(' ');
}

function sizeText(files: number, bytes: number | undefined): string {
  return bytes === undefined ? formatFiles(files) : `${formatFiles(files)}, ${formatBytes(bytes)}`;
}
