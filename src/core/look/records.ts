import type { Cell, TableColumn } from '../table/tableSource.ts';

/** A record of a file. */
export interface FileRecord {
  cells: Cell[];
  /** How many fields were read for it, also those that are not shown: what it has cost. */
  fields: number;
  /** Where it ends: bytes of the text in UTF-8, from the text's beginning, with its line break. */
  end: number;
}

/** What came of a piece of text. */
export interface Read {
  records: FileRecord[];
  /** Why nothing after these records can be read. */
  stopped?: string;
}

/** Takes text piece by piece and gives the records that end in it. */
export interface RecordReader {
  add(text: string): Promise<Read>;
  /** There is no more text. */
  end(): Promise<Read>;
  /** The columns, as far as they are known by now. New ones are added at the end. */
  columns(): readonly TableColumn[];
  /** What is to be said of what was read so far. */
  remarks(): string[];
}

/** A record that is longer is taken for a mistake: nobody could read it, and it would fill the memory. */
export const MAX_RECORD_BYTES = 8 << 20;
/** Columns beyond these are not shown. */
export const MAX_COLUMNS = 1000;
