import { Engine } from '../duckdb/engine.ts';
import { engineProblem } from '../duckdb/engineError.ts';
import { sqlString } from '../duckdb/sqlText.ts';
import {
  type CompareOrder,
  type ComparedRun,
  type JobProgress,
  REPORT_EVERY_MS,
  type RowComparison,
  type RowDifference,
  type SampleRow,
  type SourceFile,
} from '../protocol.ts';
import { fileProblem } from '../fileProblem.ts';
import { sourceFormat } from '../outputNames.ts';
import { type FileRows, fileRows } from './comparedFile.ts';

/** Temporary, so that they lie in the engine's temporary folder as soon as there is too little memory for them. */
const ROWS = 'temp.main."s3Destinations rows"';
const REST = 'temp.main."s3Destinations rest"';
const WANTED = 'temp.main."s3Destinations wanted"';

/** What is shown of a value, and how many columns of a sample. */
const VALUE_CHARACTERS = 1000;
const SAMPLE_COLUMNS = 500;

type Kind = keyof RowComparison['samples'];

/** A file of one of the runs, and how its rows are read. */
interface Read extends FileRows {
  file: SourceFile;
  after: boolean;
}

/**
 * Compares the rows of two runs, out of core: of each row two hashes are kept, of its key and of all that both runs have of it.
 * Rows that are there several times count as often as they are there.
 * @throws ProblemError `query-failed` naming the file that cannot be read, `disk-full`
 */
export async function compareRuns(
  order: CompareOrder,
  report: (progress: JobProgress) => void,
): Promise<RowComparison> {
  const engine = await Engine.open(order.engine);
  try {
    return await compare(engine, order, report);
  } finally {
    engine.close();
  }
}

async function compare(
  engine: Engine,
  order: CompareOrder,
  report: (progress: JobProgress) => void,
): Promise<RowComparison> {
  await engine.connection.run('SET enable_progress_bar = true');
  await engine.connection.run('SET enable_progress_bar_print = false');
  await engine.connection.run('SET progress_bar_time = 0');
  const files = await readFiles(engine, order);
  const columns = columnsOf(order, files);
  const known = order.key ?? [];
  const key = known.length > 0 && known.every((name) => columns.both.includes(name)) ? [...known] : undefined;
  const comparing = new Comparing(engine, files, columns.both, key, report);
  const counts = await comparing.count();
  const samples = await comparing.samples(order.samples);
  return { ...counts, ...(key === undefined ? {} : { key }), columns, samples };
}

class Comparing {
  readonly #engine: Engine;
  readonly #files: readonly Read[];
  readonly #both: readonly string[];
  readonly #key: readonly string[] | undefined;
  readonly #report: (progress: JobProgress) => void;

  constructor(
    engine: Engine,
    files: readonly Read[],
    both: readonly string[],
    key: readonly string[] | undefined,
    report: (progress: JobProgress) => void,
  ) {
    this.#engine = engine;
    this.#files = files;
    this.#both = both;
    this.#key = key;
    this.#report = report;
  }

