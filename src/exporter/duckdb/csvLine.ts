import type { CsvOptions } from '../../core/sync/textOptions.ts';
import { sqlString } from './sqlText.ts';

/** A value that goes into a line, as SQL. */
export interface LineValue {
  /** A column that holds its text, NULL for NULL. */
  text: string;
  /** Whether the text is made of letters, digits and `+ - . :` only, as that of numbers and times is. */
  plain: boolean;
}

/**
 * The SQL of one CSV line, without its line feed. The engine's own writer is not used for the line, as it quotes where
 * nothing needs quoting (`a#b`) and does not tell an empty string from NULL once NULL has a text. This is as fast.
 */
export function csvLine(values: readonly LineValue[], options: CsvOptions): string {
  const delimiter = sqlString(options.delimiter);
  const fields = values.map((value) => csvField(value, options));
  const parts = fields.flatMap((field, i) => (i === 0 ? [field] : [delimiter, field]));
  return `concat(${[...parts, ...(options.crlf ? ['chr(13)'] : [])].join(', ')})`;
}

/** One value with the quotes that it needs; the text for NULL. */
function csvField({ text, plain }: LineValue, options: CsvOptions): string {
  const { delimiter, nullText, quoteAll, escapeFormulas } = options;
  const x = escapeFormulas && !plain ? withoutFormula(text) : text;
  const orNull = nullText === '' ? '' : ` WHEN ${text} IS NULL THEN ${sqlString(nullText)}`;
  const quoted = `concat('"', replace(${x}, '"', '""'), '"')`;
  if (quoteAll) return `CASE WHEN ${text} IS NOT NULL THEN ${quoted}${orNull} END`;
  const reasons: string[] = [];
  if (!plain) {
    const special = [sqlString('"'), sqlString(delimiter), 'chr(10)', 'chr(13)'];
    reasons.push(`${x} = ''`, ...special.map((c) => `contains(${x}, ${c})`));
  } else if (/[\w+.:-]/.test(delimiter)) {
    reasons.push(`contains(${x}, ${sqlString(delimiter)})`);
  }
  if (nullText !== '') reasons.push(`${x} = ${sqlString(nullText)}`);
  // `concat` takes NULL for nothing, which is what stands for it by default.
  if (reasons.length === 0) return x;
  return `CASE WHEN ${reasons.join(' OR ')} THEN ${quoted}${orNull} ELSE ${x} END`;
}

/** What a spreadsheet takes for a formula begins with one of these. */
function withoutFormula(x: string): string {
  return `if(${x}[1] IN ('=', '+', '-', '@', chr(9), chr(13)), concat('''', ${x}), ${x})`;
}
