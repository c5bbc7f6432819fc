import * as vscode from 'vscode';

/**
 * What the editor keeps for an extension across windows, as it keeps it: changes are sent all together a moment later, and
 * what is answered takes the place of all that stands there, changes that were made meanwhile among it.
 */
export class EditorMemory {
  #values: Record<string, unknown> = {};
  #unsent: (() => void)[] = [];
  readonly #sent: (() => void)[] = [];

  get<T>(key: string, fallback?: T): T {
    return (this.#values[key] ?? fallback) as T;
  }

  update(key: string, value: unknown): Promise<void> {
    this.#values[key] = value;
    return new Promise((resolve) => this.#unsent.push(resolve));
  }

  /** Sends what has changed. */
  send(): void {
    if (this.#unsent.length === 0) return;
    const resolved = this.#unsent;
    const values = structuredClone(this.#values);
    this.#unsent = [];
    this.#sent.push(() => {
      this.#values = values;
      for (const resolve of resolved) resolve();
    });
  }

  /** Answers what was sent. */
  answer(): void {
    for (const answer of this.#sent.splice(0)) answer();
  }
}

/** The context of an extension that has stored nothing. @param globalState keeps at once what it is given by default */
export function emptyContext(globalState: Pick<vscode.Memento, 'get' | 'update'> = atOnce()): vscode.ExtensionContext {
  const secrets = new Map<string, string>();
  const storage = {
    get: (key: string) => Promise.resolve(secrets.get(key)),
    store: (key: string, value: string) => Promise.resolve(void secrets.set(key, value)),
    delete: (key: string) => Promise.resolve(void secrets.delete(key)),
    onDidChange: () => new vscode.Disposable(() => undefined),
  };
  return { globalState, secrets: storage } as unknown as vscode.ExtensionContext;
}

function atOnce(): Pick<vscode.Memento, 'get' | 'update'> {
  const memory = new Map<string, unknown>();
  return {
    get: (key: string, fallback?: unknown) => memory.get(key) ?? fallback,
    update: (key: string, value: unknown) => Promise.resolve(void memory.set(key, value)),
  };
}
