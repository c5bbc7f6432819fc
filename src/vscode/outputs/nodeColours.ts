import * as vscode from 'vscode';

const SCHEME = 's3destinations-node';

const COLOURS = {
  warning: 'list.warningForeground',
  error: 'list.errorForeground',
  dim: 'disabledForeground',
} as const;

/** How the label of a node stands out. */
export type Tone = keyof typeof COLOURS;

/** The address by which a node gets the colour of its tone. */
export function toned(tone: Tone, id: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, authority: tone, path: `/${encodeURIComponent(id)}` });
}

/** Colours labels in the tree: an item itself can colour its icon only. */
export function registerNodeColours(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration({ scheme, authority }) {
      if (scheme !== SCHEME || !(authority in COLOURS)) return undefined;
      return new vscode.FileDecoration(undefined, undefined, new vscode.ThemeColor(COLOURS[authority as Tone]));
    },
  });
}
