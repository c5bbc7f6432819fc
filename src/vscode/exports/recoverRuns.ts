import type { JournalEntry } from '../../core/sync/journal.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Stores } from '../destinations/stores.ts';
import type { Log } from '../log.ts';
import { readSettings } from '../settings.ts';
import { showInformationMessage } from '../messages.ts';

const REMOVE = 'Remove Them';

/** What recovering needs of the extension. */
export interface RecoveryContext {
  journals: string;
  destinations: DestinationStore;
  stores: Stores;
  log: Log;
}

/** What has become of runs that were interrupted: how many were finished, removed, or could not be settled. */
export interface RecoveredRuns {
  finished: number;
  removed: number;
  failed: number;
}

/**
 * Settles what runs of processes that are gone have left: those that were being committed are finished, the uploads of the
 * others are removed.
 * @param which says which runs; all by default
 */
export async function recoverRuns(
  { journals, destinations, stores, log }: RecoveryContext,
  which: (entry: JournalEntry) => boolean = () => true,
): Promise<RecoveredRuns> {
  const { deadRuns, recoverRun } = await import('../../core/sync/recovery.ts');
  const outcome: RecoveredRuns = { finished: 0, removed: 0, failed: 0 };
  for (const { name } of destinations.list()) {
    try {
      // Opened only when there is something to do: it asks for the secret.
      const entries = (await deadRuns(journals, destinations.fields(name))).filter(which);
      if (entries.length === 0) continue;
      const { destination, store } = await stores.get(name);
      for (const entry of entries) {
        try {
          outcome[await recoverRun({ destination, store, log }, entry)]++;
        } catch (error) {
          outcome.failed++;
          log.error(`The interrupted run ${entry.runId} of ${entry.syncId} could not be settled.`, error);
        }
      }
    } catch (error) {
      outcome.failed++;
      log.error(`Interrupted runs to ${name} could not be settled.`, error);
    }
  }
  return outcome;
}

/**
 * Does at the start of the editor what needs nobody's word: commits are finished, and uploads are removed that are older than
 * the setting says. For younger ones it asks. Never throws.
 */
export async function recoverAtStart(context: RecoveryContext): Promise<void> {
  try {
    const { deadRuns } = await import('../../core/sync/recovery.ts');
    const now = Date.now();
    const due = ({ record, startedAt }: JournalEntry): boolean =>
      record !== undefined || now - Date.parse(startedAt) >= readSettings().removeUploadsAfterMs;
    const { finished, removed } = await recoverRuns(context, due);
    if (finished > 0) {
      const runs = finished === 1 ? 'An interrupted export was' : `${finished} interrupted exports were`;
      void showInformationMessage(`${runs} finished: what had been decided is at S3 now.`);
    }
    context.log.info(`Interrupted runs: ${finished} finished, ${removed} removed`);
    const places = context.destinations.list().map(({ name }) => context.destinations.fields(name));
    const left = (await Promise.all(places.map((place) => deadRuns(context.journals, place)))).flat();
    const young = left.filter((entry) => !due(entry));
    if (young.length === 0) return;
    const syncs = [...new Set(young.map(({ syncId }) => syncId))].join(', ');
    const what =
      young.length === 1
        ? `An export was interrupted (${syncs}). Its`
        : `${young.length} exports were interrupted (${syncs}). Their`;
    const text = `${what} unfinished uploads are still at S3, where nobody sees them.`;
    if ((await showInformationMessage(text, REMOVE)) === REMOVE) await recoverRuns(context);
  } catch (error) {
    context.log.error('Interrupted runs could not be looked for.', error);
  }
}
