import path from 'node:path';
import type { FileFormat } from '../core/destination/fileFormat.ts';
import { extensionOf } from '../core/sync/fileName.ts';

/** A file's name in the run, in two parts, as the numbers of further files go between them. */
export interface OutputName {
  stem: string;
  /** With its dot. */
  extension: string;
}

/** Extensions that say how a file is packed, not what it is. */
const PACKED = /\.gz$/i;

const SOURCE_FORMATS: Readonly<Record<string, 'csv' | 'json' | 'parquet'>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.tab': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.parquet': 'parquet',
};

/** What a file is converted from, by its name; undefined for what cannot be converted. */
export function sourceFormat(name: string): 'csv' | 'json' | 'parquet' | undefined {
  return SOURCE_FORMATS[innerExtension(name)];
}

/** A file's extension, without that of its packing: `.csv` for `data/users.CSV.gz`. */
export function innerExtension(name: string): string {
  return path.posix.extname(name.replace(PACKED, '')).toLowerCase();
}

/**
 * The names of converted files: `data/users.parquet` becomes `data/users.csv.gz`. Those that would meet keep what they were
 * called before the new extension: `data/users.parquet.csv.gz`, `data/users.json.csv.gz`.
 */
export function convertedNames(names: readonly string[], format: FileFormat, gzip: boolean): OutputName[] {
  const extension = `.${extensionOf(format, gzip)}`;
  const stems = names.map((name) => {
    const unpacked = name.replace(PACKED, '');
    return unpacked.slice(0, unpacked.length - path.posix.extname(unpacked).length);
  });
  const counts = new Map<string, number>();
  for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return names.map((name, i) => {
    const stem = stems[i] ?? name;
    return { stem: counts.get(stem) === 1 ? stem : name, extension };
  });
}

/** The name of one of the files that a source has become. @param part counts from 0 */
export function partName({ stem, extension }: OutputName, part: number): string {
  return part === 0 ? stem + extension : `${stem}-${String(part).padStart(5, '0')}${extension}`;
}
