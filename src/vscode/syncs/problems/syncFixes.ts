import * as vscode from 'vscode';
import { repairLabel } from '../../../core/diagnose/repairs.ts';
import { changesFor } from '../../../core/sync/definition/edits.ts';
import type { SyncFinding, SyncFix } from '../../../core/sync/definition/syncDefinition.ts';
import { addChanges } from '../editFile.ts';
import type { SyncFiles } from '../syncFiles.ts';
import type { SyncProblems } from './syncProblems.ts';

/** A quick fix, and what it is made from. */
class SyncAction extends vscode.CodeAction {
  readonly fix: SyncFix;
  readonly document: vscode.TextDocument;

  constructor(title: string, fix: SyncFix, document: vscode.TextDocument) {
    super(title, vscode.CodeActionKind.QuickFix);
    this.fix = fix;
    this.document = document;
  }
}

/** Offers what can be done about the problems of definitions. */
export class SyncFixes implements vscode.CodeActionProvider<SyncAction> {
  readonly #files: SyncFiles;
  readonly #problems: SyncProblems;

  constructor(files: SyncFiles, problems: SyncProblems) {
    this.#files = files;
    this.#problems = problems;
  }

  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): SyncAction[] {
    const file = this.#files.files.find(({ uri }) => uri.toString() === document.uri.toString());
    if (file === undefined) return [];
    return this.#problems.findings(document.uri).flatMap((finding) => {
      const { offset, length } = finding.span;
      const place = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
      if (place.intersection(range) === undefined) return [];
      const own = diagnostics.filter(
        (diagnostic) => diagnostic.code === finding.code && diagnostic.range.isEqual(place),
      );
      return actionsFor(finding, document, own);
    });
  }

  /** Edits are made when they are wanted: each takes a look at all of the text. */
  resolveCodeAction(action: SyncAction): SyncAction {
    const { fix, document } = action;
    const edit = new vscode.WorkspaceEdit();
    if (fix.kind === 'set')
      addChanges(edit, document.uri, document.getText(), changesFor(document.getText(), fix.path, fix.value));
    if (fix.kind === 'rename')
      addChanges(edit, document.uri, document.getText(), changesFor(document.getText(), fix.path, fix.id));
    if (edit.size > 0) action.edit = edit;
    return action;
  }
}

function actionsFor(
  { fixes = [] }: SyncFinding,
  document: vscode.TextDocument,
  diagnostics: vscode.Diagnostic[],
): SyncAction[] {
  return fixes.map((fix, i) => {
    const action = new SyncAction(titleOf(fix), fix, document);
    action.diagnostics = diagnostics;
    action.isPreferred = i === 0 && diagnostics.length > 0;
    const command = commandOf(fix, document);
    if (command !== undefined) action.command = { title: action.title, ...command };
    return action;
  });
}

function titleOf(fix: SyncFix): string {
  switch (fix.kind) {
    case 'set':
      return fix.title;
    case 'rename':
      return `Rename to ${fix.id}`;
    case 'add-destination':
      return `Add the Destination ${fix.name}…`;
    case 'create-model':
      return `Create ${fix.model}`;
    case 'choose-key':
      return 'Choose the Key from the Query’s Columns…';
    case 'repair':
      return `${repairLabel(fix.repair)} (${fix.destination})`;
  }
}

function commandOf(fix: SyncFix, { uri }: vscode.TextDocument): { command: string; arguments: unknown[] } | undefined {
  switch (fix.kind) {
    case 'add-destination':
      return { command: 's3Destinations.addDestination', arguments: [fix.name] };
    case 'choose-key':
      return {
        command: 's3Destinations.chooseSyncKey',
        arguments: [{ kind: 'sync', syncId: fix.syncId, definition: uri.toString() }],
      };
    case 'repair':
      return {
        command: 's3Destinations.repairDestination',
        arguments: [{ name: fix.destination, repair: fix.repair, announce: true }],
      };
    case 'create-model':
      return {
        command: 's3Destinations.createModel',
        arguments: [{ model: fix.model, definition: uri.toString() }],
      };
    case 'set':
    case 'rename':
      return undefined;
  }
}
