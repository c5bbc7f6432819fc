import { Arguments } from '../arguments.ts';

/** Long-lived or temporary access keys, as AWS hands them out. */
export interface AccessKeys {
  kind: 'keys';
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** How a destination signs its requests. */
export type Credentials = AccessKeys;

/**
 * Reads credentials from what a caller passed.
 * @throws ProblemError `invalid-argument`, whose message names the field and never its value.
 */
export function parseCredentials(value: unknown): Credentials {
  const given = new Arguments(value, 'credentials.');
  given.choice('kind', ['keys'], 'keys');
  const sessionToken = given.has('sessionToken') ? key(given, 'sessionToken') : undefined;
  return {
    kind: 'keys',
    accessKeyId: key(given, 'accessKeyId'),
    secretAccessKey: key(given, 'secretAccessKey'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

function key(given: Arguments, name: string): string {
  const text = cleanKey(given.text(name));
  const breach = keyBreach(text);
  given.refuse(name, breach === undefined ? undefined : `It ${breach}`);
  return text;
}

/** Takes off what comes along when a key is copied: white space and quotes around it. */
export function cleanKey(text: string): string {
  return text
    .trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim();
}

/** What is wrong with a cleaned access key id, secret or token, as the end of a sentence that does not repeat it; or undefined. */
export function keyBreach(key: string): string | undefined {
  if (key === '') return 'is empty.';
  if (/\s/.test(key)) return 'contains a space or a line break.';
  if (/["']/.test(key)) return 'contains a quote.';
  if (!/^[\x21-\x7e]+$/.test(key)) return 'contains a character that no key has.';
  return undefined;
}
