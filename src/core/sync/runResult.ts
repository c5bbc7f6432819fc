import type { FileFormat } from '../destination/fileFormat.ts';
import type { Mode } from './exportRequest.ts';

/** A file that a run has put there. */
export interface ResultFile {
  key: string;
  /** As it lies at the store. */
  bytes: number;
  rows: number;
  /** Lower case hex, over the bytes as they lie at the store. */
  sha256: string;
}

/** How many rows a run has read and written, and what became of them against the run before, where that is known. */
export interface RowCounts {
  read: number;
  written: number;
  added?: number;
  changed?: number;
  removed?: number;
}

/** A file of an earlier set that a mirror should have removed and could not. */
export interface Leftover {
  key: string;
  /** The store's code, such as `AccessDenied`. */
  code: string;
}

/** What a completed run has done. Plain JSON. */
export interface RunResult {
  runId: string;
  syncId: string;
  status: 'completed';
  mode: Mode;
  /** Missing when files were copied as they are. */
  format?: FileFormat;
  /** Files that were copied as they are have none. */
  rows: RowCounts;
  files: ResultFile[];
  /** The key of the run's manifest; missing when nothing was written, or when it could not be. */
  manifest?: string;
  /** The keys that the run has deleted because its own files took their place. */
  replaced: string[];
  /** What is left of earlier sets; the next run takes it up. Missing when nothing is. */
  leftovers?: Leftover[];
  /** What the user should know although the run has completed; one sentence each. Missing when there is nothing. */
  warnings?: string[];
  /** ISO 8601, in UTC. */
  startedAt: string;
  durationMs: number;
}
