import * as vscode from 'vscode';
import {
  duplicateIds,
  overlappingOutputs,
  spanOf,
  unknownDestinations,
} from '../../../core/sync/definition/checkSyncs.ts';
import type { SyncFinding } from '../../../core/sync/definition/syncDefinition.ts';
import { repairsOf } from '../../diagnose/repair.ts';
import type { CheckResults } from '../../diagnose/checkResults.ts';
import type { DestinationStore } from '../../destinations/destinationStore.ts';
import type { Log } from '../../log.ts';
import type { SyncFile, SyncFiles } from '../syncFiles.ts';
import { TextPlaces } from '../textPlaces.ts';
import { type Describe, ModelChecks } from './modelChecks.ts';

/** What the checks need of the extension. */
export interface ProblemsContext {
  destinations: DestinationStore;
  checks: CheckResults;
  describe: Describe;
  log: Log;
}

/** What is said by the editor's own JSON support, from the schema. */
const IN_SCHEMA: ReadonlySet<SyncFinding['code']> = new Set(['syntax', 'unknown-property']);
const JSON_SUPPORT = 'vscode.json-language-features';
/** More are not read by anybody. */
const MOST_SHOWN = 500;
/** How long after a change files are looked at. */
const LOOK_AFTER_MS = 100;
/** How long queries are left alone after a change: somebody may be typing, and describing takes a process. */
const DESCRIBE_AFTER_MS = 700;

