import { getNodeValue, type Node } from 'jsonc-parser';
import { syncIdBreach } from '../../destination/keys.ts';
import { ProblemError } from '../../problem.ts';
import { KINDS, type Kind, MODES, type Mode, MODES_OF_KIND, parseExportRequest } from '../exportRequest.ts';
import type { SchedulesOfFile } from './schedulesOfFile.ts';
import { type JsonProperty, propertiesOf, spanOf } from './jsonNodes.ts';
import { modelPathBreach } from './modelPath.ts';
import type { JsonPath, SyncDefinition, SyncFinding, SyncFix, TextSpan } from './syncDefinition.ts';

/** What decides together how a run treats what is there. */
const OF_MODE = ['kind', 'mode', 'primaryKey', 'onlyNewRows'] as const;

/** What each says for itself. */
const OF_WRITING = [
  'format',
  'gzip',
  'csv',
  'jsonl',
  'fileName',
  'maxFileBytes',
  'maxFileRows',
  'emptyFile',
  'allowEmptyMirror',
  'fullRun',
] as const;

/** What its query is run with. */
const OF_QUERY = ['prepare', 'inputs'] as const;

/** All properties that a definition may have. */
export const SYNC_PROPERTIES = [
  'id',
  'destination',
  'model',
  'sql',
  'schedule',
  ...OF_QUERY,
  ...OF_MODE,
  ...OF_WRITING,
] as const;

/** Options are checked without a destination: these are the defaults of every one. */
const ANY_DESTINATION = { target: { format: 'csv', gzip: true } } as const;
const ANY_SIZE = 1;

/**
 * Reads one definition. Without an id that can be used, there is no sync.
 * @param index its place in the file
 * @param schedules reads the schedules of that file
 */
export function readSync(
  node: Node,
  index: number,
  schedules: SchedulesOfFile,
): { sync?: SyncDefinition; findings: SyncFinding[] } {
  const reader = new SyncReader(node, index, schedules);
  if (node.type !== 'object') {
    reader.error('invalid-value', 'A sync has to be an object.', spanOf(node));
    return { findings: reader.findings };
  }
  const sync = reader.read();
  return { ...(sync === undefined ? {} : { sync }), findings: reader.findings };
}

class SyncReader {
  readonly findings: SyncFinding[] = [];
  readonly #node: Node;
  readonly #index: number;
  readonly #schedules: SchedulesOfFile;
  readonly #properties = new Map<string, JsonProperty>();

  constructor(node: Node, index: number, schedules: SchedulesOfFile) {
    this.#node = node;
    this.#index = index;
    this.#schedules = schedules;
  }

