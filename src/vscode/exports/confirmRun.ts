import * as vscode from 'vscode';
import { type Problem, ProblemError } from '../../core/problem.ts';

/** What the button says that lets a refused run go on. */
const GO_ON: Record<NonNullable<Problem['confirm']>, string> = {
  allowEmptyMirror: 'Replace by Nothing',
  fullRun: 'Export All Rows',
};

/**
 * Runs an export; where it is refused for want of somebody's word, asks the person for it and runs it again.
 * @param run takes the arguments that give that word
 * @throws ProblemError as the run does; the refusal when the person does not agree
 */
export async function withConfirmation<R>(run: (word: Record<string, boolean>) => Promise<R>): Promise<R> {
  const word: Record<string, boolean> = {};
  for (;;) {
    try {
      return await run(word);
    } catch (error) {
      const confirm = error instanceof ProblemError ? error.problem.confirm : undefined;
      if (confirm === undefined || word[confirm] === true) throw error;
      const { message } = error as ProblemError;
      const goOn = GO_ON[confirm];
      if ((await vscode.window.showWarningMessage(message, { modal: true }, goOn)) !== goOn) throw error;
      word[confirm] = true;
    }
  }
}
