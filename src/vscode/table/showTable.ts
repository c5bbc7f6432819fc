import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { ProblemError } from '../../core/problem.ts';
import { copiedText, findCells } from '../../core/table/tableText.ts';
import type { Copied, FromTable, Place, ToTable } from '../../core/table/tableMessages.ts';
import type { TableSource } from '../../core/table/tableSource.ts';
import { tablePage } from './tablePage.ts';

export const TABLE_VIEW = 's3Destinations.table';

/** What is to be shown, and how. */
export interface TableOptions {
  /** The tab's label. */
  title: string;
  source: TableSource;
  /**
   * Opens what is shown once more, as it is now, after rows could not be read. Without it, the same source is asked again.
   * @param rows how many there were
   */
  again?: (rows: number) => Promise<TableSource>;
  /** The folder of the extension. */
  extensionUri: vscode.Uri;
  /** A table with the same id is replaced where it is; without an id, each is a tab of its own. */
  id?: string;
  /** Opens the same as text: the button is there where this is. */
  openAsText?: () => Promise<unknown>;
  column?: vscode.ViewColumn;
  preserveFocus?: boolean;
}

/** A table on the screen. */
export interface ShownTable {
  /** Shows what the source says now: after its `state()` has changed by something else than `loadMore`. */
  update(): void;
  close(): void;
  readonly onDidClose: vscode.Event<void>;
}

/** The tables that are open, the last that was active at the end. */
const open: Table[] = [];

/** Shows rows as a table in an editor. The source is disposed of when the table is closed or replaced. */
export function showTable(options: TableOptions): ShownTable {
  const { id, column, preserveFocus = false } = options;
  const shown = id === undefined ? undefined : open.find((table) => table.id === id);
  if (shown !== undefined) {
    shown.replace(options);
    shown.panel.reveal(column, preserveFocus);
    return shown;
  }
  return new Table(options, { viewColumn: column ?? vscode.ViewColumn.Active, preserveFocus });
}

/** Does to the table that is active, or was last, what a command is for. @returns whether there is one */
export async function onActiveTable(what: Copied | 'more' | 'text' | 'search', place?: Place): Promise<boolean> {
  const table = open.findLast(({ panel }) => panel.active) ?? open.at(-1);
  if (table === undefined) return false;
  await table.act(what, place);
  return true;
}

class Table implements ShownTable {
  readonly panel: vscode.WebviewPanel;
  readonly id: string | undefined;
  #options: TableOptions;
  #focus: Place | undefined;
  #source = 0;
  #loading = false;
  #isClosed = false;
  readonly #closed = new vscode.EventEmitter<void>();
  readonly onDidClose = this.#closed.event;

  constructor(options: TableOptions, where: { viewColumn: vscode.ViewColumn; preserveFocus: boolean }) {
    this.#options = options;
    this.id = options.id;
    const dist = vscode.Uri.joinPath(options.extensionUri, 'dist');
    this.panel = vscode.window.createWebviewPanel(TABLE_VIEW, options.title, where, {
      enableScripts: true,
      localResourceRoots: [dist],
      // Where it was scrolled to, and what was found, would be gone otherwise.
      retainContextWhenHidden: true,
    });
    const { webview } = this.panel;
    const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
    webview.onDidReceiveMessage((message: FromTable) => {
      this.#handle(message).catch((error: unknown) => this.#refuse(error));
    });
    this.panel.onDidChangeViewState(() => {
      if (!this.panel.active) return;
      open.splice(open.indexOf(this), 1);
      open.push(this);
    });
    this.panel.onDidDispose(() => {
      open.splice(open.indexOf(this), 1);
      this.#isClosed = true;
      this.#options.source.dispose?.();
      this.#closed.fire();
      this.#closed.dispose();
    });
    open.push(this);
    webview.html = tablePage({
      title: options.title,
      script: uri('table.js'),
      style: uri('table.css'),
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('hex'),
    });
  }

  replace(options: TableOptions): void {
    if (options.source !== this.#options.source) this.#options.source.dispose?.();
    this.#options = options;
    this.#source++;
    this.#focus = undefined;
    this.#loading = false;
    this.panel.title = options.title;
    this.update();
  }

  update(): void {
    const { title, source, openAsText } = this.#options;
    const hasText = openAsText !== undefined;
    this.#say({
      type: 'state',
      source: this.#source,
      label: title,
      state: source.state(),
      loading: this.#loading,
      hasText,
    });
  }

  close(): void {
    this.panel.dispose();
  }

  /** @throws whatever hinders it */
  async act(what: Copied | 'more' | 'text' | 'search', place = this.#focus): Promise<void> {
    if (what === 'more') return this.#loadMore();
    if (what === 'text') await this.#options.openAsText?.();
    else if (what === 'search') this.#say({ type: 'search' });
    else if (place !== undefined) await this.#copy(what, place);
  }

  async #handle(message: FromTable): Promise<void> {
    const { source } = this.#options;
    switch (message.type) {
      case 'ready':
        this.update();
        return;
      case 'rows': {
        const { request, start, count } = message;
        try {
          this.#say({ type: 'rows', request, rows: await source.rows(start, count) });
        } catch (error) {
          this.#say({ type: 'rows', request });
          if (source === this.#options.source) this.#refuse(error, true);
        }
        return;
      }
      case 'find':
        try {
          this.#say({ type: 'found', request: message.request, ...(await findCells(source, message.text)) });
        } catch (error) {
          if (source === this.#options.source) this.#refuse(error, true);
        }
        return;
      case 'focus':
        this.#focus = message.place;
        return;
      case 'copy':
        return this.#copy(message.what, message.place);
      case 'more':
      case 'again':
        try {
          await (message.type === 'more' ? this.#loadMore() : this.#again());
        } catch (error) {
          this.#refuse(error, true);
        }
        return;
      case 'text':
        await this.#options.openAsText?.();
    }
  }

  /** Reads anew what could not be read. @throws whatever hinders it: what is there stays */
  async #again(): Promise<void> {
    const options = this.#options;
    if (this.#loading) return;
    if (options.again === undefined) {
      this.replace(options);
      return;
    }
    this.#loading = true;
    this.update();
    try {
      const source = await options.again(options.source.state().rows);
      if (options === this.#options && !this.#isClosed) this.replace({ ...options, source });
      else source.dispose?.();
    } finally {
      if (options === this.#options) {
        this.#loading = false;
        this.update();
      }
    }
  }

  async #loadMore(): Promise<void> {
    const { source } = this.#options;
    if (this.#loading || source.loadMore === undefined || !source.state().more) return;
    this.#loading = true;
    this.update();
    try {
      await source.loadMore();
    } catch (error) {
      // What has become of rows that are not shown any more is of no interest.
      if (source === this.#options.source) throw error;
    } finally {
      if (source === this.#options.source) {
        this.#loading = false;
        this.update();
      }
    }
  }

  async #copy(what: Copied, place: Place): Promise<void> {
    const text = await copiedText(this.#options.source, what, place);
    if (text === undefined) throw new Error(`The ${what} is too long to be copied.`);
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage(`$(check) Copied the ${what}`, 3000);
  }

  /** @param again whether it can be tried again */
  #refuse(error: unknown, again = false): void {
    const fix = error instanceof ProblemError ? (error.problem.fix ?? '') : '';
    const message = `${error instanceof Error ? error.message : String(error)} ${fix}`.trim();
    this.#say({ type: 'refused', message, again });
  }

  #say(message: ToTable): void {
    if (!this.#isClosed) void this.panel.webview.postMessage(message);
  }
}
