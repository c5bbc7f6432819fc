import * as vscode from 'vscode';
import type { TextChange } from '../../core/sync/definition/edits.ts';
import { TextPlaces } from './textPlaces.ts';

/** Puts changes of a text into an edit of the file that holds it. */
export function addChanges(
  edit: vscode.WorkspaceEdit,
  uri: vscode.Uri,
  text: string,
  changes: readonly TextChange[],
): void {
  const places = new TextPlaces(text);
  for (const { offset, length, content } of changes) edit.replace(uri, places.range({ offset, length }), content);
}
