import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { eventually } from './hostSession.ts';

/** What the editor tells of a task: that it has begun, or the exit code of its process. */
export type TaskEvent = [name: string, 'started' | number | undefined];

/** Hears of the tasks that run until it is disposed of. */
export class TaskEvents {
  readonly all: TaskEvent[] = [];
  readonly #listeners = [
    vscode.tasks.onDidStartTask(({ execution }) => this.all.push([execution.task.name, 'started'])),
    vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => this.all.push([execution.task.name, exitCode])),
  ];

  /** The exit code of a task, once it has ended. */
  async end(name: string): Promise<number | undefined> {
    const ended = await eventually(
      () => this.all.findLast(([task, what]) => task === name && what !== 'started'),
      `the end of the task ${name}`,
    );
    return ended[1] as number | undefined;
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
  }
}

/** Runs a task to its end. @returns its exit code */
export async function executeTask(task: vscode.Task): Promise<number | undefined> {
  const events = new TaskEvents();
  try {
    await vscode.tasks.executeTask(task);
    return await events.end(task.name);
  } finally {
    events.dispose();
  }
}

/** All that the terminal holds that is in front, as a person would copy it. */
async function copyTerminal(): Promise<string> {
  await vscode.env.clipboard.writeText('');
  for (const command of ['selectAll', 'copySelection', 'clearSelection'])
    await vscode.commands.executeCommand(`workbench.action.terminal.${command}`);
  return await vscode.env.clipboard.readText();
}

/** Waits until the terminal in front shows what is expected. @returns all that it shows */
export async function terminalWith(expected: RegExp): Promise<string> {
  let text = '';
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    text = await copyTerminal();
    if (expected.test(text)) return text;
    await sleep(100);
  }
  return assert.fail(`The terminal shows no ${String(expected)}:\n${text}`);
}