  async count(): Promise<Omit<RowComparison, 'key' | 'columns' | 'samples'>> {
    await this.#run(`CREATE TEMP TABLE ${ROWS}(after BOOLEAN, id UUID, hash UUID)`);
    await this.#fill();
    await this.#run(`CREATE TEMP TABLE ${REST} AS SELECT * FROM (
      SELECT id, hash, count(*) FILTER (NOT after) AS before, count(*) FILTER (after) AS after, min(rowid) AS first
      FROM ${ROWS} GROUP BY id, hash) WHERE before <> after`);
    const [[total] = []] = await this.#run(`SELECT count(*) FROM ${ROWS} WHERE NOT after`);
    const [[gone, changed, added, removed] = []] = await this.#run(`SELECT sum(gone), sum(least(gone, come)),
      sum(come - least(gone, come)), sum(gone - least(gone, come)) FROM (${this.#byId})`);
    return {
      added: Number(added ?? 0),
      changed: Number(changed ?? 0),
      removed: Number(removed ?? 0),
      unchanged: Number(total) - Number(gone ?? 0),
      repeatedKeys: await this.#repeated(),
    };
  }

  /** @param most of each kind */
  async samples(most: number): Promise<RowComparison['samples']> {
    const kinds: Record<Kind, string> = {
      added: 'gone = 0',
      changed: 'gone > 0 AND come > 0',
      removed: 'come = 0',
    };
    const picked = Object.entries(kinds).map(
      ([kind, is]) =>
        `(SELECT id, ${sqlString(kind)} AS kind, first FROM (${this.#byId}) WHERE ${is} ORDER BY first LIMIT ${most})`,
    );
    await this
      .#run(`CREATE TEMP TABLE ${WANTED} AS SELECT id, hash, kind, ids.first AS place, rest.before > rest.after AS was
      FROM (${picked.join(' UNION ALL ')}) AS ids JOIN ${REST} AS rest USING (id)`);
    const found = new Map<string, Found>();
    const [[wanted] = []] = await this.#run(`SELECT count(*) FROM ${WANTED}`);
    if (Number(wanted) > 0) for (const file of this.#files) await this.#collect(file, found, most);
    const samples: RowComparison['samples'] = { added: [], changed: [], removed: [] };
    for (const { kind, before, after } of [...found.values()].sort((a, b) => a.place - b.place)) {
      const pairs = kind === 'changed' ? Math.max(before.length, after.length) : before.length + after.length;
      for (let i = 0; i < pairs && samples[kind].length < most; i++) {
        const difference: RowDifference = {
          ...(before[i] === undefined ? {} : { before: before[i] as SampleRow }),
          ...(after[i] === undefined ? {} : { after: after[i] as SampleRow }),
        };
        if (Object.keys(difference).length > 0) samples[kind].push(difference);
      }
    }
    return samples;
  }

  async #fill(): Promise<void> {
    let done = 0;
    for (const read of this.#files) {
      if (read.names.length === 0) continue;
      const timer = setInterval(() => {
        this.#report({ rows: done + Number(this.#engine.connection.progress.rows_processed), bytes: 0 });
      }, REPORT_EVERY_MS);
      try {
        const { id, hash } = this.#hashes(read);
        const sql = `INSERT INTO ${ROWS} SELECT ${read.after}, ${id}, ${hash} FROM (${read.sql})`;
        done += (await this.#named(read, () => this.#engine.connection.run(sql))).rowsChanged;
      } finally {
        clearInterval(timer);
      }
    }
  }

  /** What is left of the rows of each key when those are taken away that both runs have. */
  get #byId(): string {
    return `SELECT id, sum(greatest(before - after, 0)) AS gone, sum(greatest(after - before, 0)) AS come, min(first) AS first
      FROM ${REST} GROUP BY id`;
  }

  async #repeated(): Promise<number> {
    if (this.#key === undefined) return 0;
    const [[keys] = []] = await this.#run(
      `SELECT count(DISTINCT id) FROM (SELECT id FROM ${ROWS} GROUP BY id, after HAVING count(*) > 1)`,
    );
    return Number(keys);
  }

  /** The hashes of a file's rows, as SQL. */
  #hashes({ names }: Read): { id: string; hash: string } {
    const hash = rowHash(this.#both, names);
    return { id: this.#key === undefined ? hash : rowHash(this.#key, names), hash };
  }

  async #collect(read: Read, found: Map<string, Found>, most: number): Promise<void> {
    if (read.names.length === 0) return;
    const { id, hash } = this.#hashes(read);
    const names = read.names.slice(0, SAMPLE_COLUMNS);
    const values = names.map((_, i) => `left(c${i}, ${VALUE_CHARACTERS + 1}) AS c${i}`);
    const own = names.map((_, i) => `c${i}`);
    const sql = `SELECT CAST(id AS VARCHAR), kind, place, ${own.join(', ')} FROM
      (SELECT ${id} AS id, ${hash} AS hash, ${values.join(', ')} FROM (${read.sql})) AS rows
      JOIN (SELECT * FROM ${WANTED} WHERE was <> ${read.after}) AS wanted USING (id, hash) LIMIT ${3 * most}`;
    const rows = await this.#named(read, async () => (await this.#engine.connection.runAndReadAll(sql)).getRows());
    for (const [of, kind, place, ...texts] of rows) {
      const one = found.get(String(of)) ?? { kind: kind as Kind, place: Number(place), before: [], after: [] };
      found.set(String(of), one);
      const row = Object.fromEntries(names.map((name, i) => [name, shortened(texts[i] as string | null)]));
      (read.after ? one.after : one.before).push(row);
    }
  }

  async #named<R>({ file }: Read, work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      throw fileProblem(file.name, 'compared', error);
    }
  }

  async #run(sql: string): Promise<unknown[][]> {
    try {
      return (await this.#engine.connection.runAndReadAll(sql)).getRows();
    } catch (error) {
      throw engineProblem(error);
    }
  }
}

/** The rows of one key that differ. */
interface Found {
  kind: Kind;
  place: number;
  before: SampleRow[];
  after: SampleRow[];
}

async function readFiles(engine: Engine, { before, after, delimiter }: CompareOrder): Promise<Read[]> {
  const read: Read[] = [];
  const json = [...before.files, ...after.files].every(({ name }) => sourceFormat(name) === 'json');
  const add = async ({ files, columns, csv }: ComparedRun, isAfter: boolean): Promise<void> => {
    const known = {
      ...{ json, ...(columns && { columns }), ...(csv && { csv }) },
      ...(delimiter === undefined ? {} : { delimiter }),
    };
    for (const file of files) {
      const rows = await fileRows(engine, file, known).catch((error: unknown) => {
        throw fileProblem(file.name, 'compared', error);
      });
      read.push({ ...rows, file, after: isAfter });
    }
  };
  await add(before, false);
  await add(after, true);
  return read;
}

function columnsOf({ before, after }: CompareOrder, files: readonly Read[]): RowComparison['columns'] {
  const of = (run: ComparedRun, isAfter: boolean): string[] => {
    const names = files.filter((file) => file.after === isAfter).flatMap((file) => file.names);
    return [...new Set(names.length === 0 ? run.columns : names)];
  };
  const [was, is] = [of(before, false), of(after, true)];
  return {
    both: is.filter((name) => was.includes(name)),
    onlyBefore: was.filter((name) => !is.includes(name)),
    onlyAfter: is.filter((name) => !was.includes(name)),
  };
}

/** A hash of the values of some columns, as SQL: each with its length before it, so that no two rows are written the same. */
function rowHash(columns: readonly string[], names: readonly string[]): string {
  const parts = columns.flatMap((name) => {
    const i = names.indexOf(name);
    return i < 0 ? [`'n'`] : [`coalesce(CAST(strlen(c${i}) AS VARCHAR), 'n')`, `':'`, `c${i}`];
  });
  return `CAST(md5(concat(${parts.length === 0 ? `''` : parts.join(', ')})) AS UUID)`;
}

function shortened(text: string | null): string | null {
  return text !== null && text.length > VALUE_CHARACTERS ? `${text.slice(0, VALUE_CHARACTERS)}…` : text;
}
