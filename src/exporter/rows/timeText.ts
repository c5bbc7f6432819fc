import { misfit } from './misfit.ts';

const DATE = String.raw`([+-]?\d{4,6})-(\d\d)-(\d\d)`;
const TIME = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?`;
const ZONE = String.raw`(?:[zZ]|([+-])(\d\d)(?::?(\d\d))?)`;
const DATE_ONLY = new RegExp(`^${DATE}$`);
const TIME_ONLY = new RegExp(`^${TIME}$`);
const TIMESTAMP = new RegExp(`^${DATE}(?:[T ]${TIME})?$`);
const TIMESTAMP_TZ = new RegExp(`^${DATE}[T ]${TIME} ?${ZONE}$`);
/** Dates and timestamps before and after all others, as databases have them. */
const INFINITE = new Set(['infinity', '-infinity']);
const DAY_MS = 86_400_000;

/** An ISO 8601 date; a `Date` counts if it is midnight in UTC. @throws Misfit */
export function dateText(value: unknown): string {
  if (value instanceof Date) {
    // A date that a driver made in local time would become the day before or after.
    if (value.getTime() % DAY_MS !== 0)
      throw misfit(value, 'a date: as a Date it has to be midnight in UTC, or pass text');
    return utcDate(value);
  }
  const [, year, month, day] = parts(value, DATE_ONLY) ?? [];
  const date = isInfinite(value) ? value : validDate(year, month, day);
  if (date === undefined) throw misfit(value, 'a date, like 2026-11-22');
  return date;
}

/** A time of day, without a zone. @throws Misfit */
export function timeText(value: unknown): string {
  const [, hour, minute, second, fraction] = parts(value, TIME_ONLY) ?? [];
  const time = validTime(hour, minute, second, fraction);
  if (time !== undefined) return time;
  // The end of a day.
  if (typeof value === 'string' && /^24:00(?::00(?:\.0+)?)?$/.test(value)) return '24:00:00';
  throw misfit(value, 'a time of day, like 21:03:01.5');
}

/** A timestamp without a zone; a `Date` gives its time in UTC. @throws Misfit */
export function timestampText(value: unknown): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return utcTimestamp(value);
  if (isInfinite(value)) return value;
  const [, year, month, day, hour = '00', minute = '00', second, fraction] = parts(value, TIMESTAMP) ?? [];
  const date = validDate(year, month, day);
  const time = validTime(hour, minute, second, fraction);
  if (date === undefined || time === undefined) {
    throw misfit(value, 'a timestamp without a time zone, like 2026-11-22T21:03:01.5');
  }
  return `${date}T${time}`;
}

/** A point in time, in UTC, with `Z`. @throws Misfit */
export function timestampTzText(value: unknown): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return `${utcTimestamp(value)}Z`;
  if (isInfinite(value)) return value;
  const [, year, month, day, hour, minute, second = '00', fraction, sign, zoneHour = '00', zoneMinute = '00'] =
    parts(value, TIMESTAMP_TZ) ?? [];
  const date = validDate(year, month, day);
  const time = validTime(hour, minute, second, fraction);
  const zone = validTime(zoneHour, zoneMinute, '00', undefined);
  if (date === undefined || time === undefined || zone === undefined) {
    throw misfit(value, 'a timestamp with a time zone, like 2026-11-22T21:03:01.5Z');
  }
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  if (offset === 0) return `${date}T${time}Z`;
  const utc = new Date(0);
  utc.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  utc.setUTCHours(Number(hour), Number(minute) - offset, Number(second));
  if (Number.isNaN(utc.getTime())) throw misfit(value, 'a timestamp in a year that can be converted to UTC');
  return `${utcTimestamp(utc)}${decimals(fraction)}Z`;
}

function parts(value: unknown, pattern: RegExp): RegExpExecArray | undefined {
  return typeof value === 'string' ? (pattern.exec(value) ?? undefined) : undefined;
}

function isInfinite(value: unknown): value is string {
  return typeof value === 'string' && INFINITE.has(value);
}

function validDate(year?: string, month?: string, day?: string): string | undefined {
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const leap = y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1] ?? 0;
  return d >= 1 && d <= days ? `${yearText(y)}-${month}-${day}` : undefined;
}

function validTime(hour?: string, minute?: string, second = '00', fraction?: string): string | undefined {
  if (hour === undefined || minute === undefined) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return `${hour}:${minute}:${second}${decimals(fraction)}`;
}

/** A fraction of a second without the zeros at its end. */
function decimals(fraction = ''): string {
  const digits = fraction.replace(/0+$/, '');
  return digits === '' ? '' : `.${digits}`;
}

function utcTimestamp(date: Date): string {
  const [, time = '', fraction] = /T([^.]*)\.(\d+)Z$/.exec(date.toISOString()) ?? [];
  return `${utcDate(date)}T${time}${decimals(fraction)}`;
}

function utcDate(date: Date): string {
  return yearText(date.getUTCFullYear()) + date.toISOString().slice(-20, -14);
}

/** Years before 1 are 0, -1 …; those after 9999 have more digits, and no sign. */
function yearText(year: number): string {
  return (year < 0 ? '-' : '') + String(Math.abs(year)).padStart(4, '0');
}
