import type { DuckDBConnection } from '@duckdb/node-api';
import { type BoundValues, parametersOf } from '../../core/sql/parameters.ts';
import { sqlString } from './sqlText.ts';

/** A statement that the engine takes, made of one with parameters. */
export interface BoundStatement {
  text: string;
  /** The offset in the user's statement of an offset in the text. */
  offsetOf(offset: number): number;
}

/**
 * Parameters as variables of the engine. Values are bound, and never become a part of any SQL; what stands in their place
 * is the same whatever they are. Unlike those of prepared statements, they can stand wherever the engine wants a constant,
 * as for the name of a file, and in views and macros.
 */
export class Parameters {
  readonly #values: BoundValues;
  readonly #names: string[] = [];

  constructor(values: BoundValues = {}) {
    this.#values = values;
  }

  /** Puts variables in the place of the parameters. @throws ProblemError for one that is not known */
  async bind(connection: DuckDBConnection, statement: string): Promise<BoundStatement> {
    const uses = parametersOf(statement);
    const shifts: { from: number; to: number; original: number }[] = [];
    let text = '';
    let at = 0;
    for (const { name, start, length } of uses) {
      text += `${statement.slice(at, start)} `;
      const from = text.length;
      text += this.#call(await this.#index(connection, name));
      shifts.push({ from, to: text.length, original: start });
      at = start + length;
      shifts.push({ from: text.length, to: Infinity, original: at });
    }
    text += statement.slice(at);
    return { text, offsetOf: (offset) => originalOf(shifts, offset) };
  }

  /** The text with parameters as the user has written them: a column without a name has that of its expression. */
  restored(text: string): string {
    return this.#names.reduce((done, name, index) => done.replaceAll(this.#call(index), `\${${name}}`), text);
  }

  #call(index: number): string {
    return `getvariable(${sqlString(variable(index))})`;
  }

  async #index(connection: DuckDBConnection, name: string): Promise<number> {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    const value = this.#values[name];
    if (value === undefined) throw new Error(`There is no value for ${name}.`);
    const index = this.#names.push(name) - 1;
    const prepared = await connection.prepare(`SET VARIABLE "${variable(index)}" = CAST($1 AS ${value.type})`);
    try {
      if (value.text === null) prepared.bindNull(1);
      else prepared.bindVarchar(1, value.text);
      await prepared.run();
    } finally {
      prepared.destroySync();
    }
    return index;
  }
}

/** Numbered, as the engine takes names that differ in case for one. The dot keeps 1 from being the start of 10. */
function variable(index: number): string {
  return `s3destinations ${index}.`;
}

function originalOf(shifts: readonly { from: number; to: number; original: number }[], offset: number): number {
  const shift = shifts.findLast(({ from }) => from <= offset);
  if (shift === undefined) return offset;
  // Within what stands for a parameter, it is the parameter.
  return shift.to === Infinity ? shift.original + offset - shift.from : shift.original;
}
