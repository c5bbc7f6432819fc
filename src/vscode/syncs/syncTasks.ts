import * as vscode from 'vscode';
import { folderCalled, folderLabel } from './syncFolders.ts';
import type { Syncs } from './syncs.ts';
import { syncOfTask } from './syncChoice.ts';
import { SyncTerminal } from './syncTerminal.ts';

/** What a task names in `tasks.json`. */
interface SyncTask extends vscode.TaskDefinition {
  sync: string;
  /** The workspace folder that defines it, where several define one of that id. */
  folder?: string;
  inputs?: unknown;
}

const TASK_TYPE = 's3Destinations';
const SOURCE = 'S3 Destinations';

/**
 * Offers each sync of the workspace as a task. Where several folders define one of the same id, its folder is in the task:
 * the editor takes tasks for one that say the same.
 */
export function provideTasks(syncs: Syncs): vscode.Task[] {
  const all = syncs.files.syncs;
  const folders = Map.groupBy(all, ({ sync }) => sync.id);
  return all.map(({ file: { folder }, sync: { id, kind, mode, destination } }) => {
    const isOnly = folders.get(id)?.every(({ file }) => file.folder === folder) ?? true;
    const definition = { type: TASK_TYPE, sync: id, ...(isOnly ? {} : { folder: folderLabel(folder) }) };
    const task = taskOf(syncs, definition, folder, id);
    task.detail = `${kind} · ${mode} → ${destination}`;
    return task;
  });
}

/** Makes a task of `tasks.json` one that can run; undefined where it names no sync. */
export function resolveTask(syncs: Syncs, { definition, scope, name }: vscode.Task): vscode.Task | undefined {
  const sync: unknown = definition.sync;
  if (typeof sync !== 'string') return undefined;
  // The editor knows a task by its definition, which has to be the same.
  return taskOf(syncs, definition as SyncTask, scope ?? vscode.TaskScope.Workspace, name);
}

function taskOf(
  syncs: Syncs,
  definition: SyncTask,
  scope: vscode.WorkspaceFolder | vscode.TaskScope,
  name: string,
): vscode.Task {
  const execution = new vscode.CustomExecution((resolved) => {
    // Variables in it have their values by now.
    const { sync, folder, inputs } = resolved as SyncTask;
    const run = async (options: object) => {
      const within = folder === undefined ? undefined : folderCalled(folder);
      const name = await syncOfTask(syncs.files, sync, within, typeof scope === 'object' ? scope : undefined);
      return syncs.runs.run(name, { ...options, inputs });
    };
    return Promise.resolve(new SyncTerminal(sync, run));
  });
  const where = scope === vscode.TaskScope.Global ? vscode.TaskScope.Workspace : scope;
  const task = new vscode.Task(definition, where, name, SOURCE, execution, []);
  task.presentationOptions = { clear: true, reveal: vscode.TaskRevealKind.Always };
  return task;
}
