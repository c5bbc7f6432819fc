import * as vscode from 'vscode';
import {
  accountIdBreach,
  externalIdBreach,
  mfaSerialBreach,
  profileBreach,
  roleArnBreach,
  ssoRoleNameBreach,
  startUrlBreach,
} from '../../core/destination/credentials.ts';
import { regionBreach } from '../../core/destination/regions.ts';
import type { ListedProfile } from '../../core/s3/profiles.ts';
import { askPick, askText, put, type Step } from '../multiStep.ts';

type SourceKind = 'keys' | 'profile' | 'sso' | 'env' | 'default';

/** What the prompts have learned of how to sign in. */
export interface CredentialsDraft {
  kind?: SourceKind;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
  profile?: string;
  startUrl?: string;
  ssoRegion?: string;
  accountId?: string;
  roleName?: string;
  /** Whether a role is assumed on top. */
  role?: boolean;
  roleArn?: string;
  externalId?: string;
  mfaSerial?: string;
}

interface Way extends vscode.QuickPickItem {
  way: SourceKind;
}

const WAYS: readonly Way[] = [
  { way: 'keys', label: 'Access keys', detail: 'Kept in the editor’s secret storage' },
  { way: 'profile', label: 'Profile', detail: 'Of the AWS config files: keys, a role, single sign-on, a process' },
  { way: 'sso', label: 'Single sign-on', detail: 'By its start URL, without a profile' },
  {
    way: 'env',
    label: 'Environment variables',
    detail: 'AWS_ACCESS_KEY_ID … as they were when the editor was started',
  },
  { way: 'default', label: 'Default', detail: 'Wherever the AWS SDK finds credentials by itself' },
];

const ROLE = { label: 'Assume a role', detail: 'With an external id and an MFA code, if it wants them' };

/** What was learned, as the commands take it. */
export function credentialsOf(draft: CredentialsDraft): object {
  const {
    kind = 'keys',
    accessKeyId,
    secretAccessKey,
    sessionToken,
    profile,
    role,
    roleArn,
    externalId,
    mfaSerial,
  } = draft;
  const { startUrl, ssoRegion, accountId, roleName } = draft;
  const source =
    kind === 'keys'
      ? { kind, accessKeyId, secretAccessKey, sessionToken }
      : kind === 'profile'
        ? { kind, profile }
        : kind === 'sso'
          ? { kind, startUrl, ssoRegion, accountId, roleName }
          : { kind };
  return role === true ? { kind: 'assumeRole', roleArn, externalId, mfaSerial, source } : source;
}

/** Asks how to sign in. @param keySteps ask for access keys */
export function credentialSteps<D extends CredentialsDraft>(keySteps: readonly Step<D>[]): Step<D>[] {
  const bySignOn = ({ kind }: D): boolean => kind === 'sso';
  const withRole = ({ role }: D): boolean => role === true;
  return [
    {
      ask: async (draft, frame) => {
        const items: (vscode.QuickPickItem & { way?: SourceKind })[] = [...WAYS, ROLE];
        const active = draft.role === true ? ROLE : WAYS.find(({ way }) => way === draft.kind);
        const answer = await askPick(frame, { items, active, placeholder: 'How to sign in?' });
        return put(answer, ({ way }) => {
          draft.role = way === undefined;
          if (way !== undefined) draft.kind = way;
        });
      },
    },
    {
      when: withRole,
      ask: async (draft, frame) => {
        const active = WAYS.find(({ way }) => way === draft.kind);
        const placeholder = 'With which credentials is the role assumed?';
        return put(await askPick(frame, { items: WAYS, active, placeholder }), ({ way }) => (draft.kind = way));
      },
    },
    ...keySteps.map((step) => ({
      ...step,
      when: (draft: D) => (draft.kind ?? 'keys') === 'keys' && step.when?.(draft) !== false,
    })),
    {
      when: ({ kind }) => kind === 'profile',
      ask: async (draft, frame) => {
        const items = (await profiles()).map(({ name, detail }) => ({ label: name, description: detail }));
        const active = items.find(({ label }) => label === draft.profile);
        const typed = (value: string): vscode.QuickPickItem | undefined =>
          profileBreach(value) === undefined && items.every(({ label }) => label !== value)
            ? { label: value, description: 'Use this profile', alwaysShow: true }
            : undefined;
        const placeholder = items.length === 0 ? 'No profile was found: type its name' : 'Which profile?';
        const answer = await askPick<vscode.QuickPickItem>(frame, { items, active, placeholder, typed });
        return put(answer, ({ label }) => (draft.profile = label));
      },
    },
    text(
      'startUrl',
      'The start URL of the single sign-on',
      'https://example.awsapps.com/start',
      startUrlBreach,
      bySignOn,
    ),
    text('ssoRegion', 'The region of the single sign-on', 'us-east-1', regionBreach, bySignOn),
    text('accountId', 'The account to sign in to', '123456789012', accountIdBreach, bySignOn),
    text('roleName', 'The permission set, or role, to sign in with', 'DataWriter', ssoRoleNameBreach, bySignOn),
    text('roleArn', 'The role to assume', 'arn:aws:iam::123456789012:role/exporter', roleArnBreach, withRole),
    text(
      'externalId',
      'The external id that the role’s owner has given you. Empty for none.',
      '',
      orEmpty(externalIdBreach),
      withRole,
    ),
    text(
      'mfaSerial',
      'The MFA device whose code the role wants. Empty for none.',
      '',
      orEmpty(mfaSerialBreach),
      withRole,
    ),
  ];
}

/** The profiles of the AWS config files; none where these cannot be read. */
export async function profiles(): Promise<ListedProfile[]> {
  const { listProfiles } = await import('../../core/s3/profiles.ts');
  return listProfiles().catch(() => []);
}

type TextField = 'startUrl' | 'ssoRegion' | 'accountId' | 'roleName' | 'roleArn' | 'externalId' | 'mfaSerial';

function text<D extends CredentialsDraft>(
  field: TextField,
  prompt: string,
  placeholder: string,
  breach: (value: string) => string | undefined,
  when: (draft: D) => boolean,
): Step<D> {
  const validate = (value: string): string | undefined => breach(value.trim());
  return {
    when,
    ask: async (draft, frame) => {
      const answer = await askText(frame, { prompt, placeholder, value: draft[field], validate });
      return put(answer, (value) => (draft[field] = value.trim()));
    },
  };
}

function orEmpty(breach: (value: string) => string | undefined): (value: string) => string | undefined {
  return (value) => (value === '' ? undefined : breach(value));
}
