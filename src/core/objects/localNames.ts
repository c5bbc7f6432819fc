import { createHash } from 'node:crypto';

/** What an object becomes on this machine. */
export interface LocalName {
  key: string;
  /** The path below the folder, with slashes. */
  path: string;
  /** Whether it is another than the object's own, as that could not be used or was taken. */
  renamed: boolean;
}

/** In UTF-8. File systems take 255; the rest is for names that are made of it. */
const MAX_NAME_BYTES = 200;
/** Names that Windows keeps for devices, with whatever extension. */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i;
const EXTENSIONS = /(?<=[^.])(?:\.[A-Za-z0-9]{1,10}){1,2}$/;

/**
 * Names the files that objects are downloaded to: their paths below a folder that they have in common. No name leads out
 * of the folder it is used in, on any system; no two names meet there, also where case does not count.
 * @param keys each once
 * @param folder what all keys begin with
 * @param unpacked whether gzip is taken off, and `.gz` with it
 */
export function localNames(keys: readonly string[], folder: string, unpacked: boolean): LocalName[] {
  const wanted = keys.map((key) => {
    const own = key.slice(folder.length);
    const plain = unpacked ? own.replace(/(?<=[^/])\.gz$/i, '') : own;
    return { key, plain, parts: plain.split('/').map(safeName) };
  });
  const folders = new Set(
    wanted.flatMap(({ parts }) => parts.slice(0, -1).map((_, i) => identity(parts.slice(0, i + 1)))),
  );
  const taken = new Set<string>();
  return wanted.map(({ key, plain, parts }) => {
    const id = identity(parts);
    const free = !folders.has(id) && !taken.has(id);
    const own = free ? parts : [...parts.slice(0, -1), told(parts.at(-1) ?? '', key)];
    taken.add(identity(own));
    const path = own.join('/');
    return { key, path, renamed: path !== plain };
  });
}

/** One name of a path, with what no system takes replaced. */
function safeName(name: string): string {
  const plain = name.replace(/[\p{Cc}\\/:*?"<>|]/gu, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  const safe = plain === '' ? '_' : RESERVED.test(plain) ? `_${plain}` : plain;
  return Buffer.byteLength(safe) > MAX_NAME_BYTES ? told(safe, name) : safe;
}

/** The name with a part that tells it from others: of what it comes from, so that it is the same each time. */
function told(name: string, from: string): string {
  const extension = EXTENSIONS.exec(name)?.[0] ?? '';
  const mark = `-${createHash('sha256').update(from).digest('hex').slice(0, 8)}${extension}`;
  const room = MAX_NAME_BYTES - mark.length;
  const stem = Buffer.from(name.slice(0, name.length - extension.length))
    .subarray(0, room)
    .toString();
  // A character that was cut in two.
  return `${stem.replace(/\ufffd+$/, '')}${mark}`;
}

/** What two paths share that are one file on a system that sees neither case nor how letters are composed. */
function identity(parts: readonly string[]): string {
  return parts.join('/').normalize('NFC').toLowerCase();
}
