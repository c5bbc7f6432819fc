import * as vscode from 'vscode';
import type { TextSpan } from '../../core/sync/definition/syncDefinition.ts';

/** Where offsets are in a text that need not be open in an editor. */
export class TextPlaces {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const { index } of text.matchAll(/\r\n|[\r\n]/g))
      this.#starts.push(index + (text.startsWith('\r\n', index) ? 2 : 1));
  }

  position(offset: number): vscode.Position {
    const at = Math.min(Math.max(offset, 0), this.#length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return new vscode.Position(low, at - (this.#starts[low] ?? 0));
  }

  range({ offset, length }: TextSpan): vscode.Range {
    return new vscode.Range(this.position(offset), this.position(offset + length));
  }
}
