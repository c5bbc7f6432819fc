import type { CsvOptions, JsonlOptions } from './core/sync/textOptions.ts';
import type { RowColumn } from './core/rows/rowColumns.ts';
import type { RunResult } from './core/sync/runResult.ts';

/**
 * What `activate()` returns: `vscode.extensions.getExtension('s3destinations.s3-destinations').activate()` resolves to it.
 */
export interface S3DestinationsApi {
  /**
   * Exports rows that the caller holds, all or nothing, without a prompt. Progress is shown, and can be cancelled, as for
   * a query. Rows are pulled as S3 takes them; the iterator's `return()` is called when no more are wanted.
   * @throws an `Error` with a stable `code` and a `problem`; then nothing was written. Among the codes:
   * - `invalid-argument`: an argument, or a value that does not fit its column (the message names column and row)
   * - `duplicate-column`: JSON Lines needs names that are unique
   * - `query-failed`: the caller's iterator has thrown; the message says what. An error of ours keeps its code
   * - `cancelled`: by `signal`, or by the user
   */
  exportRows(request: ExportRowsRequest): Promise<RunResult>;
}

/** What to export, and how: the rows, and besides what the command `exportQuery` takes. */
export type ExportRowsRequest = ExportSettings & (SingleRows | RowBatches);

/** A row has a value for each column, in their order. */
export type Row = readonly unknown[];

/** Rows one by one. The array may be used again for the next row: it is copied when it is pulled. */
export interface SingleRows {
  rows: Iterable<Row> | AsyncIterable<Row>;
  batches?: undefined;
}

/**
 * Rows by the array, as cursors give them: much faster than single rows where the iterator is asynchronous. It has a
 * property of its own because rows and batches cannot be told apart by their looks: a row's values may be arrays, too.
 */
export interface RowBatches {
  batches: Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>;
  rows?: undefined;
}

/** How rows are written. What is missing, the destination and the settings decide. */
export interface ExportSettings {
  /** The name of a destination that the user has defined. */
  destination: string;
  /** The folder below the destination's prefix: 1 to 128 of `A-Z a-z 0-9 . _ -`. */
  syncId: string;
  /**
   * At least one. `null` and `undefined` are NULL in each. A column without a type takes what comes: text as text, a number
   * as an integer where it is a safe one and else as a double, `bigint`, `boolean`, a `Date` as `timestamptz`, a
   * `Uint8Array` as base64, arrays and objects as JSON. With a type, values are checked; each may be passed as text, too:
   *
   * | type | values |
   * |---|---|
   * | `text` | strings only |
   * | `integer` | `bigint`, safe integers, digits; of any length. A number beyond 2^53 is refused: it may have lost digits |
   * | `decimal` | `"1.10"` keeps every digit; `bigint`, numbers (integers must be safe) |
   * | `double` | numbers, `"1e-5"`, `"NaN"`, `"Infinity"` |
   * | `boolean` | `true`, `false` |
   * | `date` | `"2026-11-22"`, a `Date` at midnight in UTC |
   * | `time` | `"21:03:01.5"` |
   * | `timestamp` | `"2026-11-22T21:03:01.5"` without a zone; a `Date` gives its time in UTC |
   * | `timestamptz` | a `Date`, or text with `Z` or an offset; written in UTC with `Z` |
   * | `blob` | a `Uint8Array`, or base64 |
   * | `json` | any value; a string is taken for JSON text, of which every digit is kept |
   */
  columns: readonly RowColumn[];
  /** What the rows are; an audience needs `primaryKey`. */
  kind?: 'model' | 'audience';
  /** Of a model `insert` (the default) or `mirror`, of an audience `add` (the default), `upsert` or `mirror`. */
  mode?: 'insert' | 'mirror' | 'add' | 'upsert';
  /** The columns that tell rows apart. */
  primaryKey?: string | readonly string[];
  /** For `insert`: leaves out rows whose key was there at the last completed run. */
  onlyNewRows?: boolean;
  /** For `mirror`: whether rows may be replaced by none. */
  allowEmptyMirror?: boolean;
  /** Takes all rows for new where they cannot be compared with those of the last run. */
  fullRun?: boolean;
  format?: 'csv' | 'jsonl';
  gzip?: boolean;
  csv?: Partial<CsvOptions>;
  jsonl?: Partial<JsonlOptions>;
  /** A template, such as `{run_time}-{run}-{part}.{ext}`. */
  fileName?: string;
  /** A file ends, at the end of a row, before it is larger than this. */
  maxFileBytes?: number;
  /** A file ends after so many rows. */
  maxFileRows?: number;
  /** Whether no rows make a file of nothing but the header; by default nothing is written. */
  emptyFile?: boolean;
  /** Cancels the export when it is aborted. */
  signal?: AbortSignal;
}