/** Shows what is wrong with the definitions of syncs as problems of their files, each at its property. */
export class SyncProblems implements vscode.Disposable {
  readonly #files: SyncFiles;
  readonly #context: ProblemsContext;
  readonly #collection = vscode.languages.createDiagnosticCollection('s3Destinations.syncs');
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscriptions: { dispose(): unknown }[] = [this.#collection, this.#changed];
  /** Fires when other problems may be shown than before. */
  readonly onDidChange = this.#changed.event;
  readonly #findings = new Map<string, SyncFinding[]>();
  readonly #reasons = new Map<string, string>();
  readonly models: ModelChecks;
  /** Counts the looks at the files: what an earlier one has found late is not shown. */
  #look = 0;
  #describing: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;

  constructor(files: SyncFiles, context: ProblemsContext) {
    this.#files = files;
    this.#context = context;
    this.models = new ModelChecks(context.describe);
    const again = (): void => this.#lookSoon();
    const models = vscode.workspace.createFileSystemWatcher('**/*.sql');
    const moved = (): void => {
      this.models.forget();
      again();
    };
    const changed = (): void => {
      this.models.forgetColumns();
      this.#describeSoon();
    };
    const all = vscode.workspace.createFileSystemWatcher('**/*');
    const read = (uri: vscode.Uri): void => {
      if (this.models.fileChanged(uri)) this.#describeSoon();
    };
    this.#subscriptions.push(
      this.models,
      ...[models, models.onDidCreate(moved), models.onDidChange(changed), models.onDidDelete(moved)],
      ...[all, all.onDidCreate(read), all.onDidChange(read), all.onDidDelete(read)],
      ...[files.onDidChange(again), context.destinations.onDidChange(again), context.checks.onDidChange(again)],
      vscode.window.onDidChangeVisibleTextEditors(() => this.#describeSoon()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('s3Destinations.query.prepare')) this.#describeSoon();
      }),
    );
  }

  /** What was found last in a file. */
  findings(uri: vscode.Uri): readonly SyncFinding[] {
    return this.#findings.get(uri.toString()) ?? [];
  }

  /** Why a sync cannot run as it is defined, in a sentence. @param index its place in the file */
  of(uri: vscode.Uri, index: number): string | undefined {
    return this.#reasons.get(`${uri.toString()}\n${index}`);
  }

  /** Looks at all files, and shows what is wrong with them. */
  async look(): Promise<void> {
    const look = ++this.#look;
    const { files } = this.#files;
    const { destinations } = this.#context;
    const known = new Set(destinations.list().map(({ name }) => name));
    const placed = files.flatMap(({ uri, parsed }) => parsed.syncs.map((sync) => ({ file: uri.toString(), sync })));
    const overlaps = overlappingOutputs(placed, (name) => (known.has(name) ? destinations.fields(name) : undefined));
    const found = new Map<string, SyncFinding[]>();
    for (const file of files) {
      const { syncs, findings } = file.parsed;
      const key = file.uri.toString();
      found.set(key, [
        ...findings,
        ...duplicateIds(key, syncs),
        ...unknownDestinations(syncs, known),
        ...(overlaps.get(key) ?? []),
        ...this.#ofDestinations(file),
      ]);
    }
    for (const file of files) found.get(file.uri.toString())?.push(...(await this.models.missing(file)));
    if (look !== this.#look) return;
    this.#findings.clear();
    for (const [key, findings] of found) this.#findings.set(key, findings);
    this.#show();
    this.#describeSoon();
  }

  dispose(): void {
    clearTimeout(this.#describing);
    clearTimeout(this.#looking);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** What went wrong with the destinations that syncs use. */
  #ofDestinations({ parsed: { syncs } }: SyncFile): SyncFinding[] {
    return syncs.flatMap((sync) => {
      const { destination, index } = sync;
      const problem = this.#context.checks.problem(destination);
      if (problem === undefined) return [];
      const fixes = repairsOf(problem).map((repair) => ({ kind: 'repair', destination, repair }) as const);
      const message = problem.fix === undefined ? problem.message : `${problem.message} ${problem.fix}`;
      return { code: 'destination', severity: 'error', message, span: spanOf(sync, 'destination'), index, fixes };
    });
  }

  /** Many files may change at once. */
  #lookSoon(): void {
    clearTimeout(this.#looking);
    this.#looking = setTimeout(() => {
      this.look().catch((error: unknown) => this.#context.log.error('The syncs could not be checked.', error));
    }, LOOK_AFTER_MS);
  }

  #describeSoon(): void {
    clearTimeout(this.#describing);
    this.#describing = setTimeout(() => {
      this.#checkKeys().catch((error: unknown) =>
        this.#context.log.error('The keys of syncs could not be checked.', error),
      );
    }, DESCRIBE_AFTER_MS);
  }

  /** Looks whether queries give the keys, in files that somebody sees. */
  async #checkKeys(): Promise<void> {
    const look = this.#look;
    const seen = new Set(vscode.window.visibleTextEditors.map(({ document }) => document.uri.toString()));
    for (const file of this.#files.files) {
      const key = file.uri.toString();
      if (!seen.has(key) || !vscode.workspace.isTrusted) continue;
      const found = await this.models.keys(file);
      if (look !== this.#look) return;
      const others = this.#findings.get(key)?.filter(({ code }) => code !== 'unknown-column') ?? [];
      this.#findings.set(key, [...others, ...found]);
      this.#show();
    }
  }

  #show(): void {
    const hasJsonSupport = vscode.extensions.getExtension(JSON_SUPPORT) !== undefined;
    this.#reasons.clear();
    for (const [key, findings] of this.#findings) {
      for (const { index, severity, code, message } of findings) {
        // What is wrong with a destination is shown there.
        if (index !== undefined && severity === 'error' && code !== 'destination')
          this.#reasons.set(`${key}\n${index}`, message);
      }
    }
    const shown = new Map<string, [vscode.Uri, vscode.Diagnostic[]]>();
    const places = new Map(this.#files.files.map((file) => [file.uri.toString(), new TextPlaces(file.text)]));
    for (const file of this.#files.files) {
      const findings = this.#findings.get(file.uri.toString()) ?? [];
      const visible = hasJsonSupport ? findings.filter(({ code }) => !IN_SCHEMA.has(code)) : findings;
      const diagnostics = visible.slice(0, MOST_SHOWN).map((finding) => diagnosticOf(finding, file, places));
      shown.set(file.uri.toString(), [file.uri, diagnostics]);
    }
    this.#collection.clear();
    this.#collection.set([...shown.values()]);
    this.#changed.fire(undefined);
  }
}

function diagnosticOf(
  { code, severity, message, span, related = [] }: SyncFinding,
  { uri, text }: SyncFile,
  places: ReadonlyMap<string, TextPlaces>,
): vscode.Diagnostic {
  const { Error, Warning } = vscode.DiagnosticSeverity;
  const range = (places.get(uri.toString()) ?? new TextPlaces(text)).range(span);
  const diagnostic = new vscode.Diagnostic(range, message, severity === 'error' ? Error : Warning);
  diagnostic.source = 'S3 Destinations';
  diagnostic.code = code;
  diagnostic.relatedInformation = related.flatMap((other) => {
    const place = places.get(other.file);
    if (place === undefined) return [];
    const location = new vscode.Location(vscode.Uri.parse(other.file, true), place.range(other.span));
    return new vscode.DiagnosticRelatedInformation(location, other.message);
  });
  return diagnostic;
}
