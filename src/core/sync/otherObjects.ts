import { syncFolder } from '../destination/keys.ts';
import type { Step } from '../pager.ts';
import type { ListedObject } from '../s3/listing.ts';
import type { Store } from '../s3/store.ts';
import { BEHIND } from './newestFirst.ts';
import { runIdOfFileName } from './runId.ts';

/**
 * The objects in a sync's folder whose names do not begin with a run's id, by key. All of the folder is read for it, but for
 * the rest of runs that have more objects than a page. @throws ProblemError
 */
export async function* otherObjects(
  store: Store,
  pathPrefix: string,
  syncId: string,
  signal?: AbortSignal,
): AsyncGenerator<Step<ListedObject>> {
  const folder = syncFolder(pathPrefix, syncId);
  let startAfter = folder;
  for (;;) {
    const page = await store.listPage(folder, { startAfter, ...(signal === undefined ? {} : { signal }) });
    yield 'request';
    const runIds = page.items.map(({ key }) => runIdOfFileName(key.slice(folder.length)));
    for (const [i, item] of page.items.entries()) {
      // The folder itself may exist as an object of no bytes, made by a console.
      if (runIds[i] === undefined && item.key !== folder) yield { item };
    }
    const last = runIds.at(-1);
    if (page.continuation === undefined) return;
    const onlyOne = last !== undefined && runIds.every((runId) => runId === last);
    startAfter = onlyOne ? folder + last + BEHIND : (page.items.at(-1)?.key ?? folder);
  }
}
