/** A statement within a text of several, by UTF-16 offsets; without its semicolon. */
export interface Statement {
  text: string;
  start: number;
}

/**
 * What is read as a whole: strings with escapes, words, strings, quoted names, dollar-quoted text, comments of a line.
 * What is quoted runs to the text's end where nothing ends it. A doubled quote is two strings side by side here.
 */
const TOKEN =
  /[eE]'[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*(?:'|$)|(?!\s)[A-Za-z_\u0080-\uffff](?:(?!\s)[\w$\u0080-\uffff])*|'[^']*(?:'|$)|"[^"]*(?:"|$)|\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?(?:\$\1\$|$)|--[^\r\n]*/y;

/**
 * Splits SQL at the semicolons that separate statements. Statements of white space and comments only are left out.
 */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let start = 0;
  let empty = true;
  const endAt = (stop: number): void => {
    if (!empty) statements.push({ text: sql.slice(start, stop), start });
    start = stop + 1;
    empty = true;
  };
  for (let at = 0; at < sql.length;) {
    const end = tokenEnd(sql, at);
    const token = sql.slice(at, end);
    if (token === ';') endAt(at);
    else if (!/^(?:--|\/\*|\s)/.test(token)) empty = false;
    at = end;
  }
  endAt(sql.length);
  return statements;
}

function tokenEnd(sql: string, start: number): number {
  if (sql.startsWith('/*', start)) return commentEnd(sql, start);
  TOKEN.lastIndex = start;
  return TOKEN.test(sql) ? TOKEN.lastIndex : start + 1;
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
