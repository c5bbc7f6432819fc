import type { AccessKeys, Credentials, ShownCredentials } from './credentials.ts';

/** Takes the secret out of credentials. There is at most one, under all roles. */
export function splitCredentials(credentials: Credentials): { shown: ShownCredentials; keys?: AccessKeys } {
  if (credentials.kind === 'keys') return { shown: { kind: 'keys' }, keys: credentials };
  if (credentials.kind !== 'assumeRole') return { shown: credentials };
  const { shown, ...secret } = splitCredentials(credentials.source);
  return { shown: { ...credentials, source: shown }, ...secret };
}

/** Puts the secret back. @returns undefined where keys are needed and there are none */
export function joinCredentials(shown: ShownCredentials, keys: AccessKeys | undefined): Credentials | undefined {
  if (shown.kind === 'keys') return keys;
  if (shown.kind !== 'assumeRole') return shown;
  const source = joinCredentials(shown.source, keys);
  return source === undefined ? undefined : { ...shown, source };
}

/** Whether credentials are of no use without a secret of ours. */
export function needsKeys(shown: ShownCredentials): boolean {
  return shown.kind === 'keys' || (shown.kind === 'assumeRole' && needsKeys(shown.source));
}

/** The values that must never be shown or logged. */
export function secretValues({
  secretAccessKey,
  sessionToken,
}: Pick<AccessKeys, 'secretAccessKey' | 'sessionToken'>): string[] {
  return sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
}
