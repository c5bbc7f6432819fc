const MOST_CHARACTERS = 1000;
/** Marks that have text run the other way. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

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
