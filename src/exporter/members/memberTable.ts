import type { DuckDBAppender } from '@duckdb/node-api';
import { type Problem, ProblemError } from '../../core/problem.ts';
import type { Engine } from '../duckdb/engine.ts';
import { engineProblem } from '../duckdb/engineError.ts';
import type { Column } from '../protocol.ts';
import { damaged, type EarlierRows, writeState } from './stateFile.ts';

/** Temporary, so that it lies in the engine's temporary folder as soon as there is too little memory for it. */
const TABLE = 'temp.main."s3Destinations rows"';
const MARKS = 'temp.main."s3Destinations marks"';

/**
 * Keys are held against each other by their MD5: of a fixed width, they need the same memory however long keys are, and the
 * engine spills them where it would give up on long text.
 */
const ID = (key: string): string => `CAST(md5(${key}) AS UUID)`;

/** Rows whose marks are one value: so many bits, of which a block is 8 KiB. */
const BLOCK_BITS = 16;
const BLOCK = `rowid >> ${BLOCK_BITS}`;
const PLACE = `CAST(rowid & ${2 ** BLOCK_BITS - 1} AS INTEGER)`;

const EXAMPLES = 5;
const EXAMPLE_CHARACTERS = 100;

/** What a comparison has found. */
export interface Changes {
  added: number;
  changed: number;
  removed: number;
}

/**
 * The rows of a run in their order: for each its line as it goes into a file, its key (NULL where a part of it is NULL), and
 * a hash of its values. Only three columns, as the engine needs memory for each column of a table, however wide rows are.
 */
export class MemberTable {
  readonly #engine: Engine;
  readonly #keyNames: string;
  #keyBytes = 0;
  /** How many rows there are, once the keys have been checked. */
  rows = 0;

  /** @param keyColumns for messages */
  constructor(engine: Engine, keyColumns: readonly Column[]) {
    this.#engine = engine;
    this.#keyNames = keyColumns.map(({ name }) => `“${name}”`).join(', ');
  }

  /** Takes the rows of a query, which runs once. @param sql gives line, key and hash @throws ProblemError */
  async fill(sql: string): Promise<void> {
    await this.#run(`CREATE TEMP TABLE ${TABLE}(line, key, hash) AS ${sql}`);
  }

  /** Makes the table empty. @returns what takes rows of line, key and hash, in this order */
  async create(): Promise<DuckDBAppender> {
    await this.#run(`CREATE TEMP TABLE ${TABLE}(line VARCHAR, key VARCHAR, hash UUID)`);
    return this.#engine.connection.createAppender('s3Destinations rows', 'main', 'temp');
  }

  /** @throws ProblemError `null-key` or `duplicate-key`, with how many and examples */
  async checkKeys(): Promise<void> {
    const [[rows, keys, bytes] = []] = await this.#run(`SELECT count(*), count(key), avg(strlen(key)) FROM ${TABLE}`);
    this.rows = Number(rows);
    this.#keyBytes = Number(bytes);
    if (rows !== keys) throw await this.#nullKeys(this.rows - Number(keys));
    const twice = `SELECT count(*) AS rows, min(row) AS row, id FROM (SELECT ${ID('key')} AS id, rowid AS row FROM ${TABLE})
      GROUP BY id HAVING count(*) > 1`;
    const [[repeated, repeating] = []] = await this.#run(`SELECT count(*), sum(rows) FROM (${twice})`);
    if (Number(repeated) > 0) throw await this.#duplicateKeys(twice, Number(repeated), Number(repeating));
  }

