import { getLocation, type Location } from 'jsonc-parser';
import * as vscode from 'vscode';
import { s3Uri, syncFolder } from '../../core/destination/keys.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import { modelPath } from './modelFile.ts';
import type { SyncProblems } from './problems/syncProblems.ts';
import type { SyncFiles } from './syncFiles.ts';

const MOST_MODELS = 1000;

/** Completes what no schema can know: destinations, models and the columns of queries. Says where a destination leads. */
export class SyncCompletions implements vscode.CompletionItemProvider, vscode.HoverProvider {
  readonly #files: SyncFiles;
  readonly #problems: SyncProblems;
  readonly #destinations: DestinationStore;

  constructor(files: SyncFiles, problems: SyncProblems, destinations: DestinationStore) {
    this.#files = files;
    this.#problems = problems;
    this.#destinations = destinations;
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionItem[]> {
    const location = getLocation(document.getText(), document.offsetAt(position));
    const property = propertyAt(location);
    if (property === undefined || location.isAtPropertyKey) return [];
    const range = valueRange(document, position, location);
    return (await this.#valuesFor(property, document, location)).map(({ value, detail }, i) => {
      const text = JSON.stringify(value);
      const item = new vscode.CompletionItem(text, vscode.CompletionItemKind.Value);
      item.range = range;
      item.filterText = text;
      item.sortText = String(i).padStart(5, '0');
      item.insertText = text;
      if (detail !== undefined) item.detail = detail;
      return item;
    });
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const location = getLocation(document.getText(), document.offsetAt(position));
    const { previousNode, isAtPropertyKey } = location;
    if (propertyAt(location) !== 'destination' || isAtPropertyKey || previousNode === undefined) return undefined;
    const name: unknown = previousNode.value;
    if (typeof name !== 'string' || !this.#destinations.has(name)) return undefined;
    const { bucket, region, pathPrefix, endpoint } = this.#destinations.fields(name);
    const sync = this.#files.syncs.find(
      ({ file, sync: { index } }) => file.uri.toString() === document.uri.toString() && index === location.path[1],
    );
    const folder = sync === undefined ? pathPrefix : syncFolder(pathPrefix, sync.sync.id);
    const lines = [s3Uri(bucket, folder), [region, endpoint].filter((part) => part !== undefined).join(' · ')];
    return new vscode.Hover(lines.map((line) => new vscode.MarkdownString().appendText(line)));
  }

  async #valuesFor(property: string, document: vscode.TextDocument, { path }: Location): Promise<Proposal[]> {
    switch (property) {
      case 'destination':
        return this.#destinations.list().map(({ name, bucket, region, pathPrefix }) => ({
          value: name,
          detail: [bucket, region, pathPrefix].filter((part) => part !== '').join(' · '),
        }));
      case 'model':
        return this.#models(document.uri);
      case 'primaryKey':
        return this.#columns(document.uri, path[1]);
      default:
        return [];
    }
  }

  async #models(uri: vscode.Uri): Promise<Proposal[]> {
    const folder = this.#files.folderOf(uri);
    if (folder === undefined) return [];
    const pattern = new vscode.RelativePattern(folder, '**/*.sql');
    const files = await vscode.workspace.findFiles(pattern, '**/node_modules/**', MOST_MODELS);
    return files
      .flatMap((file) => modelPath(folder, file) ?? [])
      .map((value) => ({ value }))
      .sort((a, b) => a.value.localeCompare(b.value));
  }

  async #columns(uri: vscode.Uri, index: unknown): Promise<Proposal[]> {
    await this.#files.refresh();
    const defined = this.#files.syncs.find(
      ({ file, sync }) => file.uri.toString() === uri.toString() && sync.index === index,
    );
    if (defined === undefined || !vscode.workspace.isTrusted) return [];
    const columns = await this.#problems.models.columns(defined).catch(() => []);
    return columns.map((value) => ({ value, detail: 'a column of the query' }));
  }
}

interface Proposal {
  value: string;
  detail?: string;
}

/** The property of a sync that a place is in the value of. */
function propertyAt({ path }: Location): string | undefined {
  const [syncs, index, property] = path;
  return syncs === 'syncs' && typeof index === 'number' && typeof property === 'string' ? property : undefined;
}

/** The text that there is in the place of the value. */
function valueRange(
  document: vscode.TextDocument,
  position: vscode.Position,
  { previousNode }: Location,
): vscode.Range {
  const offset = document.offsetAt(position);
  if (previousNode?.type !== 'string') return new vscode.Range(position, position);
  const { offset: start, length } = previousNode;
  if (offset < start || offset > start + length) return new vscode.Range(position, position);
  return new vscode.Range(document.positionAt(start), document.positionAt(start + length));
}
