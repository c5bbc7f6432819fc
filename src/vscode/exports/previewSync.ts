import { formatRows } from '../../core/format.ts';
import type { RunPreview } from '../../core/sync/previewRun.ts';
import { showReport } from '../reports.ts';

/** Shows what a run would do as a document. @param title names the sync and its destination */
export async function showPreview(title: string, preview: RunPreview): Promise<void> {
  const { keys, rows, wouldDelete, permissions, sample } = preview;
  const list = (items: readonly string[]): string =>
    items.length === 0 ? 'Nothing.' : items.map((item) => `- \`${item}\``).join('\n');
  const counts = rows === undefined ? 'Not counted: it would take long.' : countsText(rows);
  const parts = [
    `# Preview of ${title}`,
    'Nothing was written.',
    `## Rows\n\n${counts}`,
    `## Would be written\n\n${list(keys)}`,
    `## Would be deleted\n\n${list(wouldDelete)}`,
    `## Permissions that it needs\n\n${list(permissions)}`,
    `## First lines\n\n\`\`\`\`\n${sample.trimEnd()}\n\`\`\`\``,
  ];
  await showReport('preview', title, `${parts.join('\n\n')}\n`);
}

function countsText({ read, written, added, changed, removed }: NonNullable<RunPreview['rows']>): string {
  const changes = [
    added === undefined ? undefined : `${added} added`,
    changed === undefined ? undefined : `${changed} changed`,
    removed === undefined ? undefined : `${removed} removed`,
  ].filter((part) => part !== undefined);
  const text = `${formatRows(read)} read, ${formatRows(written)} to be written`;
  return changes.length === 0 ? `${text}.` : `${text}: ${changes.join(', ')}.`;
}
