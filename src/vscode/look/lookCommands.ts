import type { Uri } from 'vscode';
import type { Handler } from '../commands.ts';
import type { ObjectContext } from '../objects/objectCommands.ts';

/** What looking at objects needs of the extension. */
export interface LookContext extends ObjectContext {
  extensionUri: Uri;
}

/** The commands that show what is in objects, by their names. */
export function lookCommands(context: LookContext): Record<string, Handler> {
  return {
    previewObject: async (call) => (await import('./looking.ts')).previewObject(context, call),
    glanceObject: async (call) => (await import('./looking.ts')).previewObject(context, call, true),
    openObject: async (call) => (await import('./looking.ts')).openObject(context, call),
  };
}
