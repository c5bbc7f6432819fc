import { sideFolder } from '../destination/keys.ts';

/** The key of the file that names a sync's current set. */
export function latestKey(pathPrefix: string, syncId: string): string {
  return `${sideFolder(pathPrefix, syncId)}latest.json`;
}

/** The key of a sync's commit record. There is one for all runs: who holds it commits. */
export function recordKey(pathPrefix: string, syncId: string): string {
  return `${sideFolder(pathPrefix, syncId)}commit.json`;
}

/** The folder of a sync's manifests, with a slash at the end. */
export function runsFolder(pathPrefix: string, syncId: string): string {
  return `${sideFolder(pathPrefix, syncId)}runs/`;
}

/** The key of a run's manifest. */
export function manifestKey(pathPrefix: string, syncId: string, runId: string): string {
  return `${runsFolder(pathPrefix, syncId)}${runId}.json`;
}

/** The key of the state that a run leaves for the next to be held against. */
export function stateKey(pathPrefix: string, syncId: string, runId: string): string {
  return `${sideFolder(pathPrefix, syncId)}state/${runId}.parquet`;
}
