import type { Column } from '../../exporter/protocol.ts';
import type { Kind } from './exportRequest.ts';
import type { ResultFile, RunResult } from './runResult.ts';
import type { CsvOptions } from './textOptions.ts';

export const MANIFEST_VERSION = 1;

/** A file of a run, as it lies at the store. */
export interface ManifestFile extends ResultFile {
  /** By which it is known whether somebody has written over it; missing where the store did not tell. */
  etag?: string;
}

/** The state of a run: which rows it had, for the next run to be held against. */
export interface StateFacts {
  key: string;
  bytes: number;
  sha256: string;
  /** The key columns and all columns of the run. */
  keyColumns: Column[];
  columns: Column[];
}

/** What is written down of a run beside its data: what it is, for readers, for the tree and for later runs. */
export interface Manifest extends Omit<RunResult, 'manifest' | 'files' | 'warnings'> {
  version: typeof MANIFEST_VERSION;
  kind: Kind;
  onlyNewRows?: boolean;
  columns: Column[];
  gzip: boolean;
  /** How CSV was written; missing for another format, and in manifests of earlier versions. */
  csv?: CsvOptions;
  files: ManifestFile[];
  /** ISO 8601, in UTC. */
  committedAt: string;
  /** SHA-256 of the query's text, lower case hex; missing where there is no query. */
  modelHash?: string;
  primaryKey?: string[];
  state?: StateFacts;
}

/**
 * What names a sync's current set: the file that readers read who must never see two sets at once. It is replaced in one
 * write, at the moment at which a run takes effect.
 */
export interface Latest {
  version: typeof MANIFEST_VERSION;
  syncId: string;
  runId: string;
  kind: Kind;
  mode: RunResult['mode'];
  onlyNewRows?: boolean;
  /** Missing when files were copied as they are. */
  format?: RunResult['format'];
  /** ISO 8601, in UTC. */
  committedAt: string;
  /** The key of the run's manifest. */
  manifest: string;
  columns: Column[];
  files: ManifestFile[];
  state?: StateFacts;
}

/** Why a file of ours cannot be used. */
export type Unusable = 'damaged' | 'newer';

/** Reads a manifest; undefined for anything that is not one of a version that is known here. */
export function parseManifest(text: string): Manifest | undefined {
  const manifest = readVersioned(text);
  if (typeof manifest === 'string') return undefined;
  const { rows, replaced } = manifest;
  const isWhole = isOf(rows, { read: 'number', written: 'number' }) && Array.isArray(replaced);
  return isWhole ? (manifest as unknown as Manifest) : undefined;
}

/** Reads what names the current set. */
export function parseLatest(text: string): Latest | Unusable {
  const latest = readVersioned(text);
  if (typeof latest === 'string') return latest;
  return typeof latest.manifest === 'string' ? (latest as unknown as Latest) : 'damaged';
}

function readVersioned(text: string): Record<string, unknown> | Unusable {
  try {
    // Of stores that answer with empty ETags, some manifests have them: what is not known is missing here.
    const known = (name: string, value: unknown): unknown => (name === 'etag' && value === '' ? undefined : value);
    const value = JSON.parse(text, known) as Record<string, unknown> | null;
    if (typeof value?.version === 'number' && value.version > MANIFEST_VERSION) return 'newer';
    if (value?.version !== MANIFEST_VERSION || !isOf(value, { runId: 'string', mode: 'string' })) return 'damaged';
    const { files, columns } = value;
    const isWhole =
      areOf(files, { key: 'string', bytes: 'number', rows: 'number' }) &&
      areOf(columns, { name: 'string', type: 'string' });
    return isWhole ? value : 'damaged';
  } catch {
    return 'damaged';
  }
}

type Fields = Readonly<Record<string, 'string' | 'number'>>;

function areOf(values: unknown, fields: Fields): boolean {
  return Array.isArray(values) && values.every((value) => isOf(value, fields));
}

/** Anybody who may write at the destination may have written it: what others rely on has to be there. */
function isOf(value: unknown, fields: Fields): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(fields).every(([name, type]) => typeof (value as Record<string, unknown>)[name] === type);
}

/** What names the set of the run that a manifest is of. @param key the manifest's */
export function latestOf(manifest: Manifest, key: string): Latest {
  const { version, syncId, runId, kind, mode, onlyNewRows, format, committedAt, columns, files, state } = manifest;
  return {
    ...{ version, syncId, runId, kind, mode, ...(onlyNewRows === true ? { onlyNewRows } : {}) },
    ...(format === undefined ? {} : { format }),
    ...{ committedAt, manifest: key, columns, files },
    ...(state === undefined ? {} : { state }),
  };
}
