/** A statement within a text of several, by UTF-16 offsets; without its semicolon. */
export interface Statement {
  text: string;
  start: number;
}

/** What hides a semicolon: comments, quoted text and names, dollar-quoted text. Each runs to its end, or to the text's. */
const HIDDEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)/g;
const ESCAPE_STRING = /(?<![\w$])[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)/g;

/**
 * Splits SQL at the semicolons that separate statements. Statements of white space and comments only are left out.
 */
export function splitStatements(sql: string): Statement[] {
  // Same length, so that offsets hold: hidden characters become letters, comments become spaces.
  const masked = sql
    .replace(ESCAPE_STRING, (text) => 'x'.repeat(text.length))
    .replace(HIDDEN, (text) => (/^(--|\/\*)/.test(text) ? ' ' : 'x').repeat(text.length));
  const statements: Statement[] = [];
  let start = 0;
  for (let end = masked.indexOf(';'); start < sql.length; end = masked.indexOf(';', start)) {
    const stop = end < 0 ? sql.length : end;
    if (masked.slice(start, stop).trim() !== '') statements.push({ text: sql.slice(start, stop), start });
    start = stop + 1;
    if (end < 0) break;
  }
  return statements;
}
