import * as vscode from 'vscode';

const SCHEME = 's3destinations-report';
/** Of the editor's own Markdown support. */
const PAGE_COMMAND = 'markdown.showPreview';

/** Read-only documents that tell what was found out. They are made when they are shown, and kept as long as the window. */
class Reports implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? 'This report is of an earlier window. Make it again.\n';
  }

  set(uri: vscode.Uri, text: string): void {
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }
}

const reports = new Reports();

/** Has the editor ask here for the text of reports. */
export function registerReports(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, reports);
}

/**
 * Shows a report in Markdown as a page, or as text where the editor's own Markdown support is switched off.
 * @param kind groups reports; one of the same kind and title takes the place of the one before
 * @param text must hold no secret
 */
export async function showReport(kind: string, title: string, text: string): Promise<void> {
  const uri = reportUri(kind, `${title}.md`, text);
  const document = await vscode.workspace.openTextDocument(uri);
  try {
    await vscode.commands.executeCommand(PAGE_COMMAND, uri);
  } catch {
    await vscode.window.showTextDocument(document, { preview: true });
  }
}

/**
 * Shows two texts side by side, with what differs.
 * @param kind as of a report
 * @param before its title names the document, with an extension
 */
export async function showDifference(
  kind: string,
  title: string,
  before: { title: string; text: string },
  after: { title: string; text: string },
): Promise<void> {
  const [left, right] = [before, after].map((side) => reportUri(kind, side.title, side.text));
  await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: false });
}

function reportUri(kind: string, name: string, text: string): vscode.Uri {
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${kind}/${name.replace(/[^\w.→ -]+/g, '-')}` });
  reports.set(uri, text);
  return uri;
}
