import { TextDecoder } from 'node:util';
import { fileKind, HEAD_BYTES } from '../../exporter/fileKind.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** What content is, by its beginning: text in some encoding, or what else. */
export type ContentKind = { text: Encoding } | { binary: string };

/** What is said of content that is no text. */
const NAMES: Readonly<Record<string, string>> = {
  'application/vnd.apache.parquet': 'a Parquet file',
  'application/vnd.apache.orc': 'an ORC file',
  'application/vnd.apache.avro': 'an Avro file',
  'application/zip': 'a ZIP archive',
  'application/gzip': 'gzip once more',
  'application/zstd': 'compressed with zstd',
  'application/x-bzip2': 'compressed with bzip2',
  'application/x-xz': 'compressed with xz',
  'application/pdf': 'a PDF',
};

const PIECE_BYTES = 64 * 1024;

/** Tells text from what is none. @param head the content's first bytes, unpacked; some thousand, or all */
export function contentKind(name: string, head: Buffer): ContentKind {
  const begin = head.subarray(0, HEAD_BYTES);
  const { contentType, compressed } = fileKind('', begin, begin.subarray(0, 4));
  const isBinary = hasControls(begin);
  if (compressed && (isBinary || contentType !== 'application/vnd.apache.orc')) {
    return { binary: NAMES[contentType] ?? `of the type ${contentType}` };
  }
  if (begin.subarray(0, 5).toString('latin1') === '%PDF-') return { binary: 'a PDF' };
  const utf16 = utf16Of(begin);
  if (utf16 !== undefined) return { text: utf16 };
  if (!isBinary) return { text: 'utf-8' };
  return { binary: NAMES[fileKind(name, Buffer.alloc(0), Buffer.alloc(0)).contentType] ?? 'binary' };
}

/** The encoding of text that is UTF-16, by its byte order mark or by its zeros. */
function utf16Of(head: Buffer): Encoding | undefined {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe && !(c === 0 && d === 0)) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const pairs = Math.floor(head.length / 2);
  if (pairs < 2) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs * 2; i += 2) {
    if (head[i] === 0) even++;
    if (head[i + 1] === 0) odd++;
  }
  // Mostly letters of Latin script, and no character without one byte that is something.
  if (odd > pairs * 0.4 && even === 0) return 'utf-16le';
  if (even > pairs * 0.4 && odd === 0) return 'utf-16be';
  return undefined;
}

/** Whether there are bytes that text has not, or hardly ever. */
function hasControls(bytes: Buffer): boolean {
  let controls = 0;
  for (const byte of bytes) {
    if (byte === 0) return true;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27) controls++;
  }
  return controls > bytes.length / 20;
}

/** Turns bytes into text without its byte order mark, a piece at a time. What cannot be read becomes U+FFFD. */
export class TextPieces {
  readonly #decoder: TextDecoder;
  /** Whether something could not be read. */
  damaged = false;

  readonly encoding: Encoding;

  constructor(encoding: Encoding) {
    this.encoding = encoding;
    this.#decoder = new TextDecoder(encoding);
  }

  async *pieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        yield this.#decode(chunk.subarray(at, at + PIECE_BYTES), true);
      }
    }
    const last = this.#decode(new Uint8Array(), false);
    if (last !== '') yield last;
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    const text = this.#decoder.decode(bytes, { stream });
    // The character may as well be one that was written.
    this.damaged ||= text.includes('\ufffd') && !Buffer.from(bytes).includes('\ufffd');
    return text;
  }
}
