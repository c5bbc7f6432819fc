import { DIRECTION_MARKS } from '../destination/keys.ts';

const MOST_CHARACTERS = 1000;
const DIRECTIONS = new RegExp(`[${DIRECTION_MARKS}]`, 'g');

/**
 * Text for a notification, in which the editor makes links of `[text](command:…)`, which run commands of its own. Queries,
 * keys of objects and names of files are not ours, and stand in what is said of them: none is left.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}

/** What a store or another program says, as a part of a sentence of ours: on one line, not endless, and without links. */
export function saidBy(text: string): string {
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return withoutLinks(cut.replace(/[\s\p{Cc}]+/gu, ' ').replace(DIRECTIONS, '')).trim();
}
