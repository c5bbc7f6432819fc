import type * as vscode from 'vscode';
import { formatFiles, formatList, formatRows } from '../../core/format.ts';
import type { PreviewedRun, RunPreview } from '../../core/sync/previewRun.ts';
import { rowsAtHand, type TableMessage } from '../../core/table/tableSource.ts';
import { showReport } from '../reports.ts';

/** Of long lists, only the first are named in the table; its text has all. */
const NAMED = 3;

/**
 * Shows what a run would do: its first rows as a table, and what else there is to say. As text, it is all of it.
 * @param title names the sync and its destination
 * @param extensionUri the folder of the extension
 */
export async function showPreview(
  title: string,
  { preview, table }: PreviewedRun,
  extensionUri: vscode.Uri,
): Promise<void> {
  const { rows } = preview;
  const facts = { note: countsOf(preview), messages: messagesOf(preview), ...(rows && { total: rows.written }) };
  const { showTable } = await import('../table/showTable.ts');
  showTable({
    title: `Preview of ${title}`,
    id: `preview of ${title}`,
    source: rowsAtHand(table.columns, table.rows, facts),
    extensionUri,
    openAsText: () => showReport('preview', title, reportOf(title, preview)),
  });
}

function messagesOf({ keys, wouldDelete, permissions }: RunPreview): TableMessage[] {
  const writes = keys.length === 0 ? 'nothing' : `${formatFiles(keys.length)}: ${formatList(keys, NAMED)}`;
  const messages: TableMessage[] = [{ kind: 'info', text: `Nothing was written. A run would write ${writes}.` }];
  if (wouldDelete.length > 0) {
    const text = `It would delete ${formatFiles(wouldDelete.length)} of earlier sets: ${formatList(wouldDelete, NAMED)}.`;
    messages.push({ kind: 'warning', text });
  }
  return [...messages, { kind: 'info', text: `It needs ${permissions.join(', ')}.` }];
}

function reportOf(title: string, preview: RunPreview): string {
  const { keys, columns, wouldDelete, permissions, sample } = preview;
  const list = (items: readonly string[]): string =>
    items.length === 0 ? 'Nothing.' : items.map((item) => `- \`${item}\``).join('\n');
  const types = columns?.map(({ name, type }) => `${name} ${type}`);
  const parts = [
    `# Preview of ${title}`,
    'Nothing was written.',
    `## Rows\n\n${countsOf(preview)}.`,
    ...(types === undefined ? [] : [`## Columns\n\n${list(types)}`]),
    `## Would be written\n\n${list(keys)}`,
    `## Would be deleted\n\n${list(wouldDelete)}`,
    `## Permissions that it needs\n\n${list(permissions)}`,
    `## First lines\n\n\`\`\`\`\n${sample.trimEnd()}\n\`\`\`\``,
  ];
  return `${parts.join('\n\n')}\n`;
}

function countsOf({ rows }: RunPreview): string {
  if (rows === undefined) return 'not counted: it would take long';
  const { read, written, added, changed, removed } = rows;
  const changes = [
    added === undefined ? undefined : `${added} added`,
    changed === undefined ? undefined : `${changed} changed`,
    removed === undefined ? undefined : `${removed} removed`,
  ].filter((part) => part !== undefined);
  const text = `${formatRows(read)} read, ${formatRows(written)} to be written`;
  return changes.length === 0 ? text : `${text}: ${changes.join(', ')}`;
}
