import * as vscode from 'vscode';
import { cancelled } from '../../core/problem.ts';
import type { DestinationStore } from './destinationStore.ts';

/** Asks for one of the destinations. @param title of the prompt @throws ProblemError `cancelled` */
export async function pickDestination(store: DestinationStore, title: string): Promise<string> {
  const picked = await vscode.window.showQuickPick(destinationItems(store), {
    title,
    placeHolder: 'Which destination?',
    ignoreFocusOut: true,
  });
  if (picked === undefined) throw cancelled(title);
  return picked.label;
}

/** The destinations as items of a picker. */
export function destinationItems(store: DestinationStore): vscode.QuickPickItem[] {
  return store.list().map(({ name, bucket, region, pathPrefix }) => ({
    label: name,
    description: [bucket, region, pathPrefix].filter((part) => part !== '').join(' · '),
    iconPath: new vscode.ThemeIcon('database'),
  }));
}