  /** Writes what the next run is compared with. @throws ProblemError */
  async writeState(file: string): Promise<void> {
    await writeState(this.#engine, `SELECT key, hash FROM ${TABLE}`, file, this.#keyBytes);
  }

  /**
   * Holds the rows against earlier ones, and marks those to be written.
   * @param changed whether rows are written whose hash differs
   * @throws ProblemError `conflict` when the earlier ones cannot be read
   */
  async compare(earlier: EarlierRows, changed: boolean): Promise<Changes> {
    const write = changed ? 'added OR changed' : 'added';
    const marks = `SELECT ${BLOCK} AS block, bitstring_agg(${PLACE}, 0, ${2 ** BLOCK_BITS - 1}) FILTER (${write}) AS bits,
        count(*) FILTER (added) AS added, count(*) FILTER (changed AND NOT added) AS changed
      FROM (
        SELECT now.rowid, earlier.id IS NULL AS added, earlier.hash <> now.hash AS changed
        FROM (SELECT rowid, ${ID('key')} AS id, hash FROM ${TABLE}) AS now
        LEFT JOIN (SELECT ${ID('key')} AS id, hash FROM (${earlier.sql})) AS earlier ON now.id = earlier.id
      ) WHERE added OR changed GROUP BY block`;
    try {
      await this.#engine.connection.run(`CREATE TEMP TABLE ${MARKS} AS ${marks}`);
    } catch (error) {
      throw damaged(error);
    }
    const [[added, different] = []] = await this.#run(`SELECT sum(added), sum(changed) FROM ${MARKS}`);
    const removed = earlier.count - (this.rows - Number(added));
    return { added: Number(added), changed: Number(different), removed };
  }

  /** SQL that gives the lines of all rows, in their order. */
  get allLines(): string {
    return `SELECT line FROM ${TABLE}`;
  }

  /** SQL that gives the lines of the rows that a comparison has marked, in their order. */
  get markedLines(): string {
    // The marks are small enough to be the side of the join that is kept in memory; the other is read in its order.
    const rows = `SELECT line, ${BLOCK} AS block, ${PLACE} AS place FROM ${TABLE}`;
    return `SELECT line FROM (${rows}) AS now JOIN ${MARKS} AS marks ON now.block = marks.block
      WHERE get_bit(marks.bits, now.place) = 1`;
  }

  async #nullKeys(count: number): Promise<ProblemError> {
    const lines = await this.#run(`SELECT line FROM ${TABLE} WHERE key IS NULL LIMIT ${EXAMPLES}`);
    const rows = count === 1 ? '1 row has' : `${count} rows have`;
    const examples = lines.map(([line]) => shortened(String(line))).join('; ');
    return problem({
      code: 'null-key',
      message: `${rows} no value (NULL) for the key ${this.#keyNames}: ${examples}`,
      fix: 'Let the query leave them out, with WHERE … IS NOT NULL, or choose another key.',
    });
  }

  async #duplicateKeys(twice: string, keys: number, rows: number): Promise<ProblemError> {
    const first = `SELECT id FROM (${twice}) ORDER BY row LIMIT ${EXAMPLES}`;
    const found = await this.#run(`SELECT any_value(key), count(*) FROM ${TABLE} WHERE ${ID('key')} IN (${first})
      GROUP BY ${ID('key')} ORDER BY min(rowid)`);
    const examples = found
      .map(([key, count]) => `${shortened(String(key).slice(1, -1))} (${String(count)} times)`)
      .join('; ');
    const how = keys === 1 ? 'one value is' : `${keys} values are`;
    return problem({
      code: 'duplicate-key',
      message: `The key ${this.#keyNames} has to be unique, but ${how} there more than once, in ${rows} rows: ${examples}`,
      fix: 'Let the query give one row for each key, with GROUP BY or DISTINCT ON, or choose another key.',
    });
  }

  async #run(sql: string): Promise<unknown[][]> {
    try {
      return (await this.#engine.connection.runAndReadAll(sql)).getRows();
    } catch (error) {
      throw engineProblem(error);
    }
  }
}

function problem({ message, ...rest }: Problem): ProblemError {
  return new ProblemError({ ...rest, message: `${message}. Nothing was written.` });
}

function shortened(text: string): string {
  return text.length > EXAMPLE_CHARACTERS ? `${text.slice(0, EXAMPLE_CHARACTERS)}…` : text;
}
