import type { Column } from '../../exporter/protocol.ts';
import { sideFolder } from '../destination/keys.ts';
import type { RunResult } from './runResult.ts';

export const MANIFEST_VERSION = 1;

/** What is written down of a run beside its data: what it is, for readers and for the tree. */
export interface Manifest extends Omit<RunResult, 'manifest'> {
  version: typeof MANIFEST_VERSION;
  columns: Column[];
  gzip: boolean;
  /** ISO 8601, in UTC. */
  committedAt: string;
}

/** The key of a run's manifest. */
export function manifestKey(pathPrefix: string, syncId: string, runId: string): string {
  return `${runsFolder(pathPrefix, syncId)}${runId}.json`;
}

/** The folder of a sync's manifests, with a slash at the end. */
export function runsFolder(pathPrefix: string, syncId: string): string {
  return `${sideFolder(pathPrefix, syncId)}runs/`;
}

/** Reads a manifest; undefined for anything that is not one of a version that is known here. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(text) as Partial<Manifest> | null;
    const known = manifest?.version === MANIFEST_VERSION && Array.isArray(manifest.files);
    return known ? (manifest as Manifest) : undefined;
  } catch {
    return undefined;
  }
}
