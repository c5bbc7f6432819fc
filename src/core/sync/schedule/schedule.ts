import { invalidArgument, type Problem, ProblemError } from '../../problem.ts';
import { type CronText, nextOfCron } from './cron.ts';

/** When a sync is due. */
export interface Schedule {
  /** As it was written, to tell whether it is still the same. */
  text: string;
  /** The first time after another; undefined when there is none. */
  next(after: Date): Date | undefined;
}

/** Times that have passed. */
export interface DueTimes {
  /** At most `MOST_DUE`. */
  count: number;
  /** The last of them. */
  last: Date;
}

/** More are not counted. */
export const MOST_DUE = 1000;

const INTERVAL = /^(\d{1,5}) ?(m|min|minutes?|h|hours?|d|days?)$/;
const MINUTE_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS };

/** What texts were found to be: files of definitions are read again and again. More than a file may hold. */
const MOST_READ = 20_000;
const read = new Map<string, Schedule | Problem>();

/**
 * Reads when a sync is due: an interval, as in `15m`, `2 hours` or `1d`, counted from midnight in UTC; the five fields of
 * cron, in the time of this machine; or `{cron, timeZone}`.
 * @throws ProblemError `invalid-argument`
 */
export function parseSchedule(value: unknown): Schedule {
  const fields = fieldsOf(value);
  const key = JSON.stringify([fields.cron, fields.timeZone]);
  const known = read.get(key) ?? readFields(fields);
  if (read.size >= MOST_READ) read.clear();
  read.set(key, known);
  if ('next' in known) return known;
  throw new ProblemError(known);
}

function readFields(fields: CronText): Schedule | Problem {
  try {
    const { cron, timeZone } = fields;
    const [, number, unit = ''] = INTERVAL.exec(cron) ?? [];
    return number !== undefined && timeZone === undefined
      ? every(Number(number) * (UNITS[unit.charAt(0)] ?? 0), cron)
      : ofCron(fields);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
}

function ofCron(fields: CronText): Schedule {
  const { cron, timeZone } = fields;
  const text = timeZone === undefined ? cron : `${cron} (${timeZone})`;
  try {
    if (!/^(?:@\w+|(?:\S+\s+){4}\S+)$/.test(cron))
      throw new Error('It is neither an interval nor has it the five fields of cron');
    const schedule = remembering(text, (after) => nextOfCron(fields, after));
    if (schedule.next(new Date()) === undefined) throw new Error('There is no such time in the next years');
    return schedule;
  } catch (error) {
    const reason =
      error instanceof Error
        ? error.message.replace(/^\w+: (?:Failed.*original error: )?/i, '').replace(/[.]?$/, '.')
        : '';
    throw invalidArgument(
      `“schedule” cannot be used. ${reason}`,
      'Write an interval, such as "15m", "2h" or "1d", or the five fields of cron, such as "0 6 * * 1-5".',
    );
  }
}

/** Looks for no time again that was found: it is the next until it has passed. */
function remembering(text: string, find: Schedule['next']): Schedule {
  let from = Infinity;
  let found: Date | undefined;
  return {
    text,
    next(after) {
      const at = after.getTime();
      if (found !== undefined && from <= at && at < found.getTime()) return found;
      const next = find(after);
      from = at;
      found = next;
      return next;
    },
  };
}

/** How often a schedule was due after one time and until another, that included; undefined when it was not. */
export function dueBetween(schedule: Schedule, after: Date, until: Date): DueTimes | undefined {
  let count = 0;
  for (let time = schedule.next(after); time !== undefined && time <= until; time = schedule.next(time)) {
    if (++count === MOST_DUE) break;
  }
  return count === 0 ? undefined : { count, last: lastUntil(schedule, until) };
}

/** The last time that a schedule was due until another, that included; that other itself when it never was. */
export function lastUntil(schedule: Schedule, until: Date): Date {
  // Times are only known one after the other: they are looked for in ever longer spans before.
  for (let span = MINUTE_MS; ; span *= 2) {
    let last: Date | undefined;
    const from = new Date(Math.max(until.getTime() - span, 0));
    for (let time = schedule.next(from); time !== undefined && time <= until; time = schedule.next(time)) last = time;
    if (last !== undefined || from.getTime() === 0) return last ?? until;
  }
}

function fieldsOf(value: unknown): CronText {
  if (typeof value === 'string') return { cron: value.trim() };
  const { cron, timeZone, ...rest } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const isZone = timeZone === undefined || typeof timeZone === 'string';
  if (typeof cron === 'string' && isZone && Object.keys(rest).length === 0) {
    return { cron: cron.trim(), ...(timeZone === undefined ? {} : { timeZone }) };
  }
  throw invalidArgument('“schedule” must be text, or an object of “cron” and “timeZone”.');
}

function every(intervalMs: number, text: string): Schedule {
  if (intervalMs < MINUTE_MS) throw invalidArgument('“schedule” must be a minute or longer.');
  return { text, next: (after) => new Date((Math.floor(after.getTime() / intervalMs) + 1) * intervalMs) };
}
