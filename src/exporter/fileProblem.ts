import { ProblemError } from '../core/problem.ts';
import { engineProblem } from './duckdb/engineError.ts';

const SHOWN_CHARACTERS = 600;

/**
 * An error of the engine with the name of the file that it is about.
 * @param what cannot be done with the file, such as `converted`
 */
export function fileProblem(name: string, what: string, error: unknown): ProblemError {
  const { problem } = error instanceof ProblemError ? error : engineProblem(error);
  if (problem.code !== 'query-failed' && problem.code !== 'source-missing') return new ProblemError(problem);
  // What the engine proposes are options of its own, and its positions are in queries that nobody has written.
  const [reason = ''] = problem.message.split(/ Possible (?:fixes|Solution)| The search space| LINE \d+:/);
  const said = reason.trim().replace(/[.:]?$/, '.');
  const message = `The file “${name}” cannot be ${what}. ${shortened(said)}`;
  return new ProblemError({ code: 'query-failed', message }, { cause: error });
}

/** The engine repeats the line that it cannot read, however long it is: what is wrong with it comes after that. */
function shortened(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return text;
  return `${text.slice(0, SHOWN_CHARACTERS / 2)} … ${text.slice(-SHOWN_CHARACTERS / 2)}`;
}
