/** Puts lines together from pieces of text. */
export class Lines {
  #rest = '';

  /** The lines that end in a piece, without their line feeds. */
  add(text: string): string[] {
    // A long line would be copied with each of its pieces otherwise.
    if (!text.includes('\n')) {
      this.#rest += text;
      return [];
    }
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  /** What follows the last line feed. */
  get rest(): string {
    return this.#rest;
  }
}
