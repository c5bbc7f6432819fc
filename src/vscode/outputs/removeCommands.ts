import type { Handler } from '../commands.ts';
import type { ObjectContext } from '../objects/objectCommands.ts';

/** What deleting needs of the extension. */
export interface RemoveContext extends ObjectContext {
  /** Told the destination when something there has gone. */
  onRemoved: (destination: string) => void;
}

/** The commands that delete what lies at a destination, by their names. None reaches beyond its path prefix. */
export function removeCommands(context: RemoveContext): Record<string, Handler> {
  const removing = (): Promise<typeof import('./removeActions.ts')> => import('./removeActions.ts');
  return {
    deleteObjects: async (call) => (await removing()).deleteObjects(context, call),
    deleteRun: async (call) => (await removing()).deleteRuns(context, call),
    deleteSync: async (call) => (await removing()).deleteSync(context, call),
    abortUploads: async (call) => (await removing()).abortUploads(context, call),
    deleteOutput: async (call) => (await removing()).deleteSelected(context, call),
  };
}
