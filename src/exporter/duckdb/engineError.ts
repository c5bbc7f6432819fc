import { OUTSIDE_WORKSPACE, type Problem, ProblemError, type QueryPosition } from '../../core/problem.ts';

/** What the engine says of an error once `errors_as_json` is on. */
interface EngineError {
  exception_type?: string;
  exception_message?: string;
  /** Byte offset into the statement, in UTF-8. */
  position?: string;
}

/**
 * Turns an error of the engine into a problem.
 * @param statement the text that failed, and what tells where an offset in it is in the user's text
 */
export function engineProblem(
  error: unknown,
  statement?: { text: string; place: (offset: number) => QueryPosition },
): ProblemError {
  const raw = error instanceof Error ? error.message : String(error);
  const { exception_type: type, exception_message: message = raw, position } = parse(raw);
  const problem = confined(type, message) ?? { code: codeOf(type, message), message: sentence(message) };
  if (statement !== undefined && position !== undefined) {
    problem.position = statement.place(utf16Offset(statement.text, Number(position)));
  }
  if (problem.code === 'disk-full') problem.fix = 'Make room on the disk that holds the temporary folder.';
  return new ProblemError(problem, { cause: error });
}

/** Whether the engine had too little memory. */
export function isOutOfMemory(error: unknown): boolean {
  return parse(error instanceof Error ? error.message : String(error)).exception_type === 'Out of Memory';
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

/** What an engine that is shut in does not do; undefined for all other errors. */
function confined(type: string | undefined, message: string): Problem | undefined {
  const [, name = ''] = /^Cannot access (?:file|directory) "(.*)" - /s.exec(message) ?? [];
  if (type === 'Permission' && name !== '') {
    return {
      ...({ code: 'query-failed', kind: OUTSIDE_WORKSPACE } as const),
      message: `The query may not read “${name}”: it lies outside of the workspace.`,
      fix: 'Move it into the workspace, or allow the queries of this workspace to read all files, in your settings.',
      repairs: [{ kind: 'open-setting', setting: 's3Destinations.query.allowOutsideWorkspace' }],
    };
  }
  // The engine's advice to install what is missing is of no use here.
  const [said = '', advice] = message.split(/\s+Please try installing and loading /);
  if (advice === undefined) return undefined;
  const [, url] = /^File ([a-z0-9]+:\/\/[^?\s]*)/i.exec(said) ?? [];
  const text = url === undefined ? sentence(said) : `The query cannot read “${url}”.`;
  return { code: 'query-failed', message: text, fix: 'Queries read files on this machine, with what is built in.' };
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
