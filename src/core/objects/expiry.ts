import { formatTime } from '../format.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** S3 signs for no longer. */
export const MOST_SECONDS = 7 * SECONDS.d;
export const DEFAULT_SECONDS = SECONDS.h;

/** How long URLs are offered to be good, in seconds. */
export const CHOICES: readonly { label: string; seconds: number }[] = [
  { label: '15 minutes', seconds: 900 },
  { label: '1 hour', seconds: 3600 },
  { label: '12 hours', seconds: 43_200 },
  { label: '1 day', seconds: 86_400 },
  { label: '7 days', seconds: MOST_SECONDS },
];

/** Reads a time like `90 min`, `36h` or `2 days`, in seconds; undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*(\d{1,7}(?:\.\d+)?)\s*(s|m|h|d|w)(?:ec(?:ond)?s?|in(?:ute)?s?|(?:ou)?rs?|ays?|eeks?)?\s*$/i.exec(
    text,
  );
  if (match === null) return undefined;
  const [, number, unit = 's'] = match;
  return Math.round(Number(number) * SECONDS[unit.toLowerCase() as keyof typeof SECONDS]);
}

/** What is wrong with a time for which a URL shall be good, or undefined. */
export function expiryBreach(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return 'Write a time like 90 min, 36 h or 2 days.';
  if (seconds < 1) return 'A URL has to be good for a second at least.';
  return seconds > MOST_SECONDS ? 'A URL can be good for 7 days at most.' : undefined;
}

/** Until when a URL is really good: not beyond the credentials that it is signed with. */
export function goodUntil(now: Date, seconds: number, credentialsEnd: Date | undefined): Date {
  const end = new Date(now.getTime() + seconds * 1000);
  return credentialsEnd !== undefined && credentialsEnd < end ? credentialsEnd : end;
}

/** What limits a URL besides its own time, as a sentence; undefined where nothing does. */
export function limitText({ end, temporary }: CredentialsLife): string | undefined {
  if (end !== undefined) return `The credentials end on ${formatTime(end)}, and a URL with them.`;
  return temporary ? 'The credentials are temporary: a URL ends with them, whatever time is chosen.' : undefined;
}

/** How long the credentials that sign a URL are good. */
export interface CredentialsLife {
  /** Missing where they do not end, or where it is not known when. */
  end?: Date;
  /** Whether they have a session token, and end sometime. */
  temporary: boolean;
}
