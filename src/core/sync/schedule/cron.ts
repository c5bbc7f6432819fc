import { Cron } from 'croner';

/** A schedule of cron, and the time zone that it is in; that of this machine if nothing is said. */
export interface CronText {
  cron: string;
  timeZone?: string;
}

/** Times are looked for in so many years: the 29th of February is eight away at most. What is never would take long to find. */
const YEARS_AHEAD = 8;
const FIRST_YEAR = 1970;
/** Taken apart, each takes tens of kilobytes. */
const KEPT = 50;
const kept = new Map<string, Cron>();

/**
 * The first time after another; undefined when there is none in the next years.
 * @throws Error that says what is wrong with the text
 */
export function nextOfCron(text: CronText, after: Date): Date | undefined {
  return cronOf(text).nextRun(after) ?? undefined;
}

function cronOf({ cron, timeZone }: CronText): Cron {
  const key = JSON.stringify([cron, timeZone]);
  const made = kept.get(key) ?? makeCron(cron, timeZone);
  // The last used are kept.
  kept.delete(key);
  kept.set(key, made);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? '');
  return made;
}

function makeCron(cron: string, timeZone: string | undefined): Cron {
  const zone = timeZone === undefined ? {} : { timezone: timeZone };
  // Names such as `@daily` stand for times that there always are.
  if (cron.startsWith('@')) return new Cron(cron, { paused: true, mode: '5-part', ...zone });
  const years = `${FIRST_YEAR}-${new Date().getFullYear() + YEARS_AHEAD}`;
  return new Cron(`0 ${cron} ${years}`, { paused: true, mode: '7-part', ...zone });
}
