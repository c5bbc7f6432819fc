import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/** How often prompts are answered. */
export const POLL_MS = 60;

/** Accepts what each prompt proposes, until the command that shows them has ended. */
export function acceptUntilSettled<T>(outcome: Promise<T>): Promise<T> {
  return repeatUntilSettled('workbench.action.acceptSelectedQuickOpenItem', outcome);
}

/** Presses Escape until the command that shows prompts has ended. */
export function escapeUntilSettled<T>(outcome: Promise<T>): Promise<T> {
  return repeatUntilSettled('workbench.action.closeQuickOpen', outcome);
}

async function repeatUntilSettled<T>(command: string, outcome: Promise<T>): Promise<T> {
  const settled = outcome.then(
    () => true,
    () => true,
  );
  // A prompt that is not there yet takes no answer.
  do await vscode.commands.executeCommand(command);
  while (!(await Promise.race([settled, sleep(POLL_MS, false)])));
  return outcome;
}
