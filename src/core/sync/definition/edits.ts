import { type EditResult, type FormattingOptions, getNodeValue, modify, parseTree } from 'jsonc-parser';
import type { JsonPath } from './syncDefinition.ts';

/** Puts `content` in the place of a part of a text. Counted in UTF-16 units. */
export interface TextChange {
  offset: number;
  length: number;
  content: string;
}

/** How a text is laid out: the indentation of its first line that has one, and its first line end. */
function layoutOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  return { insertSpaces: !indent.startsWith('\t'), tabSize: indent.startsWith('\t') ? 4 : indent.length, eol };
}

/**
 * Changes one value. Comments and layout of all else stay.
 * @param value undefined takes the property or the element away
 */
export function changesFor(text: string, path: JsonPath, value: unknown): TextChange[] {
  return plain(modify(text, path, value, { formattingOptions: layoutOf(text) }));
}

/** Adds a sync behind those that there are. @param text of the file; empty for one that is not there yet */
export function changesToAdd(text: string, sync: Readonly<Record<string, unknown>>): TextChange[] {
  if (text.trim() === '') {
    return [{ offset: 0, length: text.length, content: `${JSON.stringify({ syncs: [sync] }, undefined, 2)}\n` }];
  }
  const root: unknown = getNodeValue(
    parseTree(text, [], { allowTrailingComma: true }) ?? { type: 'null', offset: 0, length: 0 },
  );
  const syncs = (root as { syncs?: unknown } | null)?.syncs;
  if (!Array.isArray(syncs)) return changesFor(text, ['syncs'], [sync]);
  const formattingOptions = layoutOf(text);
  return plain(modify(text, ['syncs', syncs.length], sync, { formattingOptions, isArrayInsertion: true }));
}

/** The text after changes, which may not overlap. */
export function applied(text: string, changes: readonly TextChange[]): string {
  return [...changes]
    .sort((a, b) => b.offset - a.offset)
    .reduce((now, { offset, length, content }) => now.slice(0, offset) + content + now.slice(offset + length), text);
}

function plain(edits: EditResult): TextChange[] {
  return edits.map(({ offset, length, content }) => ({ offset, length, content }));
}
