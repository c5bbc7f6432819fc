import path from 'node:path';
import * as vscode from 'vscode';
import { s3Uri, syncIdBreach } from '../../core/destination/keys.ts';
import { cancelled } from '../../core/problem.ts';
import type { Stores } from '../destinations/stores.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import { askAll, askPick, askText, type Step } from '../multiStep.ts';
import { existingSyncIds } from '../outputs/syncIds.ts';
import { type ModeDraft, modeSteps } from './modePrompts.ts';
import { type SqlSource, sqlFromDocument, sqlFromFile, sqlFromText } from './sqlSource.ts';

/** What is known of where an export goes. */
export interface TargetDraft {
  destination?: string;
  syncId?: string;
}

/** What is known of an export; the prompts ask for the rest. */
export interface ExportDraft extends TargetDraft, ModeDraft {
  source?: SqlSource;
}

/** What the prompts need of the extension. */
export interface PromptContext {
  destinations: DestinationStore;
  stores: Stores;
}

const TYPE_A_QUERY = 'Type a query…';
const ADD_DESTINATION = 'Add destination…';

/**
 * Asks for what a draft does not hold yet.
 * @throws ProblemError `cancelled` when the user leaves the prompts
 */
export async function completeDraft(
  context: PromptContext,
  draft: ExportDraft,
  title: string,
): Promise<ExportDraft & Required<Pick<ExportDraft, 'source' | 'destination' | 'syncId'>>> {
  const suggest = ({ source }: ExportDraft): string =>
    suggestSyncId(path.basename(source?.origin?.uri.path ?? '', '.sql'));
  const steps = [queryStep(draft), ...targetSteps(context, draft, suggest), ...modeSteps<ExportDraft>()];
  if (!(await askAll(title, steps, draft))) throw cancelled();
  const { source, destination, syncId } = draft;
  if (source === undefined || destination === undefined || syncId === undefined) throw cancelled();
  return { ...draft, source, destination, syncId };
}

/** The query that a person means who starts an export: the selection or the whole of the `.sql` file in front of them. */
export function sqlInFront(resource: unknown): Promise<SqlSource | undefined> | SqlSource | undefined {
  const editor = vscode.window.activeTextEditor;
  const uri = resource instanceof vscode.Uri ? resource : undefined;
  if (editor !== undefined && (uri === undefined || editor.document.uri.toString() === uri.toString())) {
    if (uri !== undefined || editor.document.languageId === 'sql')
      return sqlFromDocument(editor.document, editor.selection);
  }
  return uri === undefined ? undefined : sqlFromFile(uri);
}

function queryStep(given: ExportDraft): Step<ExportDraft> {
  const known = given.source !== undefined;
  return {
    when: () => !known,
    ask: async (draft, frame) => {
      const files = await vscode.workspace.findFiles('**/*.sql', '**/node_modules/**', 1000);
      const items: (vscode.QuickPickItem & { uri?: vscode.Uri })[] = files
        .map((uri) => ({
          label: vscode.workspace.asRelativePath(uri),
          iconPath: new vscode.ThemeIcon('file-code'),
          uri,
        }))
        .sort((a, b) => a.label.localeCompare(b.label));
      items.unshift({ label: TYPE_A_QUERY, iconPath: new vscode.ThemeIcon('edit') });
      const answer = await askPick(frame, { items, placeholder: 'Which query?' });
      if (answer.kind !== 'value') return answer.kind;
      if (answer.value.uri !== undefined) {
        draft.source = await sqlFromFile(answer.value.uri);
        return 'next';
      }
      const prompt = 'A query over the workspace’s files';
      const validate = (value: string): string | undefined =>
        value.trim() === '' ? 'A query is required.' : undefined;
      const placeholder = "SELECT * FROM 'data/users.csv'";
      const typed = await askText(frame, { prompt, placeholder, value: draft.source?.sql, validate });
      if (typed.kind !== 'value') return typed.kind;
      draft.source = sqlFromText(typed.value);
      return 'next';
    },
  };
}

/** Asks where an export goes. @param suggest proposes a sync id */
export function targetSteps<D extends TargetDraft>(
  context: PromptContext,
  given: D,
  suggest: (draft: D) => string,
): Step<D>[] {
  return [destinationStep(context, given), syncIdStep(context, given, suggest)];
}

function destinationStep<D extends TargetDraft>({ destinations }: PromptContext, given: D): Step<D> {
  const known = given.destination !== undefined;
  return {
    when: () => !known,
    ask: async (draft, frame) => {
      const items: vscode.QuickPickItem[] = destinations.list().map(({ name, bucket, region, pathPrefix }) => ({
        label: name,
        description: [bucket, region, pathPrefix].filter((part) => part !== '').join(' · '),
        iconPath: new vscode.ThemeIcon('database'),
      }));
      const add = { label: ADD_DESTINATION, iconPath: new vscode.ThemeIcon('add'), alwaysShow: true };
      const active = items.find(({ label }) => label === draft.destination);
      const answer = await askPick(frame, { items: [...items, add], active, placeholder: 'Where to?' });
      if (answer.kind !== 'value') return answer.kind;
      draft.destination = answer.value === add ? (await added(destinations)).name : answer.value.label;
      return 'next';
    },
  };
}

function syncIdStep<D extends TargetDraft>(
  { destinations, stores }: PromptContext,
  given: D,
  suggest: (draft: D) => string,
): Step<D> {
  const known = given.syncId !== undefined;
  return {
    when: () => !known,
    ask: async (draft, frame) => {
      const name = draft.destination ?? '';
      const suggested = draft.syncId ?? suggest(draft);
      const existing = await existingSyncIds(stores, name);
      const items = [...new Set([suggested, ...existing])].map((label) => ({
        label,
        description: existing.includes(label) ? 'has outputs' : 'new',
        iconPath: new vscode.ThemeIcon('sync'),
      }));
      const typed = (label: string): (typeof items)[number] | undefined =>
        syncIdBreach(label) === undefined && items.every((item) => item.label !== label)
          ? { label, description: 'new', iconPath: new vscode.ThemeIcon('sync') }
          : undefined;
      const { bucket, pathPrefix } = destinations.fields(name);
      const placeholder = `The sync id. Files go to ${s3Uri(bucket, pathPrefix)}<sync id>/`;
      const answer = await askPick(frame, { items, typed, placeholder });
      if (answer.kind !== 'value') return answer.kind;
      draft.syncId = answer.value.label;
      return 'next';
    },
  };
}

/** A sync id made from the name of a file or a folder, without its extension. */
export function suggestSyncId(name: string): string {
  const id = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[._-]+|-+$/g, '');
  return id === '' ? 'export' : id.slice(0, 128);
}

async function added(destinations: DestinationStore): Promise<{ name: string }> {
  const { addDestination } = await import('../destinations/destinationActions.ts');
  return addDestination(destinations);
}
