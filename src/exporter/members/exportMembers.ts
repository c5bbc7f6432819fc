import { ProblemError } from '../../core/problem.ts';
import { refuseDuplicates } from '../../core/rows/rowColumns.ts';
import { Engine } from '../duckdb/engine.ts';
import { prepareModel } from '../duckdb/model.ts';
import { jsonArray, projectionSql } from '../duckdb/projection.ts';
import { CopyOut } from '../copyOut.ts';
import { splitterOf } from '../exportQuery.ts';
import type { FrameWriter } from '../frames.ts';
import * as protocol from '../protocol.ts';
import { fillWithRows } from './fillWithRows.ts';
import { type MemberKey, memberKey } from './memberKey.ts';
import { type Changes, MemberTable } from './memberTable.ts';
import { refuseOtherColumns, sameColumns } from './sameColumns.ts';
import { type EarlierRows, openState } from './stateFile.ts';

/** What every job with members needs. */
export interface MembersJob {
  order: protocol.MembersOrder;
  files: protocol.FileOptions;
  engine: protocol.EngineOptions;
  frames: FrameWriter;
  report: (progress: protocol.JobProgress) => void;
}

/**
 * Runs a query once, checks the keys of its rows, and writes those that the order wants, in the query's order and as an
 * export without a key writes them. Nothing is sent before all rows have been read and checked.
 * @throws ProblemError `null-key`, `duplicate-key`, `duplicate-column`; `invalid-argument` for a key that is not there, or
 * that is another than before; `conflict` when the earlier rows cannot be read
 */
export async function exportQueryMembers(model: protocol.QueryJob, job: MembersJob): Promise<protocol.JobSummary> {
  const engine = await Engine.open(job.engine);
  const { earlier, state } = job.order;
  const files = [earlier?.file, state].filter((file) => file !== undefined);
  const query = await prepareModel(engine, model, { ...job.engine, files });
  const columns = query.columns.map(({ name, type }) => ({ name, type: String(type) }));
  refuseTwice(job, columns, 'the query gives', 'Give the columns different names with AS.');
  const key = memberKey(job.order.primaryKey, columns, 'the query gives');
  const run = await Run.begin(engine, job, key, columns);
  const isNull = key.keyIndexes.map((i) => `c${i} IS NULL`).join(' OR ');
  const beside = [
    `CASE WHEN ${isNull} THEN NULL ELSE ${jsonArray(query.columns, key.keyIndexes)} END`,
    `CAST(md5(${jsonArray(query.columns, key.allIndexes)}) AS UUID)`,
  ];
  const lines = projectionSql(query.sql, query.columns, job.files.format, job.files, beside);
  const timer = setInterval(() => {
    job.report({ rows: Number(engine.connection.progress.rows_processed), bytes: 0 });
  }, protocol.REPORT_EVERY_MS);
  try {
    await run.table.fill(lines);
  } finally {
    clearInterval(timer);
  }
  return run.finish();
}

/** As `exportQueryMembers`, for the rows that the host sends. @param pipe the host's batches */
export async function exportRowsMembers(
  { columns: declared }: protocol.RowsJob,
  pipe: AsyncIterable<Buffer>,
  job: MembersJob,
): Promise<protocol.JobSummary> {
  const columns = declared.map(({ name, type }) => ({ name, type: type ?? 'any' }));
  refuseTwice(job, columns, '“columns” names', 'Give the columns different names.');
  const key = memberKey(job.order.primaryKey, columns, '“columns” names');
  const run = await Run.begin(await Engine.open(job.engine), job, key, columns);
  await fillWithRows(run.table, declared, key, job.files, pipe, (rows) => job.report({ rows, bytes: 0 }));
  return run.finish();
}

/** What a run does besides reading its rows. */
class Run {
  readonly table: MemberTable;
  readonly #engine: Engine;
  readonly #job: MembersJob;
  readonly #key: MemberKey;
  readonly #columns: protocol.Column[];
  readonly #earlier: EarlierRows | undefined;

  /** Looks at the earlier rows first: what is wrong with them is known before the source is run. */
  static async begin(engine: Engine, job: MembersJob, key: MemberKey, columns: protocol.Column[]): Promise<Run> {
    const earlier = await earlierRows(engine, job.order, key, columns);
    return new Run(engine, job, key, columns, earlier);
  }

  private constructor(
    engine: Engine,
    job: MembersJob,
    key: MemberKey,
    columns: protocol.Column[],
    earlier: EarlierRows | undefined,
  ) {
    this.table = new MemberTable(engine, key.columns);
    this.#engine = engine;
    this.#job = job;
    this.#key = key;
    this.#columns = columns;
    this.#earlier = earlier;
  }

  /** Checks the keys of the table's rows, compares and writes them. */
  async finish(): Promise<protocol.JobSummary> {
    const { table } = this;
    const { order, files, frames, engine, report } = this.#job;
    await table.checkKeys();
    const changes = await this.#changes();
    if (order.state !== undefined) await table.writeState(order.state);
    const names = this.#columns.map(({ name }) => name);
    const lines = changes === undefined || changes.added === table.rows ? table.allLines : table.markedLines;
    const splitter = splitterOf(frames, files, names);
    const rows = await new CopyOut(engine).copy(this.#engine, lines, splitter, (written, percent) =>
      report({ rows: written, bytes: frames.bytes, percent }),
    );
    const members = { read: table.rows, keyColumns: this.#key.columns, ...(changes && { changes }) };
    return { columns: this.#columns, rows, members };
  }

  async #changes(): Promise<Changes | undefined> {
    const { order } = this.#job;
    if (order.write === 'all') return undefined;
    const earlier = this.#earlier;
    const changes = earlier && (await unlessFullRun(order, () => this.#compare(earlier)));
    return changes ?? { added: this.table.rows, changed: 0, removed: 0 };
  }

  async #compare(earlier: EarlierRows): Promise<Changes> {
    const { order } = this.#job;
    const changes = await this.table.compare(earlier, order.write === 'newAndChanged');
    // Hashes of rows with other columns differ, but that says nothing.
    return sameColumns(order.earlier?.columns ?? [], this.#columns) ? changes : { ...changes, changed: 0 };
  }
}

/** The rows to compare with; undefined when all rows count as new. */
async function earlierRows(
  engine: Engine,
  order: protocol.MembersOrder,
  key: MemberKey,
  columns: readonly protocol.Column[],
): Promise<EarlierRows | undefined> {
  const { write, earlier } = order;
  if (write === 'all' || earlier === undefined) return undefined;
  return unlessFullRun(order, async () => {
    refuseOtherColumns(earlier, key.columns, columns, write === 'newAndChanged');
    return await openState(engine, earlier.file);
  });
}

/** What an action gives; undefined when it is refused, but the order says what to do then: take all rows for new. */
async function unlessFullRun<R>({ fullRun }: protocol.MembersOrder, action: () => Promise<R>): Promise<R | undefined> {
  try {
    return await action();
  } catch (error) {
    if (fullRun && error instanceof ProblemError && error.problem.confirm === 'fullRun') return undefined;
    throw error;
  }
}

function refuseTwice({ files }: MembersJob, columns: readonly protocol.Column[], who: string, fix: string): void {
  const names = columns.map(({ name }) => name);
  if (files.format === 'jsonl') refuseDuplicates(names, who, fix);
}
