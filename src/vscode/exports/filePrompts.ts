import path from 'node:path';
import * as vscode from 'vscode';
import type { FileFormat } from '../../core/destination/fileFormat.ts';
import { cancelled } from '../../core/problem.ts';
import { sourceFormat } from '../../exporter/outputNames.ts';
import { askAll, askPick, type Step } from '../multiStep.ts';
import { type PromptContext, suggestSyncId, type TargetDraft, targetSteps } from './exportPrompts.ts';

/** What is known of an export of files; the prompts ask for the rest. */
export interface FilesDraft extends TargetDraft {
  files?: vscode.Uri[];
  /** A format to convert to, or that the files go as they are. */
  convert?: FileFormat | 'no';
}

const CHOICES = [
  { label: 'As they are', description: 'byte for byte', convert: 'no', iconPath: new vscode.ThemeIcon('files') },
  { label: 'Convert to CSV', convert: 'csv', iconPath: new vscode.ThemeIcon('table') },
  { label: 'Convert to JSON Lines', convert: 'jsonl', iconPath: new vscode.ThemeIcon('json') },
] as const;

/**
 * Asks for what a draft does not hold yet. Whether to convert is asked only where all files can be converted.
 * @throws ProblemError `cancelled` when the user leaves the prompts
 */
export async function completeFilesDraft(context: PromptContext, draft: FilesDraft): Promise<Required<FilesDraft>> {
  const suggest = ({ files = [] }: FilesDraft): string =>
    suggestSyncId(files.length === 1 ? stemOf(files[0]) : 'files');
  const steps = [filesStep(draft), convertStep(draft), ...targetSteps(context, draft, suggest)];
  if (!(await askAll('Export Files to S3', steps, draft))) throw cancelled();
  const { files, destination, syncId, convert = 'no' } = draft;
  if (files === undefined || destination === undefined || syncId === undefined) throw cancelled();
  return { files, destination, syncId, convert };
}

function filesStep(given: FilesDraft): Step<FilesDraft> {
  const known = given.files !== undefined;
  return {
    when: () => !known,
    ask: async (draft, frame) => {
      const inFront = vscode.window.activeTextEditor?.document.uri;
      const found = await vscode.workspace.findFiles('**/*', '**/{node_modules,.git}/**', 5000);
      const items: (vscode.QuickPickItem & { uri?: vscode.Uri; folders?: boolean })[] = found
        .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), iconPath: vscode.ThemeIcon.File, uri }))
        .sort((a, b) => a.label.localeCompare(b.label));
      const active = items.find(({ uri }) => uri?.toString() === inFront?.toString());
      items.unshift(
        { label: 'Choose files…', iconPath: new vscode.ThemeIcon('files'), folders: false },
        { label: 'Choose a folder…', iconPath: new vscode.ThemeIcon('folder'), folders: true },
      );
      const answer = await askPick(frame, { items, active, placeholder: 'Which file?' });
      if (answer.kind !== 'value') return answer.kind;
      const { uri, folders } = answer.value;
      const files = uri === undefined ? await chooseOnDisk(folders === true) : [uri];
      if (files === undefined) return 'cancel';
      draft.files = files;
      return 'next';
    },
  };
}

async function chooseOnDisk(folders: boolean): Promise<vscode.Uri[] | undefined> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return vscode.window.showOpenDialog({
    canSelectMany: true,
    canSelectFiles: !folders,
    canSelectFolders: folders,
    openLabel: 'Export to S3',
    ...(folder === undefined ? {} : { defaultUri: folder.uri }),
  });
}

function convertStep(given: FilesDraft): Step<FilesDraft> {
  const known = given.convert !== undefined;
  return {
    when: ({ files = [] }) => !known && files.length > 0 && files.every((uri) => sourceFormat(uri.path) !== undefined),
    ask: async (draft, frame) => {
      const active = CHOICES.find(({ convert }) => convert === draft.convert);
      const answer = await askPick<(typeof CHOICES)[number]>(frame, {
        items: CHOICES,
        active,
        placeholder: 'In which form?',
      });
      if (answer.kind !== 'value') return answer.kind;
      draft.convert = answer.value.convert;
      return 'next';
    },
  };
}

function stemOf(uri: vscode.Uri | undefined): string {
  return path.posix.basename(uri?.path ?? '').replace(/(?<=.)\..*$/, '');
}
