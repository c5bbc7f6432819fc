const MOST_CHARACTERS = 1000;
/** Marks that have text run the other way. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * What a store or another program says, as a part of a sentence of ours: on one line and not endless. In a notification the
 * editor makes links of `[text](command:…)`, which run commands of its own: none is left.
 */
export function saidBy(text: string): string {
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return cut
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(DIRECTIONS, '')
    .replaceAll('](', '] (')
    .trim();
}
