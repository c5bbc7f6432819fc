import type { Step } from '../pager.ts';
import type { ListedObject, Page } from '../s3/listing.ts';
import { runIdOfFileName, runTime } from './runId.ts';

/** What lies at the store of one run, as far as it has been listed. */
export interface RunObjects {
  runId: string;
  /** By key. */
  objects: ListedObject[];
  /** Whether the run may have more objects than these. */
  more: boolean;
}

/** What is known, and told, besides the runs. */
export interface NewestFirstOptions {
  hint?: () => Promise<Date | undefined>;
  onOther?: (object: ListedObject) => void;
}

/** Lists a page of a folder's objects, of all whose names sort after the one given. */
export type ListAfter = (name: string) => Promise<Page<ListedObject>>;

/** Run ids begin with a year: names before and after these marks are none. */
const FIRST = '1970';
const LAST = ':';
/** Sorts after all that may follow a run id in a name. */
export const BEHIND = '~';
const DAY_S = 86_400;
/** The end of the year 9999. */
const END_S = 253_402_300_800;
/** A window that has many objects, but surely less than a page, wastes no request. */
const FULL = 0.7;

/**
 * Goes through the runs that a folder holds objects of, newest first. Stores list by name only, oldest first: so it looks into
 * windows of time from the end, as wide as a page holds, and never reads what lies before the run that is asked for.
 * @param folder which all keys begin with
 * @param hint finds out when the newest run began, which saves the search for the end; asked where one page does not hold all
 * @param onOther told objects that are of no run, of those that are come across
 * @throws what `list` throws
 */
export async function* newestFirst(
  list: ListAfter,
  folder: string,
  { hint, onOther = () => undefined }: NewestFirstOptions = {},
): AsyncGenerator<Step<RunObjects>> {
  let oldest = await list('');
  yield 'request';
  if (oldest.continuation !== undefined && nameOf(oldest, folder) < FIRST) {
    group(oldest.items, folder, onOther);
    oldest = await list(FIRST);
    yield 'request';
  }
  const begin = group(oldest.items, folder, onOther);
  if (oldest.continuation === undefined || nameOf(oldest, folder) > LAST) {
    yield* descending(begin);
    return;
  }
  // The last second on the page may go on behind it.
  const floor = secondReached(nameOf(oldest, folder));
  const span = floor - (secondsOf(begin[0]?.runId) ?? floor);
  const wanted = Math.ceil(oldest.items.length * FULL);
  /** How wide a window may be, after one of a width in which so many objects were found. */
  const widthFor = (seconds: number, found: number): number =>
    Math.max(1, Math.round(seconds * Math.min(8, wanted / Math.max(1, found))));
  let width = widthFor(span, oldest.items.length);
  let high = { mark: LAST, seconds: Math.floor(Math.max(Date.now() / 1000, floor)) + DAY_S };
  /** From this second on there is more than a page holds. */
  let bottom = floor - 1;
  const newest = await hint?.();
  let low = newest === undefined ? high.seconds - width : newest.getTime() / 1000;
  while (high.seconds > floor) {
    low = Math.min(high.seconds - 1, Math.max(bottom + 1, low));
    const page = await list(markOf(low));
    yield 'request';
    const last = nameOf(page, folder);
    if (page.continuation === undefined || last >= high.mark) {
      const found = page.items.filter(({ key }) => key.slice(folder.length) < high.mark);
      if (high.mark === LAST) group(page.items.slice(found.length), folder, onOther);
      yield* descending(group(found, folder, onOther));
      // What is behind the hint says nothing of what is before it.
      if (high.mark !== LAST || newest === undefined) width = widthFor(width, found.length);
      high = { mark: markOf(low), seconds: low };
    } else if (low === high.seconds - 1 && high.mark !== LAST) {
      yield* oneSecond(page, list, folder, high.mark, onOther);
      high = { mark: markOf(low), seconds: low };
    } else {
      bottom = Math.max(low, secondReached(last));
      if (high.mark === LAST && high.seconds <= bottom + 1) high.seconds = bottom + DAY_S;
      // A run of more than a page stands alone: mostly it is the newest, and nothing comes after it.
      width = bottom === low ? high.seconds - low - 1 : widthFor(bottom - low, page.items.length);
    }
    if (high.seconds <= bottom) bottom = floor - 1;
    low = high.seconds - width;
  }
  yield* descending(begin.filter(({ runId }) => (secondsOf(runId) ?? 0) < floor));
}

/** Runs of one second with more objects than a page: goes from run to run, and leaves out the rest of each. */
async function* oneSecond(
  first: Page<ListedObject>,
  list: ListAfter,
  folder: string,
  end: string,
  onOther: (object: ListedObject) => void,
): AsyncGenerator<Step<RunObjects>> {
  const runs = new Map<string, RunObjects>();
  for (let page = first; ;) {
    const found = page.items.filter(({ key }) => key.slice(folder.length) < end);
    const groups = group(found, folder, onOther);
    for (const run of groups) if (!runs.has(run.runId)) runs.set(run.runId, run);
    const last = groups.at(-1);
    if (page.continuation === undefined || found.length < page.items.length) break;
    if (last !== undefined && found.at(-1) === last.objects.at(-1)) last.more = true;
    const name = nameOf(page, folder);
    page = await list(last?.more === true ? `${last.runId}${BEHIND}` : name);
    yield 'request';
  }
  yield* descending([...runs.values()].sort((a, b) => (a.runId < b.runId ? -1 : 1)));
}

/** Puts objects together to runs. @returns oldest first */
function group(
  objects: readonly ListedObject[],
  folder: string,
  onOther: (object: ListedObject) => void,
): RunObjects[] {
  const runs = new Map<string, RunObjects>();
  for (const object of objects) {
    const runId = runIdOfFileName(object.key.slice(folder.length));
    const run = runId === undefined ? undefined : runs.get(runId);
    if (runId === undefined) onOther(object);
    else if (run === undefined) runs.set(runId, { runId, objects: [object], more: false });
    else run.objects.push(object);
  }
  return [...runs.values()];
}

function* descending(runs: readonly RunObjects[]): Generator<Step<RunObjects>> {
  for (let i = runs.length - 1; i >= 0; i--) {
    const item = runs[i];
    if (item !== undefined) yield { item };
  }
}

function nameOf({ items }: Page<ListedObject>, folder: string): string {
  return (items.at(-1)?.key ?? folder).slice(folder.length);
}

function secondsOf(runId: string | undefined): number | undefined {
  const time = runId === undefined ? undefined : runTime(runId);
  return time === undefined ? undefined : time.getTime() / 1000;
}

/** The last second of which names of runs sort before a name, whatever it is: the rest of that second may come after it. */
function secondReached(name: string): number {
  let second = 0;
  for (let step = 2 ** 38; step >= 1; step /= 2) {
    if (second + step < END_S && markOf(second + step) <= name) second += step;
  }
  return second;
}

/** The start of all names of runs that begin in a second; it sorts before them, and after those of earlier ones. */
function markOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
}
