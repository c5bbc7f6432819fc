import { Arguments } from '../arguments.ts';
import { type Destination, FILE_FORMATS, type FileFormat } from '../destination/destination.ts';
import { syncIdBreach } from '../destination/keys.ts';
import { parseTextOptions, type TextOptions } from './textOptions.ts';
import { DEFAULT_FILE_NAME, fileNameBreach } from './fileName.ts';

export const MODES = ['insert'] as const;
/** What a run does with what earlier runs of the sync have put there. */
export type Mode = (typeof MODES)[number];

/** How a run writes, with all defaults filled in. */
export interface ExportRequest {
  syncId: string;
  mode: Mode;
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
export function parseExportRequest(value: unknown, destination: Destination, maxFileBytes: number): ExportRequest {
  const given = new Arguments(value);
  const syncId = given.text('syncId').trim();
  given.refuse('syncId', syncIdBreach(syncId));
  const fileName = given.text('fileName', DEFAULT_FILE_NAME);
  given.refuse('fileName', fileNameBreach(fileName));
  return {
    syncId,
    mode: given.choice('mode', MODES, 'insert'),
    format: given.choice('format', FILE_FORMATS, destination.target.format),
    gzip: given.flag('gzip', destination.target.gzip),
    fileName,
    text: parseTextOptions(given),
    maxFileBytes: given.integer('maxFileBytes', 1, maxFileBytes),
    ...(given.has('maxFileRows') ? { maxFileRows: given.integer('maxFileRows', 1) } : {}),
    emptyFile: given.flag('emptyFile', false),
  };
}
