import { getSSOTokenFromFile, parseKnownFiles } from '@smithy/core/config';
import type { Credentials, SingleSignOn } from '../destination/credentials.ts';

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

/** How the user signs in again for these credentials; undefined where single sign-on has no part in them. Never throws. */
export async function signInOf(credentials: Credentials): Promise<SignIn | undefined> {
  if (credentials.kind === 'assumeRole') return signInOf(credentials.source);
  if (credentials.kind === 'sso' && credentials.profile === undefined) return signInByUrl(credentials);
  const profile = profileOf(credentials);
  if (profile === undefined) return undefined;
  try {
    const profiles = await parseKnownFiles({ ignoreCache: true });
    const found = ssoProfile(profiles, profile);
    if (found === undefined) return undefined;
    const { sso_session: session, sso_start_url: startUrl } = profiles[found] ?? {};
    const expired = await isExpired(session ?? startUrl);
    return { profile: found, commandLine: `aws sso login --profile ${quoted(found)}`, expired };
  } catch {
    return undefined;
  }
}

async function signInByUrl({ startUrl, ssoRegion }: SingleSignOn): Promise<SignIn> {
  return {
    ...(startUrl === undefined ? {} : { startUrl }),
    ...(ssoRegion === undefined ? {} : { ssoRegion }),
    commandLine: 'aws sso login',
    expired: await isExpired(startUrl),
  };
}

function profileOf(credentials: Credentials): string | undefined {
  if (credentials.kind === 'profile' || credentials.kind === 'sso') return credentials.profile;
  return credentials.kind === 'default' ? (process.env.AWS_PROFILE ?? 'default') : undefined;
}

/** The profile at the root of another that signs in by single sign-on. */
function ssoProfile(profiles: Profiles, name: string): string | undefined {
  for (let at: string | undefined = name, i = 0; at !== undefined && i < MAX_PROFILES; i++) {
    const profile: Profiles[string] | undefined = profiles[at];
    if (profile?.sso_session !== undefined || profile?.sso_start_url !== undefined) return at;
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
