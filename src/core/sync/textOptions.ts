import type { Arguments } from '../arguments.ts';

/** How CSV is written, beyond the contract's defaults. */
export interface CsvOptions {
  /** One character. */
  delimiter: string;
  /** Quotes every value but NULL. */
  quoteAll: boolean;
  /** What stands for NULL; a value of the same text is quoted. */
  nullText: string;
  /** Ends lines with CR LF rather than LF. */
  crlf: boolean;
  /** Begins each file with the byte order mark that some spreadsheets want. */
  bom: boolean;
  header: boolean;
  /** Puts an apostrophe before text that a spreadsheet would take for a formula. */
  escapeFormulas: boolean;
}

/** How JSON Lines is written, beyond the contract's defaults. */
export interface JsonlOptions {
  /** Writes integers of 64 bits and more, and decimals, as strings, also within others: for readers that would round them. */
  bigNumbersAsStrings: boolean;
}

/** How text is written, in either format. */
export interface TextOptions {
  csv: CsvOptions;
  jsonl: JsonlOptions;
}

export const DEFAULT_TEXT_OPTIONS: TextOptions = {
  csv: {
    delimiter: ',',
    quoteAll: false,
    nullText: '',
    crlf: false,
    bom: false,
    header: true,
    escapeFormulas: false,
  },
  jsonl: { bigNumbersAsStrings: false },
};

/** Reads the options from an argument's `csv` and `jsonl`. @throws ProblemError `invalid-argument` */
export function parseTextOptions(given: Arguments, defaults: TextOptions = DEFAULT_TEXT_OPTIONS): TextOptions {
  const csv = given.within('csv');
  const delimiter = csv.text('delimiter', defaults.csv.delimiter);
  csv.refuse('delimiter', delimiterBreach(delimiter));
  const nullText = csv.text('nullText', defaults.csv.nullText);
  csv.refuse('nullText', nullTextBreach(nullText, delimiter));
  return {
    csv: {
      delimiter,
      nullText,
      quoteAll: csv.flag('quoteAll', defaults.csv.quoteAll),
      crlf: csv.flag('crlf', defaults.csv.crlf),
      bom: csv.flag('bom', defaults.csv.bom),
      header: csv.flag('header', defaults.csv.header),
      escapeFormulas: csv.flag('escapeFormulas', defaults.csv.escapeFormulas),
    },
    jsonl: {
      bigNumbersAsStrings: given.within('jsonl').flag('bigNumbersAsStrings', defaults.jsonl.bigNumbersAsStrings),
    },
  };
}

/** What is wrong with a delimiter, or undefined. */
export function delimiterBreach(delimiter: string): string | undefined {
  if (!/^.$/su.test(delimiter) || !delimiter.isWellFormed()) return 'It has to be one character.';
  if (/["\r\n\0]/.test(delimiter)) return 'A quote or a line break cannot separate values.';
  return undefined;
}

/** What is wrong with what stands for NULL, or undefined. */
export function nullTextBreach(nullText: string, delimiter: string): string | undefined {
  if (/["\r\n\0]/.test(nullText) || nullText.includes(delimiter)) {
    return 'It may not contain quotes, line breaks or the delimiter.';
  }
  if (!nullText.isWellFormed()) return 'It is not valid Unicode.';
  return nullText.length > 100 ? 'It may have at most 100 characters.' : undefined;
}
