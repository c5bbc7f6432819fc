import type { Arguments } from '../arguments.ts';
import { FILE_FORMATS, type FileFormat } from './fileFormat.ts';
import { fileNameBreach } from '../sync/fileName.ts';
import {
  type CsvOptions,
  DEFAULT_TEXT_OPTIONS,
  type JsonlOptions,
  parseTextOptions,
  type TextOptions,
} from '../sync/textOptions.ts';

/** How a destination's files are written unless an export says otherwise. */
export interface Target {
  format: FileFormat;
  gzip: boolean;
  /** What differs from the defaults of every destination. */
  csv?: Partial<CsvOptions>;
  jsonl?: Partial<JsonlOptions>;
  /** A template; see `fileName.ts`. */
  fileName?: string;
}

/** Reads a destination's `target`. @throws ProblemError `invalid-argument`, naming the field */
export function parseTarget(given: Arguments): Target {
  const text = parseTextOptions(given);
  const csv = changed(text.csv, DEFAULT_TEXT_OPTIONS.csv);
  const jsonl = changed(text.jsonl, DEFAULT_TEXT_OPTIONS.jsonl);
  const fileName = given.text('fileName', '');
  given.refuse('fileName', fileName === '' ? undefined : fileNameBreach(fileName));
  return {
    format: given.choice('format', FILE_FORMATS, 'csv'),
    gzip: given.flag('gzip', true),
    ...(csv === undefined ? {} : { csv }),
    ...(jsonl === undefined ? {} : { jsonl }),
    ...(fileName === '' ? {} : { fileName }),
  };
}

/** How a destination's files are written, with all defaults filled in. */
export function textOptionsOf({ csv, jsonl }: Target): TextOptions {
  return { csv: { ...DEFAULT_TEXT_OPTIONS.csv, ...csv }, jsonl: { ...DEFAULT_TEXT_OPTIONS.jsonl, ...jsonl } };
}

function changed<T extends object>(value: T, defaults: T): Partial<T> | undefined {
  const own = Object.entries(value).filter(([name, option]) => option !== defaults[name as keyof T]);
  return own.length === 0 ? undefined : (Object.fromEntries(own) as Partial<T>);
}
