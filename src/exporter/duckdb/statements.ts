import { tokens } from '../../core/sql/tokens.ts';

/** A statement within a text of several, by UTF-16 offsets; without its semicolon. */
export interface Statement {
  text: string;
  start: number;
}

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
  for (const { kind, text, start: at } of tokens(sql)) {
    if (text === ';') endAt(at);
    else if (kind !== 'comment' && kind !== 'space') empty = false;
  }
  endAt(sql.length);
  return statements;
}
