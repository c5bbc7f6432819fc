// Runs with members, one after the other, each held against the last.
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { startExport } from '../../../../src/core/engine/exporterProcess.ts';
import { feedRows } from '../../../../src/core/engine/rowPipe.ts';
import type { RowColumn } from '../../../../src/core/rows/rowColumns.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../../src/core/sync/textOptions.ts';
import type { FileOptions, JobSummary, MembersOrder, MemberState } from '../../../../src/exporter/protocol.ts';
import { type ExportedFile, finish, type Workspace } from '../exporting.ts';

/** Where the rows come from. */
export type Source = { sql: string } | { columns: RowColumn[]; rows: unknown[][] };

/** What a run gave: its files, its summary, and the state for the next. */
export interface MembersRun {
  files: ExportedFile[];
  summary: JobSummary;
  state: MemberState;
}

/** Runs an export with members to its end. By default it makes plain CSV, all in one file. @throws its problem */
export async function runMembers(
  workspace: Workspace,
  source: Source,
  members: Partial<MembersOrder>,
  { memoryLimit, ...files }: Partial<FileOptions> & { memoryLimit?: number } = {},
): Promise<MembersRun> {
  const file = path.join(workspace.folder, `${randomUUID()}.parquet`);
  const order = {
    job:
      'sql' in source
        ? { kind: 'query' as const, sql: source.sql }
        : { kind: 'rows' as const, columns: source.columns },
    files: { ...DEFAULT_TEXT_OPTIONS, format: 'csv' as const, maxFileBytes: 2 ** 40, ...files },
    members: { primaryKey: ['id'], write: 'newAndChanged' as const, fullRun: false, state: file, ...members },
  };
  const feed =
    'sql' in source
      ? undefined
      : (pipe: Parameters<typeof feedRows>[0]) => feedRows(pipe, source.columns, { rows: source.rows });
  const never = new AbortController().signal;
  const running = await startExport(order, workspace.options(memoryLimit), () => undefined, never, feed);
  const { files: written, summary } = await finish(running);
  const { columns } = summary;
  return { files: written, summary, state: { file, keyColumns: summary.members?.keyColumns ?? [], columns } };
}

/** The text of all files. */
export function textOf({ files }: MembersRun): string {
  return files.map(({ bytes }) => bytes.toString()).join('');
}
