/** How a CSV file is written, as far as its beginning shows it. */
export interface CsvHeader {
  delimiter: string;
  newLine: '\n' | '\r\n' | '\r';
  /** Lines without anything before the header. */
  blankLines: number;
  names: string[];
  /** Why the engine would take what follows for a part of the header, as a sentence; missing where it would not. */
  unreadable?: string;
}

const BYTE_ORDER_MARK = '\ufeff';
const DELIMITERS = [',', ';', '\t', '|'] as const;

/**
 * Reads the header of a CSV file. The engine's own guesses are not used: they rename columns, take a ragged file for one
 * of a single column, and lose rows where the first line break stands within quotes.
 * @param text the file's beginning
 * @param delimiter is known; otherwise it is the one that the header has most often
 * @returns undefined when the header does not end within the text
 */
export function csvHeader(text: string, whole: boolean, delimiter?: string): CsvHeader | undefined {
  const content = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  const blank = /^(?:\r\n|\r|\n)*/.exec(content)?.[0] ?? '';
  const rest = content.slice(blank.length);
  const records = (delimiter === undefined ? DELIMITERS : [delimiter]).map((one) => firstRecord(rest, one));
  const record = records.reduce((best, one) => (isLikelier(one, best) ? one : best));
  if (record.end === undefined && !whole) return undefined;
  const breaks = /^(?:\r\n|\r|\n)/.exec(rest.slice(record.end ?? rest.length))?.[0] ?? '\n';
  return {
    delimiter: record.delimiter,
    newLine: breaks as CsvHeader['newLine'],
    blankLines: blank.match(/\r\n|\r|\n/g)?.length ?? 0,
    names: record.names,
    ...(record.unreadable === undefined ? {} : { unreadable: record.unreadable }),
  };
}

/** The first record of a text, for one delimiter. */
interface FirstRecord {
  delimiter: string;
  names: string[];
  /** Whether there are quotes that do not enclose a value. */
  stray: boolean;
  unreadable?: string;
  /** The offset of the line break; undefined where there is none. */
  end: number | undefined;
}

/** As the engine does, it takes a quote for one that encloses a value only where the value begins, after spaces or none. */
function firstRecord(text: string, delimiter: string): FirstRecord {
  const record: FirstRecord = { delimiter, names: [], stray: false, end: undefined };
  for (let start = 0; ;) {
    const opening = afterSpaces(text, start, delimiter);
    if (text[opening] !== '"') {
      const end = endOfValue(text, start, delimiter);
      const value = text.slice(start, end);
      record.stray ||= value.includes('"');
      record.names.push(value);
      start = end;
    } else {
      const closing = closingQuote(text, opening + 1);
      if (closing === undefined) {
        record.names.push(text.slice(start));
        return { ...record, unreadable: 'Its header has a quote that is not closed.' };
      }
      record.names.push(text.slice(opening + 1, closing).replaceAll('""', '"'));
      start = endOfValue(text, closing + 1, delimiter);
      if (afterSpaces(text, closing + 1, delimiter) < start) {
        record.stray = true;
        record.unreadable = 'Its header has text after a closing quote.';
      }
    }
    if (!text.startsWith(delimiter, start)) return start < text.length ? { ...record, end: start } : record;
    start += delimiter.length;
  }
}

function afterSpaces(text: string, from: number, delimiter: string): number {
  let at = from;
  while (text[at] === ' ' && delimiter !== ' ') at++;
  return at;
}

function closingQuote(text: string, from: number): number | undefined {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return undefined;
}

function endOfValue(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r' && !text.startsWith(delimiter, at)) at++;
  return at;
}

/** Quotes that enclose nothing speak against a delimiter; else it is the one that separates most values. */
function isLikelier(record: FirstRecord, than: FirstRecord): boolean {
  return record.stray === than.stray ? record.names.length > than.names.length : than.stray;
}
