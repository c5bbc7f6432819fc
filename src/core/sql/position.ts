import type { QueryPosition } from '../problem.ts';

/** The line and column of a UTF-16 offset. */
export function positionAt(text: string, offset: number): QueryPosition {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}
