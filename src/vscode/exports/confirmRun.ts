import { OUTSIDE_WORKSPACE, type Problem, ProblemError } from '../../core/problem.ts';
import { showWarningMessage } from '../messages.ts';
import { allowOutside, canAllowOutside, readableBy } from './readable.ts';

/** What the button says that lets a refused run go on. */
const GO_ON: Record<NonNullable<Problem['confirm']>, string> = {
  allowEmptyMirror: 'Replace by Nothing',
  fullRun: 'Export All Rows',
};

const ALLOW_OUTSIDE = 'Allow in This Workspace';

/**
 * Runs an export; where it is refused for want of somebody's word, asks the person for it and runs it again.
 * @param run takes the arguments that give that word
 * @param workingDirectory of the query
 * @throws ProblemError as the run does; the refusal when the person does not agree
 */
export async function withConfirmation<R>(
  run: (word: Record<string, boolean>) => Promise<R>,
  workingDirectory: string,
): Promise<R> {
  const word: Record<string, boolean> = {};
  for (;;) {
    try {
      return await run(word);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (await mayReadOutside(error.problem, workingDirectory)) continue;
      const { confirm, message } = error.problem;
      if (confirm === undefined || word[confirm] === true) throw error;
      const goOn = GO_ON[confirm];
      if ((await showWarningMessage(message, { modal: true }, goOn)) !== goOn) throw error;
      word[confirm] = true;
    }
  }
}

/** Asks whether queries of this workspace may read all files, if that is what one was refused for. */
export async function mayReadOutside({ kind, message }: Problem, workingDirectory: string): Promise<boolean> {
  if (kind !== OUTSIDE_WORKSPACE || !canAllowOutside(workingDirectory)) return false;
  if (readableBy(workingDirectory) === 'anything') return false;
  const detail =
    'Allow it if you know what the query does: all files that you can read can then be read by it, and sent.';
  const answer = await showWarningMessage(message, { modal: true, detail }, ALLOW_OUTSIDE);
  if (answer === ALLOW_OUTSIDE) await allowOutside(workingDirectory);
  return answer === ALLOW_OUTSIDE && readableBy(workingDirectory) === 'anything';
}
