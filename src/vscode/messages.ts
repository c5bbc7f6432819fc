import * as vscode from 'vscode';
import { withoutLinks } from '../core/diagnose/saidBy.ts';

type Show = typeof vscode.window.showInformationMessage;
type Kind = 'showInformationMessage' | 'showWarningMessage' | 'showErrorMessage';

function plain(kind: Kind): Show {
  return ((message: string, ...rest: string[]) => vscode.window[kind](withoutLinks(message), ...rest)) as Show;
}

/** As the editor's own, but for links. */
export const showInformationMessage = plain('showInformationMessage');
/** As the editor's own, but for links. */
export const showWarningMessage = plain('showWarningMessage');
/** As the editor's own, but for links. */
export const showErrorMessage = plain('showErrorMessage');
