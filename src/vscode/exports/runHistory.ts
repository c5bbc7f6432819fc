import { Arguments } from '../../core/arguments.ts';
import { syncIdBreach } from '../../core/destination/keys.ts';
import { formatBytes, formatDuration, formatRows } from '../../core/format.ts';
import type { EndedRun } from '../../core/sync/runHistory.ts';
import type { Stores } from '../destinations/stores.ts';
import { showReport } from '../reports.ts';

const SHOWN = 200;

/**
 * The runs of a sync, newest first, as a document and as plain JSON.
 * @param given `{destination, syncId, show?}`
 * @throws ProblemError
 */
export async function showRunHistory(
  stores: Stores,
  history: string,
  given: Record<string, unknown>,
): Promise<{ runs: EndedRun[] }> {
  const argument = new Arguments(given);
  const name = argument.text('destination');
  const syncId = argument.text('syncId');
  argument.refuse('syncId', syncIdBreach(syncId));
  const { destination, store } = await stores.get(name);
  const { runHistory } = await import('../../core/sync/runHistory.ts');
  const runs = await runHistory(store, destination, history, syncId, SHOWN);
  if (argument.flag('show', true)) await showReport('runs', `${syncId} → ${name}`, report(syncId, name, runs));
  return { runs };
}

function report(syncId: string, name: string, runs: readonly EndedRun[]): string {
  const head = `# Runs of ${syncId} → ${name}\n\n`;
  if (runs.length === 0) return `${head}There is none yet.\n`;
  const rows = runs.map((run) => `| ${cells(run).join(' | ')} |`);
  return `${head}| started | status | mode | rows | changes | files | size | took | run |\n${'|---'.repeat(9)}|\n${rows.join('\n')}\n`;
}

function cells({ startedAt, status, mode, rows, files, bytes, durationMs, runId, error }: EndedRun): string[] {
  const changes = [
    rows?.added === undefined ? undefined : `+${rows.added}`,
    rows?.changed === undefined ? undefined : `~${rows.changed}`,
    rows?.removed === undefined ? undefined : `−${rows.removed}`,
  ].filter((part) => part !== undefined);
  return [
    startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'),
    error === undefined
      ? status
      : `${status}: ${error.code} – ${error.message.replaceAll('|', '\\|').replace(/\s+/g, ' ')}`,
    mode,
    rows === undefined ? '' : formatRows(rows.written),
    changes.join(' '),
    files === undefined ? '' : String(files),
    bytes === undefined ? '' : formatBytes(bytes),
    formatDuration(durationMs),
    runId,
  ];
}
