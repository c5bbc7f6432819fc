import { type RunningExport, startExport } from '../../../src/core/engine/exporterProcess.ts';
import { feedRows } from '../../../src/core/engine/rowPipe.ts';
import type { RowSequence } from '../../../src/core/rows/rowBatches.ts';
import type { RowColumn } from '../../../src/core/rows/rowColumns.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../src/core/sync/textOptions.ts';
import type { FileOptions } from '../../../src/exporter/protocol.ts';
import { type ExportedFile, finish, type Workspace } from './exporting.ts';

/** Starts an export of rows in a process of its own. By default it makes plain CSV, all in one file. */
export function startRows(
  workspace: Workspace,
  columns: RowColumn[],
  sequence: RowSequence,
  files: Partial<FileOptions> = {},
  signal = new AbortController().signal,
): Promise<RunningExport> {
  const options = { ...DEFAULT_TEXT_OPTIONS, format: 'csv', maxFileBytes: 2 ** 40, ...files } as const;
  const order = { job: { kind: 'rows', columns }, files: options } as const;
  const feed = (pipe: Parameters<typeof feedRows>[0]) => feedRows(pipe, columns, sequence);
  return startExport(order, workspace.options(), () => undefined, signal, feed);
}

/** The files that rows make. @throws the export's problem */
export async function filesOfRows(...all: Parameters<typeof startRows>): Promise<ExportedFile[]> {
  return (await finish(await startRows(...all))).files;
}

/** The text that rows make. @throws the export's problem */
export async function textOfRows(...all: Parameters<typeof startRows>): Promise<string> {
  return (await filesOfRows(...all)).map(({ bytes }) => bytes.toString()).join('');
}
