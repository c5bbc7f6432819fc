import type { Step } from '../pager.ts';
import { isDenial } from '../problem.ts';
import type { ListedObject } from '../s3/listing.ts';
import type { Store } from '../s3/store.ts';
import { readLatest } from './currentSet.ts';
import { newestFirst, type RunObjects } from './newestFirst.ts';
import { checkedFolder } from './outputs.ts';
import { runTime } from './runId.ts';
import { runsFolder } from './syncKeys.ts';

/** A run as the listings of a sync show it. */
export interface ListedRun {
  runId: string;
  /** Those whose names begin with the run's id, by key; the first of them where there are very many. */
  objects: ListedObject[];
  /** Whether there may be more objects of it than these. */
  more: boolean;
  /** Whether there is a manifest of it. A mirror's is still there when its files have been replaced. */
  recorded: boolean;
}

/** How the runs of a sync are listed. */
export interface ListRunsOptions {
  /** Finds out when the newest run began, as far as is known. Asked only where there are very many objects. */
  hint?: () => Promise<Date | undefined>;
  /** Told objects in the sync's folder whose names do not say of which run they are, as far as they are come across. */
  onOther?: (object: ListedObject) => void;
  signal?: AbortSignal;
}

/**
 * The runs of a sync, newest first: those that have files, and those that have a manifest. It needs the right to list the
 * sync's folder only. @throws ProblemError
 */
export async function* listedRuns(
  store: Store,
  pathPrefix: string,
  syncId: string,
  { hint, onOther, signal }: ListRunsOptions,
): AsyncGenerator<Step<ListedRun>> {
  const within = (folder: string, told?: (object: ListedObject) => void): Source => {
    const list = (name: string) =>
      store.listPage(folder, { startAfter: folder + name, ...(signal === undefined ? {} : { signal }) });
    const known = hint === undefined ? {} : { hint };
    return new Source(newestFirst(list, folder, { ...known, ...(told === undefined ? {} : { onOther: told }) }));
  };
  const files = within(checkedFolder(pathPrefix, syncId), onOther);
  const manifests = within(runsFolder(pathPrefix, syncId));
  const recorded = manifests.next().catch((error: unknown) => {
    if (!isDenial(error)) throw error;
    manifests.end();
  });
  // It is waited for below; until then its failure is not one that nobody takes.
  recorded.catch(() => undefined);
  yield* files.advance();
  await recorded;
  while (files.head !== undefined || manifests.head !== undefined) {
    const [file, manifest] = [files.head, manifests.head];
    const runId = [file?.runId ?? '', manifest?.runId ?? ''].sort()[1] ?? '';
    const own = file?.runId === runId ? file : { runId, objects: [], more: false };
    yield { item: { ...own, recorded: manifest?.runId === runId } };
    if (file?.runId === runId) yield* files.advance();
    if (manifest?.runId === runId) yield* manifests.advance();
  }
}

/** The newest runs of a sync that have files there, newest first. @param most how many at most @throws ProblemError */
export async function newestRuns(store: Store, pathPrefix: string, syncId: string, most: number): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  const hint = async (): Promise<Date | undefined> => {
    const latest = await readLatest(store, pathPrefix, syncId).catch(() => undefined);
    return typeof latest === 'object' ? runTime(latest.runId) : undefined;
  };
  for await (const step of listedRuns(store, pathPrefix, syncId, { hint })) {
    if (step === 'request' || step.item.objects.length === 0) continue;
    runs.push(step.item);
    if (runs.length === most) break;
  }
  return runs;
}

/** A sequence of runs of which the first is looked at before it is taken. */
class Source {
  readonly #runs: AsyncGenerator<Step<RunObjects>>;
  head: RunObjects | undefined;

  constructor(runs: AsyncGenerator<Step<RunObjects>>) {
    this.#runs = runs;
  }

  /** Goes on to the next run, and tells of the requests that it takes. */
  async *advance(): AsyncGenerator<'request'> {
    for (;;) {
      const next = await this.#runs.next();
      if (next.done !== true && next.value === 'request') yield next.value;
      else {
        this.head = next.done === true || next.value === 'request' ? undefined : next.value.item;
        return;
      }
    }
  }

  async next(): Promise<void> {
    const requests = this.advance();
    while ((await requests.next()).done !== true);
  }

  end(): void {
    this.head = undefined;
  }
}
