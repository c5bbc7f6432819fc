import path from 'node:path';
import type { Destination } from '../destination/destination.ts';
import { textOptionsOf } from '../destination/target.ts';
import { RUN_ID_METADATA, SYNC_ID_METADATA } from '../s3/metadata.ts';
import type { ObjectFacts } from '../s3/objectRange.ts';
import type { Store } from '../s3/store.ts';
import type { Manifest } from '../sync/manifest.ts';
import { Manifests } from '../sync/manifests.ts';
import { kindOfType, type TableColumn } from '../table/tableSource.ts';
import type { CsvHints } from './csvRecords.ts';

/** How the text of an object is to be read. */
export type FileFormatKind = 'csv' | 'jsonl' | 'text';

/** What is known of an object besides its content. */
export interface FileFacts {
  /** Undefined where only the content can tell. */
  format?: FileFormatKind;
  csv: CsvHints;
  columns?: TableColumn[];
  /** How many records the file has. */
  rows?: number;
}

/** An object's name without its folders, and without the ending that says that it is packed. */
export function plainName(key: string): string {
  return path.posix.basename(key).replace(/\.gz$/i, '');
}

/** Puts together what the run's manifest, the destination and the name say of an object. Never rejects. */
export async function fileFacts(
  store: Pick<Store, 'readText'>,
  destination: Destination,
  key: string,
  object: ObjectFacts,
): Promise<FileFacts> {
  const manifest = await manifestOf(store, destination.pathPrefix, object);
  const file = manifest?.files.find((one) => one.key === key && one.bytes === object.size);
  const columns = file === undefined ? undefined : columnsOf(manifest);
  const format = manifest?.format ?? formatOf(key, object.contentType);
  const usual = textOptionsOf(destination.target).csv;
  return {
    ...(format === undefined ? {} : { format }),
    csv: {
      ...(isTsv(key) ? { options: { delimiter: '\t' } } : {}),
      ...(manifest?.csv === undefined ? {} : { options: manifest.csv }),
      ...(columns === undefined ? {} : { columns }),
      usual,
    },
    ...(columns === undefined ? {} : { columns }),
    // Of files that were copied as they are, nobody has counted the rows.
    ...(file === undefined || manifest?.format === undefined ? {} : { rows: file.rows }),
  };
}

async function manifestOf(
  store: Pick<Store, 'readText'>,
  pathPrefix: string,
  { metadata }: ObjectFacts,
): Promise<Manifest | undefined> {
  const { [SYNC_ID_METADATA]: syncId = '', [RUN_ID_METADATA]: runId = '' } = metadata;
  return new Manifests(store, pathPrefix).get(syncId, runId);
}

function columnsOf(manifest: Manifest | undefined): TableColumn[] | undefined {
  const { columns } = manifest ?? {};
  if (!Array.isArray(columns) || columns.length === 0) return undefined;
  return columns.map(({ name, type }) => ({ name, type, kind: kindOfType(type) }));
}

function formatOf(key: string, contentType: string | undefined): FileFormatKind | undefined {
  const extension = path.posix.extname(plainName(key)).toLowerCase();
  if (['.csv', '.tsv', '.psv'].includes(extension)) return 'csv';
  if (['.jsonl', '.ndjson'].includes(extension)) return 'jsonl';
  if (extension !== '') return 'text';
  if (contentType?.startsWith('text/csv') === true) return 'csv';
  return contentType?.startsWith('application/x-ndjson') === true ? 'jsonl' : undefined;
}

function isTsv(key: string): boolean {
  return plainName(key).toLowerCase().endsWith('.tsv');
}
