import type { Handler } from '../commands.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import type { showReport } from '../reports.ts';
import type { CheckResults } from './checkResults.ts';

/** What diagnosing needs of the extension. */
export interface DiagnoseContext {
  destinations: DestinationStore;
  stores: Stores;
  checks: CheckResults;
  log: Log;
  showReport: typeof showReport;
}

/** The commands that find out, say and mend what is wrong with a destination, by their names. */
export function diagnoseCommands(context: DiagnoseContext): Record<string, Handler> {
  const checking = (): Promise<typeof import('./checkCommands.ts')> => import('./checkCommands.ts');
  return {
    checkDestination: async (call) => (await checking()).checkCommand(context, call),
    copyIamPolicy: async (call) => (await checking()).copyIamPolicy(context, call),
    showCheckReport: async (call) => (await checking()).showCheckReport(context, call),
    repairDestination: async ({ given }) =>
      (await import('./repair.ts')).repairCommand(context.destinations, given ?? {}),
  };
}
