import { type RowColumn, valueProblem } from '../../core/rows/rowColumns.ts';
import { csvRecords, withoutFormula } from '../csv.ts';
import type { FileOptions } from '../protocol.ts';
import { Misfit } from './misfit.ts';
import { jsonString } from './jsonText.ts';
import { type ValueText, valueText } from './valueText.ts';

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
    return this.#files.format === 'csv' ? this.#csv(rows) : this.#jsonl(rows);
  }

  #csv(rows: readonly (readonly unknown[])[]): string {
    const { csv } = this.#files;
    const records = rows.map((row) =>
      this.#texts(row).map((value) => {
        if (value === undefined) return null;
        const { text, as } = value;
        return csv.escapeFormulas && (as === 'text' || as === 'json') ? withoutFormula(text) : text;
      }),
    );
    return csvRecords(records, csv);
  }

  #jsonl(rows: readonly (readonly unknown[])[]): string {
    const { bigNumbersAsStrings } = this.#files.jsonl;
    let lines = '';
    for (const row of rows) {
      const texts = this.#texts(row);
      for (const [i, key] of this.#keys.entries()) lines += key + jsonOf(texts[i], bigNumbersAsStrings);
      lines += '}\n';
    }
    return lines;
  }

  #texts(row: readonly unknown[]): (ValueText | undefined)[] {
    const number = ++this.#rows;
    return this.#columns.map((column, i) => {
      try {
        return valueText(row[i], column.type);
      } catch (error) {
        throw error instanceof Misfit ? valueProblem(number, column, error.message) : error;
      }
    });
  }
}

function jsonOf(value: ValueText | undefined, bigNumbersAsStrings: boolean): string {
  if (value === undefined) return 'null';
  const { text, as } = value;
  switch (as) {
    case 'text':
      return jsonString(text);
    case 'plain':
      return `"${text}"`;
    case 'bigNumber':
      return bigNumbersAsStrings ? `"${text}"` : text;
    case 'json':
      // White space is all that a line break can be in valid JSON.
      return text.replace(/[\r\n]/g, ' ');
    case 'number':
      return text;
  }
}
