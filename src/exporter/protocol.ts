import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { FileFormat } from '../core/destination/fileFormat.ts';
import type { Problem } from '../core/problem.ts';
import type { RowColumn } from '../core/rows/rowColumns.ts';
import type { BoundValues } from '../core/sql/parameters.ts';
import type { CsvOptions, TextOptions } from '../core/sync/textOptions.ts';

/** The file descriptor on which the exporter sends its frames. Control messages go over the IPC channel. */
export const FRAMES_FD = 3;

/** The file descriptor on which the host sends rows, for jobs that take them. */
export const ROWS_FD = 4;

/** The argument of an exporter that has to wait for its order. The one before is the folder for temporary files. */
export const WAITS = 'waits';

/** How the query engine is set up. */
export interface EngineOptions {
  /** Bytes. What does not fit goes to `scratch`. */
  memoryLimit: number;
  /** How many threads the engine may use. */
  threads: number;
  /** Has the engine write to a file that is read as it grows, as where there are no named pipes. */
  spool: boolean;
  /** A folder of this run's own. The host removes it, whatever becomes of the exporter. */
  scratch: string;
  /** What a query may read. */
  readable: Readable;
}

/** How it is set up for an order, and where. */
export interface OrderedEngine extends EngineOptions {
  /** The folder that relative paths start from. */
  workingDirectory: string;
}

/** Absolute paths of folders, with all that lies below them, but without what links in them lead to; or all files. */
export type Readable = readonly string[] | 'anything';

/** How files are written. */
export interface FileOptions extends TextOptions {
  format: FileFormat;
  /** 1 (fastest) to 9 (smallest); missing for files that are not gzipped. */
  gzipLevel?: number;
  /** A file ends, at the end of a record, before it has more bytes than this, as they go to S3. */
  maxFileBytes: number;
  /** A file ends after so many records. */
  maxFileRows?: number;
}

/** The result of a query. */
export interface QueryJob {
  kind: 'query';
  sql: string;
  /** Statements that run first: views, macros. */
  preparation?: string;
  /** The values of all parameters that are in both. */
  parameters?: BoundValues;
}

/** A file on disk, and its path within the run: with slashes, and without a slash at its start. */
export interface SourceFile {
  path: string;
  name: string;
}

/** Files, byte for byte or converted to the format that the order says. */
export interface FilesJob {
  kind: 'files';
  files: readonly SourceFile[];
  convert: boolean;
}

/** Rows that the host sends while the job runs; see `ROWS_FD`. */
export interface RowsJob {
  kind: 'rows';
  columns: RowColumn[];
}

/** What is to be exported. */
export type Job = QueryJob | FilesJob | RowsJob;

/** What is kept of the rows of a completed run, so that the next can be held against them. */
export interface MemberState {
  /** The Parquet file on this machine: for each row its key and a hash of its values. */
  file: string;
  /** The key columns and all columns of the run that it is of. */
  keyColumns: Column[];
  columns: Column[];
}

/** Which rows of a job are written, told by their keys. */
export interface MembersOrder {
  /** Names of the key columns, as the caller gave them. */
  primaryKey: string[];
  /** All rows, those whose key is new, or also those whose other values have changed. */
  write: 'all' | 'new' | 'newAndChanged';
  /** The rows of the last completed run; missing when there was none. */
  earlier?: MemberState;
  /** The path of the Parquet file to be made of the rows of this run; missing where none is kept. */
  state?: string;
  /** Takes all rows for new where they cannot be compared with the earlier ones, rather than to refuse. */
  fullRun: boolean;
}

/** What to export, and how. */
export interface ExportOrder {
  job: Job;
  files: FileOptions;
  /** For rows with a key. Keys that are NULL or stand twice are refused before the first file begins. */
  members?: MembersOrder;
  engine: OrderedEngine;
}

/** A column of the result, as the engine describes it. */
export interface Column {
  name: string;
  type: string;
}

/** What is known when the query has run to its end. */
export interface JobSummary {
  columns: Column[];
  /** Rows that were written. */
  rows: number;
  /** Of a job with members only. */
  members?: MembersSummary;
}

/** What has become of the rows of a job with members. */
export interface MembersSummary {
  /** Rows that the source gave. */
  read: number;
  keyColumns: Column[];
  /** Against the earlier rows; missing where all rows are written without a comparison. */
  changes?: { added: number; changed: number; removed: number };
}

/** A query of which only the columns are wanted: it is checked, not run. */
export interface DescribeOrder {
  query: Omit<QueryJob, 'kind'>;
  engine: OrderedEngine;
}

/** One of two runs that are compared: its files on this machine. */
export interface ComparedRun {
  files: readonly SourceFile[];
  /** Names of the columns, where the run's manifest tells. */
  columns?: readonly string[];
  /** How its CSV was written, where the manifest tells. */
  csv?: CsvOptions;
}

/** Which rows to compare, and how. */
export interface CompareOrder {
  before: ComparedRun;
  after: ComparedRun;
  /** Names of the key columns; whole rows are compared where a run does not have them. */
  key?: readonly string[];
  /** Of CSV, where neither a manifest nor the files’ headers tell. */
  delimiter?: string;
  /** How many rows of each kind are given as samples at most. */
  samples: number;
  engine: OrderedEngine;
}

/** A row as text, by column; null is NULL. Columns that it does not have are missing. */
export type SampleRow = Record<string, string | null>;

/** A row that differs: as it was, and as it is; a changed one has both. */
export interface RowDifference {
  before?: SampleRow;
  after?: SampleRow;
}

/** How the rows of two runs differ. */
export interface RowComparison {
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
  /** The columns by which rows were taken for the same; missing where whole rows were compared. */
  key?: string[];
  /** Columns that both runs have, which were compared, and those that one has. */
  columns: { both: string[]; onlyBefore: string[]; onlyAfter: string[] };
  /** Keys that several rows of a run have. */
  repeatedKeys: number;
  samples: { added: RowDifference[]; changed: RowDifference[]; removed: RowDifference[] };
}

/** How often the exporter says how far it is: no more often than a person reads it, as each time the editor draws anew. */
export const REPORT_EVERY_MS = 400;

/** How far the job is; sent a few times a second. */
export interface JobProgress {
  rows: number;
  /** Bytes handed over to the host. */
  bytes: number;
  /** Source files that are done, where files are exported. */
  files?: number;
  /** How much of all that is, up to 100, where that can be told. It never becomes less. */
  percent?: number | undefined;
}

/** What is known of a file before its first byte is sent. */
export interface FileHead {
  /** Its path within the run, for a file that has a name of its own. */
  name?: string;
  /** For a file that is not of the run's format. */
  contentType?: string;
}

/** What is known of a file once its last byte has been sent. */
export interface FileStats {
  rows: number;
  /** As they go to S3. */
  bytes: number;
  /** Before gzip. */
  plainBytes: number;
  /** Lower case hex, over the bytes as they go to S3. */
  sha256: string;
}

/** The `data` of a control error: a problem in its plain form. */
export type ExporterErrorData = Problem;

/** Carries out an order; its files arrive as frames meanwhile. Answers after the last frame has been sent. */
export const exportRequest = new RequestType<ExportOrder, JobSummary, ExporterErrorData>('export');
export const progressNotification = new NotificationType<JobProgress>('progress');

/** Gives no columns where they cannot be known without running more than the query. No frames are sent. */
export const describeRequest = new RequestType<DescribeOrder, Column[], ExporterErrorData>('describe');

/** Compares two runs. No frames are sent. */
export const compareRequest = new RequestType<CompareOrder, RowComparison, ExporterErrorData>('compare');
