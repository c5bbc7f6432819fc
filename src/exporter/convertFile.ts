import { refuseDuplicates } from '../core/rows/rowColumns.ts';
import { CopyOut } from './copyOut.ts';
import { csvHeader } from './csvHeader.ts';
import { Engine } from './duckdb/engine.ts';
import { projectionSql } from './duckdb/projection.ts';
import * as sql from './duckdb/sourceSql.ts';
import type { KnownSource } from './exportFiles.ts';
import { splitterOf } from './exportQuery.ts';
import { fileProblem } from './fileProblem.ts';
import type { FrameWriter } from './frames.ts';
import { OpenSource } from './openSource.ts';
import { innerExtension, type OutputName, partName, sourceFormat } from './outputNames.ts';
import type { Column, EngineOptions, FileOptions } from './protocol.ts';

/** The lines that a source becomes, as a query that gives them, and the columns for the header. */
interface Lines {
  projection: string;
  columns: Column[];
}

/** The engine reads no longer lines; at the end of a file it leaves out very long ones, without a word. */
const MAX_LINE_BYTES = 2_000_000;

/** Converts files, one after the other, with one engine. */
export class FileConverter {
  readonly #options: FileOptions;
  readonly #engineOptions: EngineOptions;
  readonly #frames: FrameWriter;
  readonly #out: CopyOut;
  #engine: Engine | undefined;
  /** The columns of the last file. */
  columns: Column[] = [];

  constructor(options: FileOptions, engine: EngineOptions, frames: FrameWriter) {
    this.#options = options;
    this.#engineOptions = engine;
    this.#frames = frames;
    this.#out = new CopyOut(engine);
  }

  /**
   * Converts a file and sends it, in parts where it is larger than a file may be.
   * @param tick is told the rows of this file now and then, and how much of it is done, up to 100, where that can be told
   * @returns its rows
   * @throws ProblemError naming the file
   */
  async convert(file: KnownSource, name: OutputName, tick: (rows: number, percent?: number) => void): Promise<number> {
    const source = await OpenSource.open(file);
    try {
      const lastLine = file.kind.gzip ? await source.refuseDamaged() : undefined;
      this.#engine ??= await Engine.open(this.#engineOptions);
      const { projection, columns } = await this.#lines(file, source, this.#engine, lastLine);
      const names = columns.map((column) => column.name);
      if (this.#options.format === 'jsonl') {
        refuseDuplicates(names, `“${file.name}” has`, 'Export it by a query that renames the columns.');
      }
      // What has no columns has no header either.
      const options = names.length > 0 ? this.#options : withoutHeader(this.#options);
      const splitter = splitterOf(this.#frames, options, names, (part) => partName(name, part));
      const rows = await this.#out.copy(this.#engine, projection, splitter, tick);
      await source.verify();
      this.columns = columns;
      return rows;
    } catch (error) {
      // A change explains whatever the engine says of it.
      await source.verify();
      throw fileProblem(file.name, 'converted', error);
    } finally {
      await source.close();
    }
  }

  /** @param lastLine how many bytes the last line has, where that is known already */
  async #lines(file: KnownSource, source: OpenSource, engine: Engine, lastLine: number | undefined): Promise<Lines> {
    const extension = innerExtension(file.name);
    const kind = file.kind.contentType === 'application/vnd.apache.parquet' ? 'parquet' : sourceFormat(file.name);
    const packed = file.kind.gzip ? 'gzip' : 'none';
    if (kind === undefined || (file.kind.compressed && !file.kind.gzip && kind !== 'parquet')) {
      throw new Error('It is none of CSV, TSV, JSON, JSON Lines and Parquet, plain or (but for Parquet) gzipped.');
    }
    if (kind === 'parquet') return this.#fromQuery(engine, sql.parquetRowsSql(file.path));
    const { text, whole, utf8 } = await source.firstText(file.kind.gzip);
    if (kind === 'json') {
      // The engine would take an array for a single record.
      if (text.startsWith('\ufeff')) throw new Error('It begins with a byte order mark, which JSON may not have.');
      return this.#fromJson(engine, file.path, extension === '.json' ? 'auto' : 'newline_delimited', packed);
    }
    if (whole && /^\ufeff?[\r\n]*$/.test(text)) return NO_LINES;
    const header = csvHeader(text, whole, extension === '.csv' ? undefined : '\t');
    if (header === undefined) throw new Error('Its header does not end within its first MiB.');
    if (header.unreadable !== undefined) throw new Error(header.unreadable);
    if (!utf8 && header.names.some((name) => name.includes('\ufffd'))) throw new Error('Its header is not UTF-8.');
    if ((lastLine ?? (await source.lastLine(MAX_LINE_BYTES + 4))) > MAX_LINE_BYTES)
      throw new Error('Its last line has more than 2,000,000 bytes.');
    return this.#fromQuery(engine, sql.csvRowsSql(file.path, header, packed), header.names);
  }

  async #fromJson(engine: Engine, path: string, layout: sql.JsonLayout, packed: sql.Compression): Promise<Lines> {
    if (this.#options.format === 'jsonl') return { projection: sql.jsonLinesSql(path, layout, packed), columns: [] };
    const result = await engine.connection.runAndReadAll(sql.jsonKeysSql(path, layout, packed));
    const keys = result.getRows().map(([key]) => key);
    if (!keys.every((key) => typeof key === 'string')) {
      throw new Error('It has a record that is not an object, or that has a key twice.');
    }
    return keys.length === 0 ? NO_LINES : this.#fromQuery(engine, sql.jsonRowsSql(path, keys, layout, packed), keys);
  }

  /** @param names of the columns, where the query itself does not give them their names */
  async #fromQuery(engine: Engine, rowsSql: string, names?: readonly string[]): Promise<Lines> {
    const described = await engine.describe(rowsSql);
    const columns = described.map(({ name, type }, i) => ({ name: names?.[i] ?? name, type }));
    return {
      projection: projectionSql(rowsSql, columns, this.#options.format, this.#options),
      columns: columns.map(({ name, type }) => ({ name, type: String(type) })),
    };
  }
}

const NO_LINES: Lines = { projection: `SELECT '' WHERE false`, columns: [] };

function withoutHeader(options: FileOptions): FileOptions {
  return { ...options, csv: { ...options.csv, header: false } };
}
