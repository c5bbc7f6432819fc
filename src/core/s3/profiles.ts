import { getSSOTokenFromFile, parseKnownFiles } from '@smithy/core/config';
import type { Credentials, ShownCredentials, SingleSignOn } from '../destination/credentials.ts';

/** A profile of the AWS config files, as a picker shows it. */
export interface ListedProfile {
  name: string;
  /** How it signs in, in a few words. */
  detail: string;
}

/** How a user signs in with single sign-on. */
export interface SignIn {
  /** Of the AWS config file; undefined where the destination itself says all. */
  profile?: string;
  startUrl?: string;
  ssoRegion?: string;
  /** What to type in a terminal. */
  commandLine: string;
  /** Whether the last sign-in is over, or there was none. */
  expired: boolean;
}

type Profiles = Awaited<ReturnType<typeof parseKnownFiles>>;

const MAX_PROFILES = 10;
/** Sections of the files that the SDK lists beside the profiles. */
const OTHER_SECTIONS = /^(sso-session|services)\./;

/**
 * The profiles of the AWS config files, in the files' order. Files that are not there have none.
 * @throws Error where a file cannot be read for what it is
 */
export async function listProfiles(): Promise<ListedProfile[]> {
  const profiles = await parseKnownFiles({ ignoreCache: true });
  const named = Object.entries(profiles).filter(([name]) => !OTHER_SECTIONS.test(name));
  return named.map(([name, profile]) => ({ name, detail: detailOf(profile) }));
}

/** How the user signs in again for these credentials; undefined where single sign-on has no part in them. Never throws. */
export async function signInOf(credentials: Credentials | ShownCredentials): Promise<SignIn | undefined> {
  if (credentials.kind === 'assumeRole') return signInOf(credentials.source);
  if (credentials.kind === 'sso' && credentials.profile === undefined) return signInByUrl(credentials);
  const profile = profileOf(credentials);
  if (profile === undefined) return undefined;
  try {
    const profiles = await parseKnownFiles({ ignoreCache: true });
    const found = signInProfile(profiles, profile);
    if (found === undefined) return undefined;
    const { sso_session: session, sso_start_url: startUrl, login_session: login } = profiles[found] ?? {};
    // Where that has not ended, nothing is wrong with it.
    if (login !== undefined)
      return { profile: found, commandLine: `aws login --profile ${quoted(found)}`, expired: true };
    const expired = await isExpired(session ?? startUrl);
    return { profile: found, commandLine: `aws sso login --profile ${quoted(found)}`, expired };
  } catch {
    return undefined;
  }
}

function detailOf(profile: Record<string, string | undefined>): string {
  if (profile.role_arn !== undefined) return `role ${profile.role_arn}`;
  if (profile.sso_session !== undefined || profile.sso_start_url !== undefined) {
    return ['single sign-on', profile.sso_account_id, profile.sso_role_name]
      .filter((part) => part !== undefined)
      .join(' · ');
  }
  if (profile.credential_process !== undefined) return 'process';
  if (profile.login_session !== undefined) return 'console sign-in';
  if (profile.aws_access_key_id !== undefined) return 'access keys';
  return profile.region ?? '';
}

async function signInByUrl({ startUrl, ssoRegion }: SingleSignOn): Promise<SignIn> {
  return {
    ...(startUrl === undefined ? {} : { startUrl }),
    ...(ssoRegion === undefined ? {} : { ssoRegion }),
    commandLine: 'aws sso login',
    expired: await isExpired(startUrl),
  };
}

function profileOf(credentials: Credentials | ShownCredentials): string | undefined {
  if (credentials.kind === 'profile' || credentials.kind === 'sso') return credentials.profile;
  return credentials.kind === 'default' ? ambientProfile() : undefined;
}

/** An empty variable says no more than one that is not set. */
function ambientProfile(): string {
  const { AWS_PROFILE: name = '' } = process.env;
  return name === '' ? 'default' : name;
}

/** The profile at the root of another that signs in by single sign-on, or by the AWS CLI's own way. */
function signInProfile(profiles: Profiles, name: string): string | undefined {
  for (let at: string | undefined = name, i = 0; at !== undefined && i < MAX_PROFILES; i++) {
    const profile: Profiles[string] | undefined = profiles[at];
    if ((profile?.sso_session ?? profile?.sso_start_url ?? profile?.login_session) !== undefined) return at;
    at = profile?.source_profile;
  }
  return undefined;
}

async function isExpired(tokenId: string | undefined): Promise<boolean> {
  if (tokenId === undefined) return true;
  try {
    const { expiresAt } = (await getSSOTokenFromFile(tokenId)) as { expiresAt?: unknown };
    // Not a comparison that is false for a date that is none.
    return !(Date.parse(String(expiresAt)) > Date.now());
  } catch {
    return true;
  }
}

/** A profile's name as a word of a command line. */
function quoted(profile: string): string {
  return /^[\w@%+=:,./-]+$/.test(profile) ? profile : `'${profile.replaceAll("'", `'\\''`)}'`;
}
