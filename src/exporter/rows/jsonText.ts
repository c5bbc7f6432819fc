import { Misfit } from './misfit.ts';
import { numberText } from './numberText.ts';
import { timestampTzText } from './timeText.ts';

/** Text as a JSON string, with the escapes of the query engine: `\n`, `\u001F`. @throws Misfit for half a character */
export function jsonString(text: string): string {
  const json = JSON.stringify(wellFormed(text));
  if (!json.includes('\\u')) return json;
  // A backslash that is escaped itself begins no escape.
  return json.replace(/\\(?:u([0-9a-f]{4})|.)/g, (escape, hex?: string) =>
    hex === undefined ? escape : `\\u${hex.toUpperCase()}`,
  );
}

/** The text itself. @throws Misfit where it holds half a character, which UTF-8 cannot write */
export function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw new Misfit('It holds a surrogate that stands alone, which is not valid Unicode.');
}

/**
 * A value as JSON, with every digit that it has.
 * @param bigAsStrings writes each `bigint` as a string, for readers that would round it
 * @throws Misfit for a `Date` that is invalid
 */
export function jsonText(value: unknown, bigAsStrings = false): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value) : `"${value}"`;
  if (typeof value === 'bigint') return bigAsStrings ? `"${value}"` : String(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return `"${timestampTzText(value)}"`;
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if (Array.isArray(value)) return `[${value.map((item) => jsonText(item, bigAsStrings)).join(',')}]`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${jsonString(key)}:${jsonText(item, bigAsStrings)}`).join(',')}}`;
}

/** Text that is JSON already, as it is: its numbers keep the digits they have. @throws Misfit where it is none */
export function validJson(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw new Misfit(`The text is not valid JSON (${reason}): a string of its own needs quotes.`, { cause: error });
  }
  return wellFormed(text);
}

/** Bytes as base64, with padding. */
export function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
