import * as vscode from 'vscode';

/** The hover of a node: facts, a line each. Whatever it is told stands there as it is, never as Markdown. */
export class Hover {
  readonly markdown: vscode.MarkdownString;

  constructor(title: string) {
    this.markdown = new vscode.MarkdownString('', true);
    this.markdown.appendMarkdown('**').appendText(title).appendMarkdown('**');
  }

  /** Adds a fact; nothing where it is not known. */
  fact(name: string, value: string | number | undefined): this {
    if (value === undefined || value === '') return this;
    this.markdown.appendMarkdown(`  \n${name}: `).appendText(String(value));
    return this;
  }

  line(text: string): this {
    this.markdown.appendMarkdown('\n\n').appendText(text);
    return this;
  }

  error(text: string): this {
    this.markdown.appendMarkdown('\n\n$(error) ').appendText(text);
    return this;
  }

  warning(text: string): this {
    this.markdown.appendMarkdown('\n\n$(warning) ').appendText(text);
    return this;
  }

  /** One of several steps: an icon, its title, and what there is to say of it. */
  step(icon: string, title: string, note: string): this {
    this.markdown.appendMarkdown(`  \n${icon} `).appendText(note === '' ? title : `${title} (${note})`);
    return this;
  }
}
