import * as vscode from 'vscode';
import { type ObjectName, objectOfPath, objectPath } from '../../core/look/objectPath.ts';

/** The scheme of the file system in which objects are files. */
export const OBJECT_SCHEME = 's3destinations';
const GZ = '.gz';

/** What a URI of the file system names. */
export interface NamedFile extends ObjectName {
  /** The object's key is the one named here with `.gz`; without it, it is whichever is there. */
  packed: boolean;
  /** Only so many rows, or lines, of its beginning. */
  rows?: number;
}

/**
 * The URI of an object as a file: without its `.gz`, as its content is unpacked.
 * @param options `packed`: there is an object without the `.gz`, too; `rows`: only the beginning is meant
 */
export function objectUri(
  { destination, key }: ObjectName,
  options: { packed?: boolean; rows?: number } = {},
): vscode.Uri {
  const { packed = false, rows } = options;
  const isPacked = key.endsWith(GZ) && !key.endsWith(`/${GZ}`);
  const path = objectPath({ destination, key: isPacked ? key.slice(0, -GZ.length) : key });
  const query = [...(packed && isPacked ? ['gz'] : []), ...(rows === undefined ? [] : [`rows=${rows}`])].join('&');
  return vscode.Uri.from({ scheme: OBJECT_SCHEME, path, query });
}

/** Reads a URI of the file system. */
export function fileOfUri({ path, query }: vscode.Uri): NamedFile {
  const words = query.split('&');
  const rows = Number(/^rows=(\d{1,9})$/.exec(words.find((word) => word.startsWith('rows=')) ?? '')?.[1] ?? Number.NaN);
  return { ...objectOfPath(path), packed: words.includes('gz'), ...(rows > 0 ? { rows } : {}) };
}
