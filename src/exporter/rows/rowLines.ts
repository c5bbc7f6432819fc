import { type RowColumn, valueProblem } from '../../core/rows/rowColumns.ts';
import { csvRecords, withoutFormula } from '../csv.ts';
import type { FileOptions } from '../protocol.ts';
import { Misfit } from './misfit.ts';
import { jsonString, jsonText } from './jsonText.ts';
import { type ValueText, valueText } from './valueText.ts';

/** The texts of a row's values, undefined for NULL. */
export type RowTexts = readonly (ValueText | undefined)[];

/** Makes the lines of rows, the same as the query engine makes them for the same values. */
export class RowLines {
  readonly #columns: readonly RowColumn[];
  readonly #files: FileOptions;
  readonly #keys: readonly string[];
  #rows = 0;

  constructor(columns: readonly RowColumn[], files: FileOptions) {
    this.#columns = columns;
    this.#files = files;
    this.#keys = columns.map(({ name }, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  }

  /** The lines of the next rows. @throws ProblemError `invalid-argument` for a value that does not fit its column */
  add(rows: readonly (readonly unknown[])[]): string {
    return this.write(rows.map((row) => this.texts(row)));
  }

  /** The lines of rows whose texts are known. */
  write(rows: readonly RowTexts[]): string {
    return this.#files.format === 'csv' ? this.#csv(rows) : this.#jsonl(rows);
  }

  /** The texts of the next row's values. @throws ProblemError `invalid-argument` as `add` */
  texts(row: readonly unknown[]): RowTexts {
    const number = ++this.#rows;
    return this.#columns.map((column, i) => {
      try {
        return valueText(row[i], column.type);
      } catch (error) {
        throw error instanceof Misfit ? valueProblem(number, column, error.message) : error;
      }
    });
  }

  #csv(rows: readonly RowTexts[]): string {
    const { csv } = this.#files;
    const records = rows.map((texts) =>
      texts.map((value) => {
        if (value === undefined) return null;
        const { text, as } = value;
        return csv.escapeFormulas && (as === 'text' || as === 'json') ? withoutFormula(text) : text;
      }),
    );
    return csvRecords(records, csv);
  }

  #jsonl(rows: readonly RowTexts[]): string {
    const { bigNumbersAsStrings } = this.#files.jsonl;
    let lines = '';
    for (const texts of rows) {
      for (const [i, key] of this.#keys.entries()) lines += key + jsonOf(texts[i], bigNumbersAsStrings);
      lines += '}\n';
    }
    return lines;
  }
}

/** A value as JSON. @param bigNumbersAsStrings for readers that would round them */
export function jsonOf(value: ValueText | undefined, bigNumbersAsStrings: boolean): string {
  if (value === undefined) return 'null';
  const { text, as, of } = value;
  switch (as) {
    case 'text':
      return jsonString(text);
    case 'plain':
      return `"${text}"`;
    case 'bigNumber':
      return bigNumbersAsStrings ? `"${text}"` : text;
    case 'json':
      if (bigNumbersAsStrings && of !== undefined) return jsonText(of, true);
      // White space is all that a line break can be in valid JSON.
      return text.replace(/[\r\n]/g, ' ');
    case 'number':
      return text;
  }
}
