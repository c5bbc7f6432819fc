import path from 'node:path';
import type { MemberState } from '../../exporter/protocol.ts';
import { isDenial, ProblemError } from '../problem.ts';
import type { CommitPlace } from './finishing.ts';
import type { ExportRequest } from './exportRequest.ts';
import { type Latest, parseLatest, parseManifest, type StateFacts } from './manifest.ts';
import { latestKey, runsFolder } from './syncKeys.ts';

/** Manifests that are looked through for a state when `latest.json` is gone. */
const MANIFESTS_LOOKED_AT = 20;

/** What a run that depends on earlier ones begins with. */
export interface RunStart {
  /** What names the current set; missing at the first run. */
  latest?: Latest;
  /** The ETag of `latest.json`, which must be the same when the run commits. */
  base?: string;
  /** The state of the last completed run, on this machine. */
  earlier?: MemberState;
}

/** Whether a run is held against the rows of the one before. */
export function needsState({ mode, onlyNewRows }: Pick<ExportRequest, 'mode' | 'onlyNewRows'>): boolean {
  return mode === 'add' || mode === 'upsert' || onlyNewRows;
}

/**
 * Reads what earlier runs have left.
 * @param folder where the state is put; the caller removes it
 * @throws ProblemError; `conflict` when what is there cannot be used
 */
export async function startRun(place: CommitPlace, request: ExportRequest, folder: string): Promise<RunStart> {
  const { store, destination, log } = place;
  const key = latestKey(destination.pathPrefix, request.syncId);
  const found = await store.readText(key);
  const base = found === undefined ? {} : { base: found.etag };
  const read = found === undefined ? undefined : parseLatest(found.text);
  if (read === 'newer') throw newer(key);
  const latest = typeof read === 'object' ? read : undefined;
  if (!needsState(request)) {
    if (read === 'damaged') log.warn(`${key} is damaged, and is written anew.`);
    return { ...base, ...(latest === undefined ? {} : { latest }) };
  }
  const last = latest ?? (await newestWithState(place, request.syncId));
  if (latest === undefined && last !== undefined) {
    const how = read === 'damaged' ? 'damaged' : 'gone';
    log.warn(`${key} is ${how}: the run is held against ${last.runId}, the newest run whose manifest is there.`);
  }
  if (request.fullRun || (last === undefined && read === undefined)) return { ...base, ...(latest && { latest }) };
  if (last === undefined) throw unusable(`${key} is damaged, and no manifest of an earlier run has a state.`);
  if (last.state === undefined) {
    throw unusable(
      `The last run of ${request.syncId} was ${last.mode === 'insert' ? 'an' : 'a'} ${last.mode}, which keeps no state.`,
      'invalid-argument',
    );
  }
  const earlier = await fetchState(place, last.state, folder);
  return { ...base, earlier, ...(latest && { latest }) };
}

async function fetchState({ store }: CommitPlace, state: StateFacts, folder: string): Promise<MemberState> {
  const file = path.join(folder, 'earlier.parquet');
  const fetched = await store.download(state.key, file);
  if (fetched === undefined) throw unusable(`The state ${state.key} of the last run is gone: somebody has removed it.`);
  if (fetched.sha256 !== state.sha256) {
    throw unusable(`The state ${state.key} of the last run is damaged: somebody has written over it.`);
  }
  return { file, keyColumns: state.keyColumns, columns: state.columns };
}

/** The newest run with a state, by the manifests; undefined where there is none, or where they cannot be listed. */
async function newestWithState({ store, destination }: CommitPlace, syncId: string): Promise<Latest | undefined> {
  let keys: string[];
  try {
    keys = (await store.listAll(runsFolder(destination.pathPrefix, syncId))).map((object) => object.key);
  } catch (error) {
    if (isDenial(error)) return undefined;
    throw error;
  }
  for (const key of keys.sort().reverse().slice(0, MANIFESTS_LOOKED_AT)) {
    const manifest = parseManifest((await store.readText(key))?.text ?? '');
    if (manifest?.state !== undefined) return { ...manifest, manifest: key };
  }
  return undefined;
}

function unusable(message: string, code: 'conflict' | 'invalid-argument' = 'conflict'): ProblemError {
  const fix = 'Run it once with “fullRun”: then all rows count as new.';
  return new ProblemError({ code, message, fix, confirm: 'fullRun' });
}

function newer(key: string): ProblemError {
  const message = `${key} was written by a newer version of the extension.`;
  return new ProblemError({ code: 'conflict', message, fix: 'Update the extension.' });
}
