import type { Destination } from '../destination/destination.ts';
import { invalidArgument, ProblemError } from '../problem.ts';
import type { Store } from '../s3/store.ts';
import type { Replaced } from './commitRecord.ts';
import type { ExportRequest } from './exportRequest.ts';
import { type ExportSource, isCopied } from './exportSource.ts';
import { isUniqueToRun } from './fileName.ts';
import type { Latest } from './manifest.ts';
import { type EarlierFile, earlierFiles } from './replacing.ts';
import type { ResultFile } from './runResult.ts';

/** What a run's files do to what is there. */
export interface Placement {
  /** Files of earlier sets that go. */
  replace: Replaced[];
  /** Whether none of the files may take the place of another object. */
  onlyNew: boolean;
  /** What the user should know of it. */
  warnings: string[];
}

/** What is to be placed, and where. */
export interface PlacementOf {
  store: Store;
  destination: Destination;
  request: ExportRequest;
  source: ExportSource;
  files: readonly ResultFile[];
  /** What names the set that is there. */
  latest: Latest | undefined;
}

/**
 * Finds out, before anything of a run is visible, what its files replace, and refuses what must not be replaced.
 * @throws ProblemError `object-exists`, `mirror-empty`, `invalid-argument`, or what the store fails with
 */
export async function placeFiles(run: PlacementOf): Promise<Placement> {
  if (run.request.mode !== 'mirror') return placeBeside(run);
  const { store, destination, request, source, files, latest } = run;
  const { ours, overwritten } = await earlierFiles(store, destination, request.syncId, latest);
  if (holdsNothing(files, source) && ours.some(hasContent) && !request.allowEmptyMirror)
    throw mirrorEmpty(request, ours);
  const keys = new Set(files.map(({ key }) => key));
  const warnings = overwritten
    .filter((key) => !keys.has(key))
    .map((key) => `${key} is left as it is: somebody has written over it since a run of this sync had written it.`);
  const replace = ours.filter(({ key }) => !keys.has(key)).map(({ key, etag }) => ({ key, ...(etag && { etag }) }));
  return { replace, warnings, onlyNew: !(await replacesInPlace(run, ours)) };
}

/** Files of earlier runs stay as they are. The store is told, too, but not every store knows conditions. */
async function placeBeside({ store, request, source, files }: PlacementOf): Promise<Placement> {
  const named = !isUniqueToRun(request.fileName) && source.kind !== 'files';
  if (named) {
    for (const { key } of files) {
      if (await store.exists(key)) {
        throw objectExists(
          key,
          `${request.mode === 'insert' ? 'an insert' : `mode ${request.mode}`} leaves what is there`,
        );
      }
    }
  }
  return { replace: [], warnings: [], onlyNew: named };
}

/** A single file of a fixed name takes the place of the one before it in one step; several would not. */
async function replacesInPlace(
  { store, request, source, files }: PlacementOf,
  ours: readonly EarlierFile[],
): Promise<boolean> {
  if (isUniqueToRun(request.fileName) || source.kind === 'files') return true;
  const known = new Set(ours.map(({ key }) => key));
  const inPlace = files.filter(({ key }) => known.has(key));
  if (inPlace.length > 0 && files.length > 1) {
    const message = 'A mirror of several files cannot replace them under the same names: readers would see a mixture.';
    throw invalidArgument(message, 'Put {run} into the file name.');
  }
  for (const { key } of files) {
    if (!known.has(key) && (await store.exists(key))) {
      throw objectExists(key, 'no run of this sync has written it');
    }
  }
  return inPlace.length > 0;
}

function holdsNothing(files: readonly ResultFile[], source: ExportSource): boolean {
  return files.length === 0 || (!isCopied(source) && files.every(({ rows }) => rows === 0));
}

function hasContent({ rows }: EarlierFile): boolean {
  return rows !== 0;
}

function objectExists(key: string, why: string): ProblemError {
  const message = `There is an object ${key} already, and ${why}.`;
  return new ProblemError({ code: 'object-exists', message, fix: 'Put {run} into the file name, or use another.' });
}

function mirrorEmpty({ syncId }: ExportRequest, ours: readonly EarlierFile[]): ProblemError {
  const rows = ours.reduce((sum, file) => sum + (file.rows ?? 0), 0);
  const set = `${ours.length} ${ours.length === 1 ? 'file' : 'files'}${rows === 0 ? '' : ` with ${rows} rows`}`;
  const message = `There are no rows, and the current set of ${syncId} has ${set}. It was not replaced.`;
  const fix = 'Allow it with “allowEmptyMirror”.';
  return new ProblemError({ code: 'mirror-empty', message, fix, confirm: 'allowEmptyMirror' });
}
