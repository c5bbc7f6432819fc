import * as vscode from 'vscode';
import { type Problem, type ProblemCode, ProblemError } from '../core/problem.ts';
import { withoutLinks } from '../core/diagnose/saidBy.ts';
import type { Log } from './log.ts';
import { asNode } from './outputs/outputActions.ts';
import { showReport } from './reports.ts';

/** How a command was called. */
export interface Call {
  /** The argument object of a caller who works unattended: a keybinding, a task, another extension, a test. */
  given: Record<string, unknown> | undefined;
  /** What the editor passes when a person calls: the file or the item of the tree that it was called on. */
  called: unknown;
  /** All that is selected beside it, where the editor passes that: the files of the Explorer. */
  selected: readonly unknown[];
}

/** What a command does. What it returns, or resolves to, is plain JSON. */
export type Handler = (call: Call) => unknown;

/**
 * Registers a command of ours. Called with an argument object, it rejects with its error, and whoever called it says so.
 * Called by a person, it says itself what went wrong and what can be done about it, and does not reject.
 */
export function registerCommand(id: string, handler: Handler, log: Log): vscode.Disposable {
  return vscode.commands.registerCommand(`s3Destinations.${id}`, async (argument: unknown, selection: unknown) => {
    const given = isArgumentObject(argument) ? argument : undefined;
    const selected: unknown[] = Array.isArray(selection) ? selection : [];
    try {
      return await rejectCleanly(id, log, () => handler({ given, called: argument, selected }));
    } catch (error) {
      if (given !== undefined || !(error instanceof ProblemError)) throw error;
      if (error.code !== 'cancelled') void offer(error.problem, log, id, argument);
      return undefined;
    }
  });
}

/**
 * Does what another may have asked for. What goes wrong is logged under the name given.
 * @param expected codes of what is no failure for whoever asks, and is not logged
 * @throws ProblemError without its cause, which is not clean: the editor logs what a command rejects with
 */
export async function rejectCleanly<R>(
  name: string,
  log: Log,
  work: () => R | Promise<R>,
  expected: readonly ProblemCode[] = ['cancelled'],
): Promise<R> {
  try {
    return await work();
  } catch (error) {
    const problem = problemOf(error, log);
    if (!expected.includes(problem.code)) log.error(`${name}: ${problem.message}`, error);
    throw new ProblemError(problem);
  }
}

/** An error as it may be shown: freed of secrets, and of what would be links. Its cause is for the log alone. */
export function shownError(error: unknown, log: Log): ProblemError {
  return new ProblemError(problemOf(error, log), { cause: error });
}

function isArgumentObject(argument: unknown): argument is Record<string, unknown> {
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument)) return false;
  return !(argument instanceof vscode.Uri) && asNode(argument) === undefined;
}

/**
 * Says what went wrong with what a person asked for, and offers a repair.
 * @param argument what the command was called with, to be tried again with it
 */
export async function offer(problem: Problem, log: Log, id: string, argument: unknown): Promise<void> {
  const { offerRepair } = await import('./diagnose/repair.ts');
  await offerRepair(problem, { log, showReport }, id, argument);
}

/**
 * What went wrong, freed of secrets, as a store may repeat in its answer what it was sent; and of what would be links where
 * the editor, or another extension, shows the message.
 */
function problemOf(error: unknown, log: Log): Problem {
  if (!(error instanceof ProblemError)) {
    const text = error instanceof Error ? error.message : String(error);
    return { code: 'upload-failed', message: withoutLinks(log.clean(text)) };
  }
  const { message, fix, ...rest } = log.cleanAll(error.problem);
  return { ...rest, message: withoutLinks(message), ...(fix === undefined ? {} : { fix: withoutLinks(fix) }) };
}
