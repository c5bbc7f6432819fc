import type { StagedUpload } from '../s3/staging.ts';
import type { Manifest } from './manifest.ts';

export const RECORD_VERSION = 1;

/** A file of an earlier set that a run replaces, as it was when the run looked at it. */
export interface Replaced {
  key: string;
  etag?: string;
}

/**
 * What is written down before the first object of a run becomes visible: all that is needed to finish the commit, whoever
 * does it. Plain JSON.
 */
export interface CommitRecord {
  version: typeof RECORD_VERSION;
  state: 'committing';
  runId: string;
  syncId: string;
  /** Who carries it out: a machine and a process. */
  owner: string;
  /** The data, and at the end the state where the run has one. */
  uploads: StagedUpload[];
  /** The key of a single small object that is put in one request, in the place of uploads. */
  kept?: string;
  /** Whether none of the objects may take the place of another. */
  onlyNew: boolean;
  /** The ETag of the `latest.json` that the run started from; missing when there was none. */
  base?: string;
  /** The run's manifest, but for what is known only after the commit. */
  manifest: Manifest;
  /** The files of earlier sets that go once the new set is there. */
  replace: Replaced[];
}

/** What stands in the place of a record when nobody commits. */
export interface ReleasedRecord {
  version: typeof RECORD_VERSION;
  state: 'released';
  /** The run that was committed or given up last. */
  runId: string;
}

/** Reads what stands in a commit record's place. */
export function parseRecord(text: string): CommitRecord | ReleasedRecord | 'damaged' | 'newer' {
  try {
    const record = JSON.parse(text) as { version?: number; state?: string; runId?: string } | null;
    if (typeof record?.version === 'number' && record.version > RECORD_VERSION) return 'newer';
    const known = record?.version === RECORD_VERSION && typeof record.runId === 'string';
    if (known && record.state === 'released') return record as ReleasedRecord;
    return known && record.state === 'committing' ? (record as CommitRecord) : 'damaged';
  } catch {
    return 'damaged';
  }
}
