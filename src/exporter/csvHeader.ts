/** How a CSV file is written, as far as its beginning shows it. */
export interface CsvHeader {
  delimiter: string;
  newLine: '\n' | '\r\n' | '\r';
  /** Lines without anything before the header. */
  blankLines: number;
  names: string[];
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
  const end = recordEnd(rest);
  if (end === undefined && !whole) return undefined;
  const record = rest.slice(0, end);
  const breaks = /^(?:\r\n|\r|\n)/.exec(rest.slice(record.length))?.[0] ?? '\n';
  const separator = delimiter ?? mostFrequent(record);
  return {
    delimiter: separator,
    newLine: breaks as CsvHeader['newLine'],
    blankLines: blank.match(/\r\n|\r|\n/g)?.length ?? 0,
    names: fields(record, separator),
  };
}

/** The offset of the first line break that does not stand within quotes. */
function recordEnd(text: string): number | undefined {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === '\n' || char === '\r')) return i;
  }
  return undefined;
}

function mostFrequent(record: string): string {
  const unquoted = record.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

function fields(record: string, delimiter: string): string[] {
  const names: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= record.length; i++) {
    if (record[i] === '"') quoted = !quoted;
    if (i < record.length && (quoted || record[i] !== delimiter)) continue;
    names.push(unquote(record.slice(start, i)));
    start = i + 1;
  }
  return names;
}

function unquote(field: string): string {
  return /^"[^]*"$/.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field;
}
