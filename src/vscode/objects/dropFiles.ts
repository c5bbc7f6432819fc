import { formatFiles } from '../../core/format.ts';
import { cancelled, invalidArgument } from '../../core/problem.ts';
import type { Mode } from '../../core/sync/exportRequest.ts';
import { parseLatest } from '../../core/sync/manifest.ts';
import { latestKey } from '../../core/sync/syncKeys.ts';
import { fileArgument } from '../fileArgument.ts';
import type { Drop } from '../outputs/dragAndDrop.ts';
import { showWarningMessage } from '../messages.ts';
import type { ObjectContext } from './objectCommands.ts';

/**
 * Finds out how files that were dropped are exported: as they are, added to what is there. In a mirror the person is asked
 * whether they replace its set.
 * @returns the argument for `exportFiles`
 * @throws ProblemError `cancelled`; `invalid-argument` for what is no URI, or not on disk
 */
export async function exportOfDrop(context: ObjectContext, drop: Drop): Promise<Record<string, unknown>> {
  const { destination, syncId } = drop;
  const files = drop.files.map((uri) => fileArgument(uri, 'files'));
  const other = files.find(({ scheme }) => scheme !== 'file');
  if (other !== undefined) throw invalidArgument(`Only files on disk can be exported, but not ${other.path}.`);
  const place = { files, ...(destination && { destination }), ...(syncId && { syncId }) };
  if (destination === undefined || syncId === undefined) return place;
  const mode = await modeOf(context, destination, syncId);
  return { ...place, mode: mode === 'mirror' ? await askMode(drop) : 'insert' };
}

/** The mode of what is the sync's current set; undefined where that is not known. */
async function modeOf({ stores }: ObjectContext, name: string, syncId: string): Promise<Mode | undefined> {
  const { destination, store } = await stores.get(name);
  const found = await store.readText(latestKey(destination.pathPrefix, syncId)).catch(() => undefined);
  const latest = found === undefined ? undefined : parseLatest(found.text);
  return typeof latest === 'object' ? latest.mode : undefined;
}

async function askMode({ files, syncId = '' }: Drop): Promise<'insert' | 'mirror'> {
  const [replace, add] = ['Replace the Set', 'Add'];
  const message = `“${syncId}” is a mirror. Is what you drop (${formatFiles(files.length)}) to replace its current set, or to be added?`;
  const detail = 'What is added stands beside the set until the next run of the mirror replaces both.';
  const answer = await showWarningMessage(message, { modal: true, detail }, replace, add);
  if (answer === undefined) throw cancelled('The export');
  return answer === replace ? 'mirror' : 'insert';
}
