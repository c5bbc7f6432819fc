import type { Column } from '../../exporter/protocol.ts';
import { CsvRecords } from '../look/csvRecords.ts';
import { withKinds } from '../look/columnKinds.ts';
import { JsonlRecords } from '../look/jsonlRecords.ts';
import { type Cell, kindOfType, type TableColumn } from '../table/tableSource.ts';
import type { ExportRequest } from './exportRequest.ts';

const MOST_ROWS = 1000;

/** The first rows of a run, as they would be written. */
export interface PreviewTable {
  columns: readonly TableColumn[];
  rows: Cell[][];
}

/**
 * Reads the beginning of a run's first file as a table.
 * @param beginning the text, and whether it is all of the file; what is cut of a record is left out
 * @param columns of the rows, where they are known
 */
export async function previewTable(
  { text, whole }: { text: string; whole: boolean },
  { format, text: options }: Pick<ExportRequest, 'format' | 'text'>,
  columns: readonly Column[] | undefined,
): Promise<PreviewTable> {
  const known = columns?.map(({ name, type }): TableColumn => ({ name, kind: kindOfType(type), type }));
  const hints = { options: options.csv, ...(known === undefined ? {} : { columns: known }) };
  const reader = format === 'csv' ? new CsvRecords(hints) : new JsonlRecords(known);
  const { records } = await reader.add(text.replace(/^\uFEFF/, ''));
  if (whole) records.push(...(await reader.end()).records);
  const rows = records.slice(0, MOST_ROWS).map(({ cells }) => cells);
  // Without a header, a file without rows tells nothing of its columns.
  const found = text === '' ? (known ?? []) : reader.columns();
  return { columns: known === undefined ? withKinds(found, rows) : found, rows };
}
