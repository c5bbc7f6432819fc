/* eslint no-control-regex: "off" -- These are the bytes of binary formats. */
import path from 'node:path';

/** What is known of a file's content from its first and last bytes, and where they say nothing, from its name. */
export interface FileKind {
  contentType: string;
  /** Whether gzip would gain nothing, as the content is compressed by itself. */
  compressed: boolean;
  /** How the bytes that are read have to be unpacked, where it is known how. */
  gzip: boolean;
}

/** How much of a file's beginning and of its end `fileKind` looks at. */
export const HEAD_BYTES = 4096;
export const TAIL_BYTES = 4;

interface Magic {
  contentType: string;
  /** What the file begins with, as Latin-1. */
  begins: RegExp;
  /** What it ends with, for formats whose beginning could as well be text. */
  ends?: RegExp;
}

/** Formats that are compressed by themselves. */
const COMPRESSED: readonly Magic[] = [
  { contentType: 'application/gzip', begins: /^\x1f\x8b\x08/ },
  { contentType: 'application/zstd', begins: /^(?:\x28\xb5|[\x50-\x5f]\x2a\x4d\x18[^]{0,4000}?\x28\xb5)\x2f\xfd/ },
  { contentType: 'application/x-bzip2', begins: /^BZh[1-9](?:1AY&SY|\x17rE8P\x90)/ },
  { contentType: 'application/x-xz', begins: /^\xfd7zXZ\0/ },
  { contentType: 'application/x-lzip', begins: /^LZIP[\0\x01]/ },
  { contentType: 'application/x-lz4', begins: /^[\x04\x02][\x22\x21]\x4d\x18|^\x02\x21\x4c\x18/ },
  { contentType: 'application/x-compress', begins: /^\x1f\x9d/ },
  { contentType: 'application/x-snappy-framed', begins: /^\xff\x06\0\0sNaPpY/ },
  { contentType: 'application/zip', begins: /^PK(?:\x03\x04|\x05\x06|\x07\x08)/ },
  { contentType: 'application/x-7z-compressed', begins: /^7z\xbc\xaf\x27\x1c/ },
  { contentType: 'application/vnd.rar', begins: /^Rar!\x1a\x07/ },
  { contentType: 'application/vnd.apache.parquet', begins: /^PAR[1E]/, ends: /PAR[1E]$/ },
  { contentType: 'application/vnd.apache.orc', begins: /^ORC/, ends: /ORC[^]$/ },
  { contentType: 'application/vnd.apache.avro', begins: /^Obj\x01[^]*avro\.codec[^](?!null)/ },
  { contentType: 'image/png', begins: /^\x89PNG\r\n\x1a\n/ },
  { contentType: 'image/jpeg', begins: /^\xff\xd8\xff/ },
  { contentType: 'image/gif', begins: /^GIF8[79]a/ },
  { contentType: 'image/webp', begins: /^RIFF[^]{4}WEBP/ },
  { contentType: 'image/avif', begins: /^\0\0[^]{2}ftypavi[fs]/ },
  { contentType: 'image/heic', begins: /^\0\0[^]{2}ftyphe[im]/ },
  { contentType: 'video/mp4', begins: /^\0\0[^]{2}ftyp/ },
  { contentType: 'video/webm', begins: /^\x1a\x45\xdf\xa3/ },
  { contentType: 'audio/ogg', begins: /^OggS\0/ },
  { contentType: 'audio/flac', begins: /^fLaC\0/ },
  { contentType: 'audio/mpeg', begins: /^ID3[\x02-\x04]|^\xff[\xf2\xf3\xfa\xfb]/ },
  { contentType: 'font/woff', begins: /^wOFF/ },
  { contentType: 'font/woff2', begins: /^wOF2/ },
];

/** Compressed formats whose bytes do not say what they are. */
const COMPRESSED_EXTENSIONS: Readonly<Record<string, string>> = {
  '.br': 'application/x-brotli',
  '.lzma': 'application/x-lzma',
  '.snappy': 'application/x-snappy',
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ...COMPRESSED_EXTENSIONS,
  '.avro': 'application/vnd.apache.avro',
  '.arrow': 'application/vnd.apache.arrow.file',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.geojson': 'application/geo+json',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.log': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.ndjson': 'application/x-ndjson',
  '.pdf': 'application/pdf',
  '.sql': 'application/sql',
  '.svg': 'image/svg+xml',
  '.tsv': 'text/tab-separated-values; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
};

/**
 * Tells what a file is.
 * @param head its first `HEAD_BYTES`, or all of it
 * @param tail its last `TAIL_BYTES`, or all of it
 */
export function fileKind(name: string, head: Buffer, tail: Buffer): FileKind {
  const begin = head.toString('latin1');
  const end = tail.toString('latin1');
  const magic = COMPRESSED.find(({ begins, ends }) => begins.test(begin) && (ends === undefined || ends.test(end)));
  const gzip = magic?.contentType === 'application/gzip';
  if (magic !== undefined) return { contentType: magic.contentType, compressed: true, gzip };
  const extension = path.posix.extname(name).toLowerCase();
  const contentType = CONTENT_TYPES[extension] ?? 'application/octet-stream';
  return { contentType, compressed: extension in COMPRESSED_EXTENSIONS, gzip };
}
