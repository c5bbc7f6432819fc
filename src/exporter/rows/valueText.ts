import type { ColumnType } from '../../core/rows/rowColumns.ts';
import { base64, jsonText, validJson, wellFormed } from './jsonText.ts';
import { misfit } from './misfit.ts';
import { decimalText, doubleText, integerText, numberText, parseDouble } from './numberText.ts';
import { dateText, timestampText, timestampTzText, timeText } from './timeText.ts';

/** A value's text, and what it is in JSON and for a spreadsheet. */
export interface ValueText {
  text: string;
  /**
   * `text` is a string that anybody may have written. `plain` is a string of letters, digits and `+ - . :`. `number` and
   * `bigNumber` stand in JSON as they are, the latter may be too long for a reader's doubles. `json` is JSON.
   */
  as: 'text' | 'plain' | 'number' | 'bigNumber' | 'json';
  /** The value whose JSON the text is; missing where it was JSON already. */
  of?: unknown;
}

/** The canonical text of values that are not NULL, by type. Each throws a `Misfit`. */
const TEXT: Record<ColumnType, (value: unknown) => ValueText> = {
  text: (value) => {
    if (typeof value !== 'string') throw misfit(value, 'text');
    return { text: wellFormed(value), as: 'text' };
  },
  integer: (value) => ({ text: integerText(value), as: 'bigNumber' }),
  decimal: (value) => ({ text: decimalText(value), as: 'bigNumber' }),
  double: (value) => ofDouble(parseDouble(value), doubleText),
  boolean: (value) => {
    const text = String(value);
    if (typeof value === 'object' || (text !== 'true' && text !== 'false')) throw misfit(value, 'true or false');
    return { text, as: 'number' };
  },
  date: (value) => ({ text: dateText(value), as: 'plain' }),
  time: (value) => ({ text: timeText(value), as: 'plain' }),
  timestamp: (value) => ({ text: timestampText(value), as: 'plain' }),
  timestamptz: (value) => ({ text: timestampTzText(value), as: 'plain' }),
  blob: (value) => {
    if (value instanceof Uint8Array) return { text: base64(value), as: 'text' };
    if (typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value) {
      return { text: value, as: 'text' };
    }
    throw misfit(value, 'a Uint8Array or base64');
  },
  json: (value) => (typeof value === 'string' ? { text: validJson(value), as: 'json' } : asJson(value)),
};

/**
 * A value's canonical text; undefined for NULL.
 * @param type of the column; where it is missing the value decides
 * @throws Misfit when the value is not of the type
 */
export function valueText(value: unknown, type: ColumnType | undefined): ValueText | undefined {
  if (value === null || value === undefined) return undefined;
  return type === undefined ? undeclared(value) : TEXT[type](value);
}

function undeclared(value: unknown): ValueText {
  if (typeof value === 'number') return ofDouble(value, numberText);
  if (typeof value === 'object') {
    if (value instanceof Date) return TEXT.timestamptz(value);
    return value instanceof Uint8Array ? TEXT.blob(value) : asJson(value);
  }
  if (typeof value === 'bigint') return TEXT.integer(value);
  return typeof value === 'boolean' ? TEXT.boolean(value) : TEXT.text(value);
}

function asJson(value: unknown): ValueText {
  return { text: jsonText(value), as: 'json', of: value };
}

function ofDouble(value: number, text: (value: number) => string): ValueText {
  return { text: text(value), as: Number.isFinite(value) ? 'number' : 'plain' };
}
