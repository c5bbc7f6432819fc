import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { formatTime } from '../../core/format.ts';
import {
  CHOICES,
  type CredentialsLife,
  DEFAULT_SECONDS,
  expiryBreach,
  goodUntil,
  limitText,
  parseDuration,
} from '../../core/objects/expiry.ts';
import { cancelled, invalidArgument } from '../../core/problem.ts';
import type { Call } from '../commands.ts';
import { askAll, askPick } from '../multiStep.ts';
import { showInformationMessage } from '../messages.ts';
import { type KeysAt, keysBy } from './chosen.ts';
import type { ObjectContext } from './objectCommands.ts';

const TITLE = 'Create Presigned URL';

/** What a caller gets: `url` for one object, `urls` for several. The URLs are secrets. */
export interface Presigned {
  url?: string;
  urls?: { key: string; url: string }[];
  /** ISO 8601: not later than the end of the credentials, where that is known. */
  expiresAt: string;
}

/**
 * Makes URLs by which anybody can read objects until they expire. A person is asked for how long, and gets them on the
 * clipboard, a line for each; a caller gets them as the result.
 * @throws ProblemError
 */
export async function presign(context: ObjectContext, call: Call): Promise<Presigned | undefined> {
  const places = await keysBy(context, call, TITLE);
  const lives = await Promise.all(places.map(({ store }) => store.credentialsLife()));
  const life = shortest(lives);
  const seconds = call.given === undefined ? await askSeconds(life) : secondsOf(new Arguments(call.given));
  const urls = (await Promise.all(places.map((place) => sign(place, seconds)))).flat();
  const expires = goodUntil(new Date(), seconds, life.end);
  const [one] = urls;
  if (call.given !== undefined) {
    const many = 'keys' in call.given || one === undefined || urls.length > 1;
    return { ...(many ? { urls } : { url: one.url }), expiresAt: expires.toISOString() };
  }
  await vscode.env.clipboard.writeText(urls.map(({ url }) => url).join('\n'));
  const what = urls.length === 1 ? 'The URL is' : `${urls.length} URLs are`;
  const which = urls.length === 1 ? 'it can read the object' : 'them can read the objects';
  const until = life.temporary && life.end === undefined ? 'as long as the credentials are good, and until' : 'until';
  void showInformationMessage(`${what} on the clipboard. Whoever has ${which} ${until} ${formatTime(expires)}.`);
  // Not the result of a command that anybody may log.
  return undefined;
}

async function sign({ store, keys }: KeysAt, seconds: number): Promise<{ key: string; url: string }[]> {
  const dotted = keys.find((key) => key.split('/').some((part) => part === '.' || part === '..'));
  if (dotted !== undefined) {
    const message = `No URL leads to ${dotted}: browsers take its dots for the way to another object.`;
    throw invalidArgument(message, 'Download it instead.');
  }
  return Promise.all(keys.map(async (key) => ({ key, url: await store.presign(key, seconds) })));
}

function secondsOf(given: Arguments): number {
  const seconds = given.integer('expiresSeconds', 1, DEFAULT_SECONDS);
  const breach = expiryBreach(seconds);
  if (breach !== undefined) throw invalidArgument(`“expiresSeconds” cannot be used. ${breach}`);
  return seconds;
}

async function askSeconds(life: CredentialsLife): Promise<number> {
  const now = new Date();
  let chosen: number | undefined;
  const item = (label: string, seconds: number) => {
    const until = goodUntil(now, seconds, life.end);
    const cut = until.getTime() < now.getTime() + seconds * 1000;
    const description = `until ${formatTime(until, now)}${cut ? ', when the credentials end' : ''}`;
    return { label, description, seconds };
  };
  const items = CHOICES.map(({ label, seconds }) => item(label, seconds));
  const typed = (value: string) => {
    const seconds = parseDuration(value);
    return seconds === undefined || expiryBreach(seconds) !== undefined ? undefined : item(value, seconds);
  };
  const limit = limitText(life);
  const placeholder = `For how long? Choose, or write a time like 90 min or 2 days.${limit === undefined ? '' : ` ${limit}`}`;
  const active = items.find(({ seconds }) => seconds === DEFAULT_SECONDS);
  const step = {
    ask: async (_: object, frame: Parameters<typeof askPick>[0]) => {
      const answer = await askPick(frame, { items, active, typed, placeholder });
      if (answer.kind === 'value') chosen = answer.value.seconds;
      return answer.kind === 'value' ? ('next' as const) : answer.kind;
    },
  };
  if (!(await askAll(TITLE, [step], {})) || chosen === undefined) throw cancelled(TITLE, '');
  return chosen;
}

function shortest(lives: readonly CredentialsLife[]): CredentialsLife {
  const ends = lives.flatMap(({ end }) => end ?? []).sort((a, b) => a.getTime() - b.getTime());
  return { temporary: lives.some(({ temporary }) => temporary), ...(ends[0] === undefined ? {} : { end: ends[0] }) };
}
