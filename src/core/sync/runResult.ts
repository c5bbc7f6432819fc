import type { FileFormat } from '../destination/destination.ts';
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

/** What a completed run has done. Plain JSON. */
export interface RunResult {
  runId: string;
  syncId: string;
  status: 'completed';
  mode: Mode;
  /** Missing when files were copied as they are. */
  format?: FileFormat;
  /** Files that were copied as they are have none. */
  rows: { read: number; written: number };
  files: ResultFile[];
  /** The key of the run's manifest; missing when nothing was written, or when it could not be. */
  manifest?: string;
  /** The keys that the run has deleted because its own files took their place. */
  replaced: string[];
  /** ISO 8601, in UTC. */
  startedAt: string;
  durationMs: number;
}