  read(): SyncDefinition | undefined {
    for (const property of propertiesOf(this.#node)) {
      if (this.#properties.has(property.name)) {
        // Which of them is meant, readers might take differently.
        this.error('duplicate-property', `“${property.name}” stands here twice.`, spanOf(property.key));
      }
      if ((SYNC_PROPERTIES as readonly string[]).includes(property.name)) this.#properties.set(property.name, property);
      else this.#unknown(property);
    }
    const id = this.#text('id', (value) => syncIdBreach(value));
    const destination = this.#text('destination', (value) => (value === '' ? 'A name is required.' : undefined));
    const from = this.#source();
    const how = this.#how();
    this.#query();
    const schedule = this.#schedule();
    const mode = this.#mode();
    if (id === undefined) return undefined;
    const values = [...this.#properties].map(([name, { value }]) => [name, spanOf(value)] as const);
    return {
      ...{ id, destination: destination ?? '', ...from, ...mode, ...schedule },
      ...{ how, index: this.#index, span: spanOf(this.#node), values: Object.fromEntries(values) },
    };
  }

  error(code: SyncFinding['code'], message: string, span: TextSpan, fixes: SyncFix[] = []): void {
    const more = fixes.length === 0 ? {} : { fixes };
    this.findings.push({ code, severity: 'error', message, span, index: this.#index, ...more });
  }

  #unknown({ name, key }: JsonProperty): void {
    const message = `“${name}” is nothing that a sync has.`;
    this.findings.push({
      ...{ code: 'unknown-property', severity: 'warning', message, span: spanOf(key), index: this.#index },
      fixes: [this.#without(name)],
    });
  }

  #source(): Pick<SyncDefinition, 'model' | 'sql'> {
    const model = this.#properties.get('model');
    const sql = this.#properties.get('sql');
    if (model === undefined) {
      if (sql === undefined) {
        this.error('missing-property', 'A sync needs “model”, the path of a .sql file, or “sql”.', this.#head());
        return {};
      }
      const text = this.#text('sql', (value) => (value.trim() === '' ? 'A query is required.' : undefined));
      return text === undefined ? {} : { sql: text };
    }
    if (sql !== undefined) {
      const fixes = ['sql', 'model'].map((name): SyncFix => this.#without(name));
      this.error('invalid-value', 'A sync has either “model” or “sql”, not both.', spanOf(sql.key), fixes);
    }
    const text = this.#text('model', () => undefined);
    const breach = text === undefined ? undefined : modelPathBreach(text);
    if (breach !== undefined) this.error('model-path', `“${text}” cannot be used. ${breach}`, spanOf(model.value));
    return text === undefined || breach !== undefined ? {} : { model: text };
  }

  #schedule(): Pick<SyncDefinition, 'schedule'> {
    if (!this.#properties.has('schedule')) return {};
    const schedule = this.#value('schedule');
    try {
      this.#schedules.read(schedule);
      return { schedule };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { message, fix = '' } = error.problem;
      this.error('invalid-value', `${message} ${fix}`.trim(), this.#span('schedule'));
      return {};
    }
  }

  #query(): void {
    const prepare = this.#value('prepare');
    if (prepare !== undefined && prepare !== null && prepare !== '') {
      const breach = typeof prepare === 'string' ? modelPathBreach(prepare) : 'It has to be text.';
      if (breach !== undefined) {
        this.error('model-path', `“prepare” cannot be used. ${breach}`, this.#span('prepare'));
      }
    }
    const inputs = this.#properties.get('inputs')?.value;
    if (inputs === undefined) return;
    if (inputs.type !== 'object') this.error('invalid-value', '“inputs” must be an object.', spanOf(inputs));
    else {
      for (const { name, value } of propertiesOf(inputs)) {
        if (value.type !== 'object' && value.type !== 'array') continue;
        const message = `The input “${name}” must be text, a number, true, false or null.`;
        this.error('invalid-value', message, spanOf(value));
      }
    }
  }

  /** The options, each checked by itself, so that what is wrong is found at its place. */
  #how(): Record<string, unknown> {
    const how: Record<string, unknown> = {};
    for (const name of [...OF_QUERY, ...OF_MODE, ...OF_WRITING]) {
      const property = this.#properties.get(name);
      if (property === undefined) continue;
      const value: unknown = getNodeValue(property.value);
      how[name] = value;
      if ((OF_WRITING as readonly string[]).includes(name)) this.#check({ [name]: value }, property);
    }
    return how;
  }

  #mode(): Pick<SyncDefinition, 'kind' | 'mode' | 'primaryKey' | 'onlyNewRows'> {
    const choice = <T extends string>(name: 'kind' | 'mode', choices: readonly T[]): T | undefined => {
      const property = this.#properties.get(name);
      if (property === undefined) return undefined;
      const value: unknown = getNodeValue(property.value);
      const found = choices.find((known) => known === value);
      if (found !== undefined) return found;
      const path = this.#path(name);
      const fixes = choices.map((known): SyncFix => ({ kind: 'set', title: `Use “${known}”`, path, value: known }));
      const message = `“${name}” must be ${choices.map((known) => `"${known}"`).join(' or ')}.`;
      this.error('invalid-value', message, spanOf(property.value), fixes);
      return undefined;
    };
    const saidKind = choice<Kind>('kind', KINDS);
    const saidMode = choice<Mode>('mode', MODES);
    const kind = saidKind ?? (saidMode === 'add' || saidMode === 'upsert' ? 'audience' : 'model');
    const mode = saidMode ?? MODES_OF_KIND[kind][0] ?? 'insert';
    this.#checkMode(kind, mode);
    const primaryKey = this.#checked({ primaryKey: this.#value('primaryKey') }, 'primaryKey')?.primaryKey ?? [];
    const onlyNewRows = this.#value('onlyNewRows');
    const needsKey = kind === 'audience' || onlyNewRows === true;
    if (onlyNewRows !== undefined && typeof onlyNewRows !== 'boolean')
      this.error('invalid-value', '“onlyNewRows” must be true or false.', this.#span('onlyNewRows'));
    else if (onlyNewRows === true && mode !== 'insert') {
      this.error('mode-and-kind', '“onlyNewRows” is for mode insert only.', this.#span('onlyNewRows'), [
        this.#without('onlyNewRows'),
      ]);
    }
    if (needsKey && !this.#properties.has('primaryKey')) {
      const what = kind === 'audience' ? 'An audience' : '“onlyNewRows”';
      const message = `${what} needs “primaryKey”: the columns that tell rows apart.`;
      const id = this.#value('id');
      const fixes: SyncFix[] = typeof id === 'string' ? [{ kind: 'choose-key', syncId: id }] : [];
      const span = this.#span(kind === 'audience' ? 'kind' : 'onlyNewRows', 'mode');
      this.error('missing-property', message, span, fixes);
    }
    return { kind, mode, primaryKey, onlyNewRows: onlyNewRows === true };
  }

  #checkMode(kind: Kind, mode: Mode): void {
    const modes = MODES_OF_KIND[kind];
    if (modes.includes(mode)) return;
    const what = kind === 'model' ? 'a model' : 'an audience';
    const fixes = modes.map((known): SyncFix => {
      return { kind: 'set', title: `Use mode “${known}”`, path: this.#path('mode'), value: known };
    });
    for (const other of KINDS.filter((known) => MODES_OF_KIND[known].includes(mode)))
      fixes.push({
        kind: 'set',
        title: `Make it ${other === 'model' ? 'a model' : 'an audience'}`,
        path: this.#path('kind'),
        value: other,
      });
    const message = `Mode ${mode} does not fit ${what}. Use ${modes.join(', ')}.`;
    this.error('mode-and-kind', message, this.#span('mode', 'kind'), fixes);
  }

  #check(given: Record<string, unknown>, { name, value }: JsonProperty): void {
    this.#checked(given, name, spanOf(value));
  }

  /** Has an argument of `exportQuery` read; what is wrong with it is found at the property. */
  #checked(
    given: Record<string, unknown>,
    name: string,
    span = this.#span(name),
  ): { primaryKey: string[] } | undefined {
    try {
      return parseExportRequest({ syncId: 'any', ...given }, ANY_DESTINATION, ANY_SIZE);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.error('invalid-value', error.message, span);
      return undefined;
    }
  }

  #text(name: string, breachOf: (value: string) => string | undefined): string | undefined {
    const property = this.#properties.get(name);
    if (property === undefined) {
      this.error('missing-property', `A sync needs “${name}”.`, this.#head());
      return undefined;
    }
    const value: unknown = property.value.value;
    const breach = typeof value === 'string' ? breachOf(value) : 'It has to be text.';
    if (typeof value === 'string' && breach === undefined) return value;
    this.error('invalid-value', `“${name}” cannot be used. ${breach ?? ''}`, spanOf(property.value));
    return undefined;
  }

  #value(name: string): unknown {
    const property = this.#properties.get(name);
    return property === undefined ? undefined : getNodeValue(property.value);
  }

  #without(name: string): SyncFix {
    return { kind: 'set', title: `Remove “${name}”`, path: this.#path(name), value: undefined };
  }

  #path(name: string): JsonPath {
    return ['syncs', this.#index, name];
  }

  /** Where the first of these properties is that is there; else where the definition begins. */
  #span(...names: string[]): TextSpan {
    const property = names.map((name) => this.#properties.get(name)).find((found) => found !== undefined);
    return property === undefined ? this.#head() : spanOf(property.value);
  }

  /** Where the definition begins: all of it would be too much to underline. */
  #head(): TextSpan {
    const id = this.#properties.get('id');
    return id === undefined ? { offset: this.#node.offset, length: 1 } : spanOf(id.value);
  }
}
