import { Arguments } from '../arguments.ts';
import type { Destination } from '../destination/destination.ts';
import { FILE_FORMATS, type FileFormat } from '../destination/fileFormat.ts';
import { syncIdBreach } from '../destination/keys.ts';
import { textOptionsOf } from '../destination/target.ts';
import { invalidArgument } from '../problem.ts';
import { parseTextOptions, type TextOptions } from './textOptions.ts';
import { DEFAULT_FILE_NAME, fileNameBreach } from './fileName.ts';

export const KINDS = ['model', 'audience'] as const;
/** What the rows of a sync are: just rows, or members that a primary key tells apart. */
export type Kind = (typeof KINDS)[number];

export const MODES = ['insert', 'mirror', 'add', 'upsert'] as const;
/** What a run does with what earlier runs of the sync have put there. */
export type Mode = (typeof MODES)[number];

/** The modes that each kind of sync has. */
export const MODES_OF_KIND: Readonly<Record<Kind, readonly Mode[]>> = {
  model: ['insert', 'mirror'],
  audience: ['add', 'upsert', 'mirror'],
};

/** The largest file that is made; its parts are as large as memory can bear. The setting for it has the same bound. */
const MAX_FILE_BYTES = 5_000_000 * 1024 * 1024;

/** How a run writes, with all defaults filled in. */
export interface ExportRequest {
  syncId: string;
  kind: Kind;
  mode: Mode;
  /** The columns that tell rows apart; empty where no mode or option needs them. */
  primaryKey: string[];
  /** Whether an insert leaves out rows whose key was there at the last completed run. */
  onlyNewRows: boolean;
  /** Whether a mirror may replace a set that has rows by one that has none. */
  allowEmptyMirror: boolean;
  /** Whether all rows count as new, where those of the last completed run cannot be compared with. */
  fullRun: boolean;
  format: FileFormat;
  gzip: boolean;
  /** A template; see `fileName.ts`. */
  fileName: string;
  text: TextOptions;
  /** A file ends, at the end of a record, before it is larger than this, as it lies at the store. */
  maxFileBytes: number;
  /** A file ends after so many rows. */
  maxFileRows?: number;
  /** Whether an empty result makes a file of nothing but the header. */
  emptyFile: boolean;
}

/**
 * Reads from a command's argument how to write.
 * @param destination gives the defaults
 * @param maxFileBytes the default for the size of a file
 * @throws ProblemError `invalid-argument`
 */
export function parseExportRequest(
  value: unknown,
  destination: Pick<Destination, 'target'>,
  maxFileBytes: number,
): ExportRequest {
  const given = new Arguments(value);
  const syncId = given.text('syncId').trim();
  given.refuse('syncId', syncIdBreach(syncId));
  const fileName = given.text('fileName', destination.target.fileName ?? DEFAULT_FILE_NAME);
  given.refuse('fileName', fileNameBreach(fileName));
  return {
    syncId,
    ...parseMode(given),
    allowEmptyMirror: given.flag('allowEmptyMirror', false),
    fullRun: given.flag('fullRun', false),
    format: given.choice('format', FILE_FORMATS, destination.target.format),
    gzip: given.flag('gzip', destination.target.gzip),
    fileName,
    text: parseTextOptions(given, textOptionsOf(destination.target)),
    maxFileBytes: parseMaxFileBytes(given, maxFileBytes),
    ...(given.has('maxFileRows') ? { maxFileRows: given.integer('maxFileRows', 1) } : {}),
    emptyFile: given.flag('emptyFile', false),
  };
}

function parseMaxFileBytes(given: Arguments, fallback: number): number {
  const bytes = given.integer('maxFileBytes', 1, fallback);
  given.refuse('maxFileBytes', bytes > MAX_FILE_BYTES ? `It may be at most ${MAX_FILE_BYTES}.` : undefined);
  return bytes;
}

function parseMode(given: Arguments): Pick<ExportRequest, 'kind' | 'mode' | 'primaryKey' | 'onlyNewRows'> {
  const wanted = given.has('mode') ? given.choice('mode', MODES, 'insert') : undefined;
  const kind = given.choice('kind', KINDS, wanted === 'add' || wanted === 'upsert' ? 'audience' : 'model');
  const [usual = 'insert'] = MODES_OF_KIND[kind];
  const mode = wanted ?? usual;
  if (!MODES_OF_KIND[kind].includes(mode)) {
    const modes = MODES_OF_KIND[kind].join(', ');
    throw invalidArgument(
      `“mode” cannot be ${mode} for ${kind === 'model' ? 'a model' : 'an audience'}.`,
      `Use ${modes}.`,
    );
  }
  const primaryKey = parsePrimaryKey(given);
  const onlyNewRows = given.flag('onlyNewRows', false);
  if (onlyNewRows && mode !== 'insert') throw invalidArgument('“onlyNewRows” is for mode insert only.');
  if (primaryKey.length === 0 && (kind === 'audience' || onlyNewRows)) {
    const what = kind === 'audience' ? 'An audience' : '“onlyNewRows”';
    throw invalidArgument(`${what} needs “primaryKey”: the columns that tell rows apart.`);
  }
  return { kind, mode, primaryKey, onlyNewRows };
}

function parsePrimaryKey(given: Arguments): string[] {
  if (!given.has('primaryKey')) return [];
  const value = given.raw('primaryKey');
  const names: unknown[] = Array.isArray(value) ? value : [value];
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && name !== '')) {
    throw invalidArgument('“primaryKey” must be the name of a column, or an array of names.');
  }
  if (new Set(names).size < names.length) throw invalidArgument('“primaryKey” names a column twice.');
  return names as string[];
}
