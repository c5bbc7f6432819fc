import { Arguments } from '../arguments.ts';
import { endpointBreach } from './endpoint.ts';
import { hasControlCharacter } from './keys.ts';
import { regionBreach } from './regions.ts';

/** Long-lived or temporary access keys, as AWS hands them out. */
export interface AccessKeys {
  kind: 'keys';
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** A profile of the AWS config files, of whatever sort: keys, a role, single sign-on, a process. */
export interface ProfileCredentials {
  kind: 'profile';
  profile: string;
}

/** Single sign-on: through a profile that is set up for it, or by all that such a profile says. */
export interface SingleSignOn {
  kind: 'sso';
  profile?: string;
  startUrl?: string;
  ssoRegion?: string;
  accountId?: string;
  roleName?: string;
}

/** The environment variables of the process, or wherever the SDK looks by itself. */
export interface AmbientCredentials {
  kind: 'env' | 'default';
}

/** What of a role is not the way to it. */
interface Role {
  kind: 'assumeRole';
  roleArn: string;
  /** Agreed upon with the role's owner; AWS does not treat it as a secret. */
  externalId?: string;
  sessionName?: string;
  /** Serial number or ARN of an MFA device, whose code is asked when the role is assumed. */
  mfaSerial?: string;
  durationSeconds?: number;
  /** Where the role is assumed, if that is not AWS's STS in the destination's region. */
  stsEndpoint?: string;
}

/** A role that is assumed on top of other credentials. */
export interface AssumedRole extends Role {
  source: Credentials;
}

/** How a destination signs its requests. */
export type Credentials = AccessKeys | ProfileCredentials | SingleSignOn | AmbientCredentials | AssumedRole;

/** Credentials without what is secret in them: only `keys` are lost, wherever they stand. */
export type ShownCredentials =
  { kind: 'keys' } | ProfileCredentials | SingleSignOn | AmbientCredentials | (Role & { source: ShownCredentials });

export const CREDENTIAL_KINDS = ['keys', 'profile', 'assumeRole', 'sso', 'env', 'default'] as const;

/** Roles on top of roles. */
const MAX_ROLES = 5;

/**
 * Reads credentials from what a caller passed.
 * @throws ProblemError `invalid-argument`, whose message names the field and never its value.
 */
export function parseCredentials(value: unknown, path = 'credentials.'): Credentials {
  return parse(value, path, parseKeys) as Credentials;
}

/** Reads credentials of which the secrets are not wanted; those that are there are not looked at. @throws as above */
export function parseShownCredentials(value: unknown, path = 'credentials.'): ShownCredentials {
  return parse(value, path, () => ({ kind: 'keys' }));
}

function parse(
  value: unknown,
  path: string,
  keysOf: (given: Arguments) => AccessKeys | { kind: 'keys' },
  roles = 0,
): ShownCredentials {
  const given = new Arguments(value, path);
  const kind = given.choice('kind', CREDENTIAL_KINDS, 'keys');
  switch (kind) {
    case 'keys':
      return keysOf(given);
    case 'profile':
      return { kind, profile: checked(given, 'profile', profileBreach) };
    case 'sso':
      return parseSingleSignOn(given);
    case 'env':
    case 'default':
      return { kind };
    case 'assumeRole': {
      given.refuse('source', roles >= MAX_ROLES ? `At most ${MAX_ROLES} roles may stand on each other.` : undefined);
      return {
        kind,
        roleArn: checked(given, 'roleArn', roleArnBreach),
        ...optional(given, 'externalId', externalIdBreach),
        ...optional(given, 'sessionName', sessionNameBreach),
        ...optional(given, 'mfaSerial', mfaSerialBreach),
        ...(given.has('durationSeconds') ? { durationSeconds: duration(given) } : {}),
        ...optional(given, 'stsEndpoint', endpointBreach),
        source: parse(
          given.has('source') ? given.raw('source') : { kind: 'default' },
          `${path}source.`,
          keysOf,
          roles + 1,
        ),
      };
    }
  }
}

function parseKeys(given: Arguments): AccessKeys {
  const sessionToken = given.has('sessionToken') ? key(given, 'sessionToken') : undefined;
  return {
    kind: 'keys',
    accessKeyId: key(given, 'accessKeyId'),
    secretAccessKey: key(given, 'secretAccessKey'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

function parseSingleSignOn(given: Arguments): SingleSignOn {
  if (given.has('profile')) return { kind: 'sso', profile: checked(given, 'profile', profileBreach) };
  return {
    kind: 'sso',
    startUrl: checked(given, 'startUrl', startUrlBreach),
    ssoRegion: checked(given, 'ssoRegion', regionBreach),
    accountId: checked(given, 'accountId', accountIdBreach),
    roleName: checked(given, 'roleName', ssoRoleNameBreach),
  };
}

function checked(given: Arguments, name: string, breach: (value: string) => string | undefined): string {
  const text = given.text(name).trim();
  given.refuse(name, breach(text));
  return text;
}

function optional(given: Arguments, name: string, breach: (value: string) => string | undefined): object {
  if (!given.has(name) || given.text(name).trim() === '') return {};
  return { [name]: checked(given, name, breach) };
}

function duration(given: Arguments): number {
  const seconds = given.integer('durationSeconds', 900);
  given.refuse('durationSeconds', seconds > 43_200 ? 'It may be at most 43200 seconds, which is 12 hours.' : undefined);
  return seconds;
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

/** What is wrong with the name of a profile, or undefined. */
export function profileBreach(profile: string): string | undefined {
  if (profile === '') return 'A profile is required.';
  if (profile.length > 256 || hasControlCharacter(profile) || /[[\]]/.test(profile)) {
    return 'A profile has at most 256 characters, without brackets and control characters.';
  }
  return undefined;
}

/** What is wrong with a role's ARN, or undefined. Stores other than AWS have ARNs without an account. */
export function roleArnBreach(arn: string): string | undefined {
  if (/^arn:[a-z0-9-]+:iam::[^:\s]*:role\/[\w+=,.@/-]+$/.test(arn) && arn.length <= 2048) return undefined;
  return 'A role is written like arn:aws:iam::123456789012:role/exporter.';
}

/** What is wrong with an external id, or undefined. */
export function externalIdBreach(id: string): string | undefined {
  if (/^[\w+=,.@:/-]{2,1224}$/.test(id)) return undefined;
  return 'An external id has 2 to 1224 letters, digits and characters of + = , . @ : / - _.';
}

/** What is wrong with the name of a role's session, or undefined. */
export function sessionNameBreach(name: string): string | undefined {
  if (/^[\w+=,.@-]{2,64}$/.test(name)) return undefined;
  return 'A session name has 2 to 64 letters, digits and characters of + = , . @ - _.';
}

/** What is wrong with the serial number of an MFA device, or undefined. */
export function mfaSerialBreach(serial: string): string | undefined {
  if (/^[\w+=/:,.@-]{9,256}$/.test(serial)) return undefined;
  return 'An MFA device is written like arn:aws:iam::123456789012:mfa/me, or by its serial number.';
}

/** What is wrong with the start URL of a single sign-on, or undefined. */
export function startUrlBreach(url: string): string | undefined {
  if (!/\s/.test(url) && URL.canParse(url) && new URL(url).protocol === 'https:') return undefined;
  return 'A start URL is like https://example.awsapps.com/start.';
}

/** What is wrong with an account id, or undefined. */
export function accountIdBreach(id: string): string | undefined {
  return /^\d{12}$/.test(id) ? undefined : 'An account id has 12 digits.';
}

/** What is wrong with the name of a role or permission set of a single sign-on, or undefined. */
export function ssoRoleNameBreach(name: string): string | undefined {
  return /^[\w+=,.@-]{1,64}$/.test(name) ? undefined : 'A role name has 1 to 64 letters, digits and + = , . @ - _.';
}
