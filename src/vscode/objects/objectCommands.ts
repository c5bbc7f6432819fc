import type { ExporterProgram } from '../../core/engine/exporterProcess.ts';
import { ProblemError } from '../../core/problem.ts';
import { type Handler, offer, rejectCleanly } from '../commands.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import type { Drop } from '../outputs/dragAndDrop.ts';
import type { OutputNode } from '../outputs/outputNodes.ts';
import type { showDifference, showReport } from '../reports.ts';

/** What acting on objects needs of the extension. */
export interface ObjectContext {
  destinations: DestinationStore;
  stores: Stores;
  log: Log;
  showReport: typeof showReport;
  showDifference: typeof showDifference;
  exporters: ExporterProgram;
  /** What is selected in the tree: what a command means that is called from the palette or by a key. */
  selection: () => readonly OutputNode[];
}

/** The commands that read, name and show objects and runs, by their names. None changes anything at the store. */
export function objectCommands(context: ObjectContext): Record<string, Handler> {
  const acting = (): Promise<typeof import('./objectActions.ts')> => import('./objectActions.ts');
  return {
    downloadObject: async (call) => (await acting()).download(context, call),
    presignObject: async (call) => (await acting()).presign(context, call),
    copyUri: async (call) => (await acting()).copyName(context, call, 'uri'),
    copyUrl: async (call) => (await acting()).copyName(context, call, 'url'),
    copyKey: async (call) => (await acting()).copyName(context, call, 'key'),
    showProperties: async (call) => (await acting()).showProperties(context, call),
    compareRuns: async (call) => (await acting()).compareRuns(context, call),
    openInConsole: async (call) => (await acting()).openInConsole(context, call),
  };
}

/** Exports files that were dropped on the outputs. What goes wrong is said, with what can be done about it. */
export async function exportDropped(context: ObjectContext, drop: Drop, exportFiles: Handler): Promise<void> {
  let given: Record<string, unknown> = { ...drop };
  try {
    await rejectCleanly('exportFiles', context.log, async () => {
      given = await (await import('./objectActions.ts')).exportOfDrop(context, drop);
      return exportFiles({ given, called: undefined, selected: [] });
    });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.code !== 'cancelled') await offer(error.problem, context.log, 'exportFiles', given);
  }
}
