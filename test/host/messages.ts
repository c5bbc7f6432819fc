import * as vscode from 'vscode';

const SHOWN = ['showInformationMessage', 'showWarningMessage', 'showErrorMessage'] as const;

/** What the extension has told the user: an editor that runs tests shows no notifications. */
export class Messages {
  /** `warning: text [Button, Button]`, in their order. */
  readonly told: string[] = [];
  readonly #window = vscode.window as unknown as Record<string, unknown>;
  readonly #own = new Map<string, unknown>();

  /** Takes all that is told from now on. No button is pressed. */
  constructor() {
    for (const name of SHOWN) {
      this.#own.set(name, this.#window[name]);
      const severity = name.replace(/^show|Message$/g, '').toLowerCase();
      this.#window[name] = (text: string, ...buttons: unknown[]): Promise<undefined> => {
        const labels = buttons.filter((button) => typeof button === 'string');
        this.told.push(`${severity}: ${text}${labels.length === 0 ? '' : ` [${labels.join(', ')}]`}`);
        return Promise.resolve(undefined);
      };
    }
  }

  /** Lets the editor have them again. */
  restore(): void {
    for (const [name, own] of this.#own) this.#window[name] = own;
  }
}
