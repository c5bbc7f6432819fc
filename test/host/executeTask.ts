import assert from 'node:assert/strict';
import * as vscode from 'vscode';

/**
 * Runs a task to its end in a terminal of its own: this editor has none, as its server lacks the native part of it.
 * @param resolved what the task names, once variables have their values
 * @returns its exit code and all that it has written
 */
export async function executeTask(
  { execution, definition }: vscode.Task,
  resolved: vscode.TaskDefinition = definition,
): Promise<{ code: number | undefined; text: string }> {
  assert.ok(execution instanceof vscode.CustomExecution);
  const { callback } = execution as unknown as { callback: (resolved: object) => Promise<vscode.Pseudoterminal> };
  const terminal = await callback(resolved);
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  let text = '';
  terminal.onDidWrite((written) => (text += written));
  terminal.onDidClose?.((code) => resolve(typeof code === 'number' ? code : undefined));
  terminal.open(undefined);
  return { code: await promise, text };
}
