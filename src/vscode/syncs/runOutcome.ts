import { formatBytes, formatDuration, formatFiles, formatRows } from '../../core/format.ts';
import { type Problem, ProblemError } from '../../core/problem.ts';
import type { RunResult } from '../../core/sync/runResult.ts';

/** How a run of a sync ended. Plain JSON. */
export interface RunOutcome {
  syncId: string;
  /** The URI of the file that defines it. */
  definition: string;
  status: 'completed' | 'failed' | 'cancelled';
  result?: RunResult;
  problem?: Problem;
}

/** How a run ended that has thrown. */
export function outcomeOfError(error: unknown): Pick<RunOutcome, 'status' | 'problem'> {
  const problem: Problem =
    error instanceof ProblemError
      ? error.problem
      : { code: 'upload-failed', message: error instanceof Error ? error.message : String(error) };
  return { status: problem.code === 'cancelled' ? 'cancelled' : 'failed', problem };
}

/** What a run has done, in a line: `1,234 rows, 2 files, 56 MB, 8 s`. */
export function resultText({ rows, files, durationMs }: RunResult): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const changes = [
    rows.added === undefined ? undefined : `+${rows.added}`,
    rows.changed === undefined ? undefined : `~${rows.changed}`,
    rows.removed === undefined ? undefined : `−${rows.removed}`,
  ].filter((part) => part !== undefined);
  const counted = `${formatRows(rows.written)}${changes.length === 0 ? '' : ` (${changes.join(' ')})`}`;
  return [counted, formatFiles(files.length), formatBytes(bytes), formatDuration(durationMs)].join(', ');
}
