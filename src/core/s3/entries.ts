import type { Step } from '../pager.ts';
import type { ListedObject, ListOptions, Page } from './listing.ts';
import type { Store } from './store.ts';

/** What lies directly below a prefix: a folder, by its whole key with the slash at the end, or an object. */
export type Entry = { folder: string } | { object: ListedObject };

/** S3's most. */
const MOST = 1000;

/**
 * What lies directly below a prefix, a request for each page. @throws ProblemError
 * @param pageSize entries that are asked for at once
 */
export function entries(
  store: Store,
  prefix: string,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<Step<Entry>> {
  return pages(pageSize, signal, async (options) => {
    const { folders, objects, ...rest } = await store.listLevel(prefix, options);
    // The folder itself may exist as an object of no bytes, made by a console.
    const own = objects.filter(({ key }) => key !== prefix);
    return { items: [...folders.map((folder) => ({ folder })), ...own.map((object) => ({ object }))], ...rest };
  });
}

/** The objects below a prefix, at whatever depth, a request for each page. @throws ProblemError */
export function objectsBelow(
  store: Store,
  prefix: string,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<Step<ListedObject>> {
  return pages(pageSize, signal, (options) => store.listPage(prefix, options));
}

async function* pages<T>(
  pageSize: number,
  signal: AbortSignal,
  list: (options: ListOptions) => Promise<Page<T>>,
): AsyncGenerator<Step<T>> {
  let continuation: string | undefined;
  do {
    const more = continuation === undefined ? {} : { continuation };
    const page = await list({ limit: Math.min(MOST, pageSize), signal, ...more });
    yield 'request';
    for (const item of page.items) yield { item };
    continuation = page.continuation;
  } while (continuation !== undefined);
}
