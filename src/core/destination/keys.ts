export const DEFAULT_PATH_PREFIX = 'signalsmith/';

/** Everything of ours that is not data lies under this folder of the path prefix, so that a sync's folder holds data only. */
export const SIDE_FOLDER = '_s3destinations/';

const MAX_PREFIX_BYTES = 512;

/**
 * Brings a path prefix into the one form in which it is used for writing, listing and deleting: no slash at the start,
 * one at the end, empty for the top of the bucket.
 */
export function normalisePathPrefix(prefix: string): string {
  const trimmed = prefix.replace(/^[\s/]+/, '').trimEnd();
  return trimmed === '' || trimmed.endsWith('/') ? trimmed : `${trimmed}/`;
}

/** What is wrong with a path prefix (before or after it is normalised), or undefined. */
export function pathPrefixBreach(prefix: string): string | undefined {
  const normal = normalisePathPrefix(prefix);
  if (hasControlCharacter(normal)) return 'A path prefix may not contain control characters.';
  if (normal.includes('//')) return 'Two slashes may not stand side by side.';
  if (normal.split('/').some((segment) => segment === '.' || segment === '..')) {
    return 'A path prefix may not contain “.” or “..” as a folder.';
  }
  if (Buffer.byteLength(normal) > MAX_PREFIX_BYTES) return `A path prefix may have at most ${MAX_PREFIX_BYTES} bytes.`;
  return undefined;
}

/** What is wrong with a sync id, or undefined. */
export function syncIdBreach(syncId: string): string | undefined {
  if (syncId === '') return 'A sync id is required.';
  if (syncId.length > 128) return 'A sync id may have at most 128 characters.';
  if (/^[._]/.test(syncId)) return 'A sync id may not begin with a dot or an underscore.';
  if (!/^[A-Za-z0-9._-]+$/.test(syncId)) return 'A sync id consists of letters, digits, dots, underscores and hyphens.';
  return undefined;
}

/** The folder that holds a sync's data files, with a slash at the end. */
export function syncFolder(pathPrefix: string, syncId: string): string {
  return `${normalisePathPrefix(pathPrefix)}${syncId}/`;
}

/** The folder that holds a sync's manifests and state, with a slash at the end. */
export function sideFolder(pathPrefix: string, syncId: string): string {
  return `${normalisePathPrefix(pathPrefix)}${SIDE_FOLDER}${syncId}/`;
}

/** The key of the object with which a check of the connection tries what may be done. */
export function checkKey(pathPrefix: string): string {
  return `${normalisePathPrefix(pathPrefix)}${SIDE_FOLDER}connection-check.txt`;
}

/** Whether a folder below the path prefix (its name without the slash) can be a sync's. */
export function isSyncFolderName(name: string): boolean {
  return syncIdBreach(name) === undefined;
}

/** The URI under which people and tools name an object or a folder. */
export function s3Uri(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** Marks that have text run the other way, for a class of a regular expression. */
export const DIRECTION_MARKS = String.raw`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069`;
const CONTROL = new RegExp(String.raw`[\p{Cc}\p{Cs}${DIRECTION_MARKS}]`, 'u');

/** Whether text holds a character that no key, name or header of ours may contain; half of one counts, too. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}
