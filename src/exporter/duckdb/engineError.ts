import { type Problem, ProblemError, type QueryPosition } from '../../core/problem.ts';

/** What the engine says of an error once `errors_as_json` is on. */
interface EngineError {
  exception_type?: string;
  exception_message?: string;
  /** Byte offset into the statement, in UTF-8. */
  position?: string;
}

/**
 * Turns an error of the engine into a problem.
 * @param statement the statement that failed and where it stands in the user's text, where it is the user's own
 */
export function engineProblem(error: unknown, source?: { sql: string; text: string; start: number }): ProblemError {
  const raw = error instanceof Error ? error.message : String(error);
  const { exception_type: type, exception_message: message = raw, position } = parse(raw);
  const problem: Problem = { code: codeOf(type, message), message: sentence(message) };
  if (source !== undefined && position !== undefined) {
    problem.position = positionAt(source.sql, source.start + utf16Offset(source.text, Number(position)));
  }
  if (problem.code === 'disk-full') problem.fix = 'Make room on the disk that holds the temporary folder.';
  return new ProblemError(problem, { cause: error });
}

/** Whether the engine had too little memory. */
export function isOutOfMemory(error: unknown): boolean {
  return parse(error instanceof Error ? error.message : String(error)).exception_type === 'Out of Memory';
}

/** The line and column of an offset. */
export function positionAt(text: string, offset: number): QueryPosition {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

function parse(raw: string): EngineError {
  const start = raw.indexOf('{"exception_type"');
  if (start < 0) return {};
  try {
    return JSON.parse(raw.slice(start)) as EngineError;
  } catch {
    return {};
  }
}

function codeOf(type: string | undefined, message: string): Problem['code'] {
  // The engine has no finer type than IO; what is missing is only in its words.
  if (type === 'IO' && /No files found|No such file|Cannot open file/i.test(message)) return 'source-missing';
  if (/No space left on device|failed to offload data block|max_temp_directory_size/i.test(message)) return 'disk-full';
  return 'query-failed';
}

function sentence(message: string): string {
  const text = message.trim().replace(/\s*\n\s*/g, ' ');
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function utf16Offset(text: string, bytes: number): number {
  return Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length;
}
