import path from 'node:path';
import type * as vscode from 'vscode';
import { ProblemError } from '../../../core/problem.ts';
import { sideBySide } from '../../../core/sideBySide.ts';
import { pathOf, spanOf } from '../../../core/sync/definition/checkSyncs.ts';
import type { SyncDefinition, SyncFinding, SyncFix } from '../../../core/sync/definition/syncDefinition.ts';
import type { Column } from '../../../exporter/protocol.ts';
import { preparationOf, type QueryOf } from '../../exports/querySource.ts';
import { exportOf, sourceOf } from '../runSync.ts';
import type { DefinedSync, SyncFile } from '../syncFiles.ts';

const MODELS_AT_ONCE = 8;
/** Queries that are described for one look at a file: each takes a process of its own. */
const MOST_DESCRIBED = 20;
/** Columns that are proposed as the key. */
const PROPOSALS = 5;
const KEPT = 200;
/** A query that takes longer to describe is one whose columns are not known: nobody has asked for it. */
const LONGEST_MS = 10_000;

/** What a query gives, and the texts that name the files that it reads. */
interface Described {
  columns: Promise<string[]>;
  texts: string;
}

/** Has the engine say which columns a query gives. */
export type Describe = (query: QueryOf, signal: AbortSignal) => Promise<Column[]>;

/** Looks at the models of syncs: whether they are there, and whether their queries give the key. */
export class ModelChecks implements vscode.Disposable {
  readonly #describe: Describe;
  readonly #described = new Map<string, Described>();
  /** Models that are there, by their URIs. */
  readonly #there = new Set<string>();
  readonly #disposed = new AbortController();

  constructor(describe: Describe) {
    this.#describe = describe;
  }

  /** Finds models that are not there or cannot be read. */
  async missing(file: SyncFile): Promise<SyncFinding[]> {
    const findings: SyncFinding[] = [];
    const byModel = Map.groupBy(
      file.parsed.syncs.filter(({ model }) => model !== undefined),
      ({ model }) => model,
    );
    await sideBySide(byModel.values(), MODELS_AT_ONCE, async (syncs) => {
      const [first] = syncs;
      if (first === undefined) return;
      const key = `${file.uri.toString()}\n${first.model ?? ''}`;
      if (this.#there.has(key)) return;
      const problem = await this.#problemWith({ file, sync: first });
      if (problem === undefined) {
        this.#there.add(key);
        return;
      }
      for (const sync of syncs) findings.push(missingModel(sync, problem));
    });
    return findings;
  }

  /** Finds key columns that queries do not give. What is wrong with a query itself is the model's problem. */
  async keys(file: SyncFile): Promise<SyncFinding[]> {
    const findings: SyncFinding[] = [];
    const keyed = file.parsed.syncs.filter(({ primaryKey }) => primaryKey.length > 0);
    for (const sync of keyed.slice(0, MOST_DESCRIBED)) {
      const columns = await this.columns({ file, sync }).catch(() => []);
      if (columns.length > 0) findings.push(...unknownColumns(sync, columns));
    }
    return findings;
  }

  /**
   * The columns that a sync's query gives; none where that cannot be known.
   * @throws ProblemError when the model or the query cannot be used
   */
  async columns(defined: DefinedSync): Promise<string[]> {
    const { source, given } = await exportOf(defined);
    const preparation = await preparationOf({ source, given });
    // All that decides on what the query gives, but for the files that it reads.
    const texts = JSON.stringify([source.sql, preparation?.sql, preparation?.origin?.uri.path, given.inputs]);
    const key = `${source.workingDirectory}\n${texts}`;
    const known = this.#described.get(key);
    if (known !== undefined) return known.columns;
    const limit = AbortSignal.timeout(LONGEST_MS);
    const columns = this.#describe({ source, given }, AbortSignal.any([this.#disposed.signal, limit])).then(
      (all) => all.map(({ name }) => name),
      (error: unknown) => {
        if (limit.aborted) return [];
        throw error;
      },
    );
    this.#described.set(key, { columns, texts: texts.toLowerCase() });
    if (this.#described.size > KEPT) this.#described.delete(this.#described.keys().next().value ?? '');
    columns.catch(() => this.#described.delete(key));
    return columns;
  }

  /** Forgets what was found: the files may be others. */
  forget(): void {
    this.#there.clear();
    this.forgetColumns();
  }

  /** Forgets what queries give: they may be others. */
  forgetColumns(): void {
    this.#described.clear();
  }

  /**
   * Forgets what those queries give that may read a file, which has changed.
   * @returns whether there are any
   */
  fileChanged({ path: file }: vscode.Uri): boolean {
    const before = this.#described.size;
    for (const [key, { texts }] of this.#described) if (mayRead(texts, file)) this.#described.delete(key);
    return this.#described.size < before;
  }

  dispose(): void {
    this.#disposed.abort();
  }

  async #problemWith(defined: DefinedSync): Promise<ProblemError | undefined> {
    try {
      await sourceOf(defined);
      return undefined;
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
  }
}

function missingModel(sync: SyncDefinition, { code, message }: ProblemError): SyncFinding {
  const { index, model = '' } = sync;
  const span = spanOf(sync, 'model');
  if (code !== 'source-missing') return { code: 'model-path', severity: 'error', message, span, index };
  const fixes: SyncFix[] = [{ kind: 'create-model', model }];
  return { code: 'missing-model', severity: 'error', message, span, index, fixes };
}

function unknownColumns(sync: SyncDefinition, columns: readonly string[]): SyncFinding[] {
  const known = new Set(columns.map((name) => name.toLowerCase()));
  const missing = sync.primaryKey.filter((name) => !known.has(name.toLowerCase()));
  if (missing.length === 0) return [];
  const span = spanOf(sync, 'primaryKey');
  const path = pathOf(sync, 'primaryKey');
  const fixes = columns.slice(0, PROPOSALS).map((name): SyncFix => {
    return { kind: 'set', title: `Use “${name}” as the Key`, path, value: [name] };
  });
  const names = missing.map((name) => `“${name}”`).join(', ');
  const shown = columns.length > 20 ? `${columns.slice(0, 20).join(', ')} …` : columns.join(', ');
  const message = `The query gives no column ${names}. It gives: ${shown}`;
  const more: SyncFix = { kind: 'choose-key', syncId: sync.id };
  return [{ code: 'unknown-column', severity: 'error', message, span, index: sync.index, fixes: [...fixes, more] }];
}

/**
 * Whether a query may read a file. Names are put together in many ways, and stand for many files where they have stars, but
 * what a file ends with is nearly always there.
 * @param texts in lower case
 */
function mayRead(texts: string, file: string): boolean {
  const name = path.posix.basename(file).toLowerCase();
  const ending = path.posix.extname(name);
  if (ending !== '' && texts.includes(ending)) return true;
  return texts.includes(name) || /[*?]['"\\]/.test(texts);
}
