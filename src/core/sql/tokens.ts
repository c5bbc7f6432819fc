/** A piece of SQL. What is quoted runs to the text's end where nothing ends it. */
export interface Token {
  /**
   * `name` is in double quotes; a doubled quote makes two strings, or two names, side by side. `parameter` is one of ours,
   * `${…}`, which is no SQL. `other` is a single character.
   */
  kind: 'space' | 'comment' | 'string' | 'word' | 'name' | 'parameter' | 'other';
  text: string;
  /** UTF-16 offset. */
  start: number;
}

/**
 * What is space: all that JavaScript takes for it, and what the engine does besides, so that a word never ends later for it
 * than it does here.
 */
const SPACE = String.raw`\s\u200b\u2060`;

/**
 * Strings with escapes, dollar-quoted ones, strings, names, parameters, words, comments of a line, space. A word may have
 * dollars, but not that of a parameter.
 */
const TOKEN = new RegExp(
  String.raw`[eE]'[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*(?:'|$)|\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?(?:\$\1\$|$)|'[^']*(?:'|$)|"[^"]*(?:"|$)|\$\{[^}\r\n]*\}|(?![${SPACE}])[A-Za-z_\u0080-\uffff](?:(?![${SPACE}])(?:[\w\u0080-\uffff]|\$(?!\{)))*|--[^\r\n]*|[${SPACE}]+`,
  'y',
);
const IS_SPACE = new RegExp(`[${SPACE}]`);
/** Space beyond ASCII. */
const ODD_SPACE = new RegExp(`(?=[${SPACE}])[\\u0080-\\uffff]`);
const ODD_SPACES = new RegExp(ODD_SPACE, 'g');

/** Takes SQL apart. The tokens' texts, one after the other, are the SQL. */
export function* tokens(sql: string): Generator<Token> {
  for (let start = 0; start < sql.length;) {
    const { kind, end } = tokenAt(sql, start);
    yield { kind, text: sql.slice(start, end), start };
    start = end;
  }
}

function tokenAt(sql: string, start: number): { kind: Token['kind']; end: number } {
  if (sql.startsWith('/*', start)) return { kind: 'comment', end: commentEnd(sql, start) };
  TOKEN.lastIndex = start;
  return TOKEN.test(sql) ? { kind: kindOf(sql, start), end: TOKEN.lastIndex } : { kind: 'other', end: start + 1 };
}

/** The kind of a token that the pattern has found. */
function kindOf(sql: string, start: number): Token['kind'] {
  const first = sql.charAt(start);
  if (first === "'" || ((first === 'e' || first === 'E') && sql.charAt(start + 1) === "'")) return 'string';
  if (first === '$') return sql.charAt(start + 1) === '{' ? 'parameter' : 'string';
  if (first === '"') return 'name';
  if (first === '-') return 'comment';
  return IS_SPACE.test(first) ? 'space' : 'word';
}

/** Block comments may stand within each other. */
function commentEnd(sql: string, start: number): number {
  let depth = 0;
  for (const { 0: mark, index } of sql.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return start + index + 2;
  }
  return sql.length;
}

/**
 * The same text, at the same places, with plain spaces in the place of others that stand between words: the engine takes some
 * of those for space here and for letters there.
 */
export function withPlainSpaces(sql: string): string {
  if (!ODD_SPACE.test(sql)) return sql;
  const parts: string[] = [];
  for (const { kind, text } of tokens(sql)) parts.push(kind === 'space' ? text.replace(ODD_SPACES, ' ') : text);
  return parts.join('');
}
