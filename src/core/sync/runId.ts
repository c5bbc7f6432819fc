import { randomBytes } from 'node:crypto';

/** Names one run: when it began and a random part, so that names sort by time and never meet. */
export interface RunId {
  /** `20261122T210301Z`, in UTC. */
  time: string;
  /** Six hexadecimal digits. */
  random: string;
}

const FORM = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{6})$/;

/** A new run's id. @param now when the run begins */
export function newRunId(now: Date): RunId {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return { time, random: randomBytes(3).toString('hex') };
}

/** The id as one word, as results, manifests and default file names have it. */
export function runIdText({ time, random }: RunId): string {
  return `${time}-${random}`;
}

/** When the run that a run id names began; undefined for anything that is not a run id. */
export function runTime(text: string): Date | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The run id that the name of a data file begins with, if it has the default form. */
export function runIdOfFileName(name: string): string | undefined {
  const text = name.slice(0, 'yyyymmddThhmmssZ-xxxxxx'.length);
  return runTime(text) === undefined ? undefined : text;
}
