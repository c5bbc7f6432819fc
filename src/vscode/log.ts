import type * as vscode from 'vscode';
import { redact, redactAnswer } from '../core/diagnose/redact.ts';

/** The extension's log. All that goes in is freed of secrets first. */
export class Log {
  readonly #channel: vscode.LogOutputChannel;
  readonly #secrets = new Set<string>();

  constructor(channel: vscode.LogOutputChannel) {
    this.#channel = channel;
  }

  /** Makes sure that this value is never written, wherever it may turn up. */
  hide(secret: string): void {
    if (secret !== '') this.#secrets.add(secret);
  }

  info(message: string): void {
    this.#channel.info(this.clean(message));
  }

  warn(message: string): void {
    this.#channel.warn(this.clean(message));
  }

  /** Writes down an error with its causes. */
  error(message: string, error?: unknown): void {
    this.#channel.error(this.clean([message, ...reasons(error)].join('\n  ')));
  }

  show(): void {
    this.#channel.show(true);
  }

  /** The text without the secrets that are known. */
  clean(text: string): string {
    return redact(text, [...this.#secrets]);
  }

  /** The same with all texts in what is plain JSON. */
  cleanAll<T>(value: T): T {
    if (typeof value === 'string') return this.clean(value) as T;
    if (Array.isArray(value)) return value.map((item: unknown) => this.cleanAll(item)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.cleanAll(item as unknown)])) as T;
  }
}

/** What the SDK says of a request. */
interface Metadata {
  requestId?: string;
  extendedRequestId?: string;
}

function reasons(error: unknown): string[] {
  if (error === undefined) return [];
  if (!(error instanceof Error)) return [typeof error === 'string' ? error : JSON.stringify(error)];
  const { requestId, extendedRequestId } = (error as { $metadata?: Metadata }).$metadata ?? {};
  const ids = [requestId, extendedRequestId].filter((id) => id !== undefined).join(', extended id ');
  // An element that is there twice in an answer is a list.
  const message: unknown = error.message;
  const line = `${error.name}: ${redactAnswer(String(message))}${ids === '' ? '' : ` (request ${ids})`}`;
  return [line, ...reasons(error.cause)];
}
