import { nullTextBreach } from '../sync/textOptions.ts';
import type { Credentials, ShownCredentials } from './credentials.ts';
import { defaultPathStyle, type DestinationFields } from './destination.ts';
import type { FormValues } from './formMessages.ts';
import { storeAt } from './storePresets.ts';
import { textOptionsOf } from './target.ts';

/** How the form of a destination begins. Secrets are never part of it. */
export function valuesOf(fields: DestinationFields, shown: ShownCredentials): FormValues {
  const { name, bucket, region, pathPrefix, store, endpoint, forcePathStyle, target, options = {} } = fields;
  const { csv, jsonl } = textOptionsOf(target);
  return {
    ...EMPTY_VALUES,
    ...{ name, bucket, region, pathPrefix },
    store: store ?? storeAt(endpoint),
    endpoint: endpoint ?? '',
    pathStyle: forcePathStyle === defaultPathStyle(store, bucket) ? 'auto' : forcePathStyle ? 'path' : 'host',
    fips: fields.fips === true,
    dualStack: fields.dualStack === true,
    checksums: fields.checksums ?? 'auto',
    deletes: fields.deletes ?? 'auto',
    format: target.format,
    gzip: target.gzip,
    fileName: target.fileName ?? '',
    ...csv,
    ...jsonl,
    encryption: options.encryption ?? '',
    kmsKeyId: options.kmsKeyId ?? '',
    bucketKey: options.bucketKey === true,
    storageClass: options.storageClass ?? '',
    acl: options.acl ?? '',
    expectedBucketOwner: options.expectedBucketOwner ?? '',
    tags: linesOf(options.tags),
    metadata: linesOf(options.metadata),
    ...credentialValues(shown),
  };
}

/** How an empty form begins. */
export const EMPTY_VALUES: FormValues = {
  ...{ store: 'aws', endpoint: '', bucket: '', region: '', pathPrefix: 'signalsmith/', name: '' },
  ...{ kind: 'keys', accessKeyId: '', secretAccessKey: '', sessionToken: '', profile: '' },
  ...{ startUrl: '', ssoRegion: '', accountId: '', roleName: '' },
  ...{ role: false, roleArn: '', externalId: '', mfaSerial: '', sessionName: '', stsEndpoint: '' },
  ...{ format: 'csv', gzip: true, fileName: '' },
  ...{ delimiter: ',', nullText: '', header: true, quoteAll: false, crlf: false, bom: false, escapeFormulas: false },
  ...{
    bigNumbersAsStrings: false,
    pathStyle: 'auto',
    fips: false,
    dualStack: false,
    checksums: 'auto',
    deletes: 'auto',
  },
  ...{ encryption: '', kmsKeyId: '', bucketKey: false, storageClass: '', acl: '', tags: '', metadata: '' },
  expectedBucketOwner: '',
};

/**
 * What a form holds, as `parseDestination` takes it.
 * @param stored the credentials of the destination that is edited, which fields left empty stand for
 */
export function argumentOf(values: FormValues, stored: Credentials | undefined): Record<string, unknown> {
  const isAtAws = values.store === 'aws' && textOf(values.endpoint).trim() === '';
  const kms = values.encryption === 'aws:kms' || values.encryption === 'aws:kms:dsse';
  return {
    ...pick(values, ['name', 'bucket', 'store']),
    ...filled(values, ['region', 'endpoint']),
    pathPrefix: values.pathPrefix,
    ...(values.pathStyle === 'auto' ? {} : { forcePathStyle: values.pathStyle === 'path' }),
    ...(isAtAws ? pick(values, ['fips', 'dualStack']) : {}),
    ...(values.checksums === 'auto' ? {} : pick(values, ['checksums'])),
    ...(values.deletes === 'auto' ? {} : pick(values, ['deletes'])),
    target: {
      ...pick(values, ['format', 'gzip']),
      ...filled(values, ['fileName']),
      csv: csvOf(values),
      jsonl: pick(values, ['bigNumbersAsStrings']),
    },
    options: {
      ...filled(values, ['encryption', 'storageClass', 'acl', 'expectedBucketOwner']),
      ...(kms ? filled(values, ['kmsKeyId']) : {}),
      ...(kms && values.bucketKey === true ? { bucketKey: true } : {}),
      tags: mapOf(textOf(values.tags)),
      metadata: mapOf(textOf(values.metadata)),
    },
    credentials: credentialsOf(values, stored),
  };
}

/** What is said of CSV is kept for another time where JSON Lines are written, unless it could not be used then. */
function csvOf(values: FormValues): object {
  const { format, nullText, delimiter } = values;
  const breach = nullTextBreach(textOf(nullText), textOf(delimiter));
  if (format !== 'csv' && breach !== undefined) return {};
  return pick(values, ['delimiter', 'nullText', 'header', 'quoteAll', 'crlf', 'bom', 'escapeFormulas']);
}

/** Whether nothing was typed where the secrets go, so that the stored ones stay. */
export function keepsKeys(values: FormValues): boolean {
  return ['accessKeyId', 'secretAccessKey', 'sessionToken'].every((id) => textOf(values[id]).trim() === '');
}

/** Reads `name=value` lines. */
export function mapOf(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

function credentialsOf(values: FormValues, stored: Credentials | undefined): unknown {
  if (values.kind === 'kept') return stored;
  const source = sourceOf(values, stored);
  if (values.role !== true) return source;
  const optional = filled(values, ['externalId', 'mfaSerial', 'sessionName', 'stsEndpoint']);
  return { kind: 'assumeRole', roleArn: values.roleArn, ...optional, source };
}

function sourceOf(values: FormValues, stored: Credentials | undefined): unknown {
  switch (textOf(values.kind)) {
    case 'profile':
      return pick(values, ['kind', 'profile']);
    case 'sso':
      return { kind: 'sso', ...pick(values, ['startUrl', 'ssoRegion', 'accountId', 'roleName']) };
    case 'keys': {
      const keys = stored === undefined ? undefined : innermost(stored);
      if (keepsKeys(values) && keys?.kind === 'keys') return keys;
      return { kind: 'keys', ...pick(values, ['accessKeyId', 'secretAccessKey']), ...filled(values, ['sessionToken']) };
    }
    default:
      return { kind: values.kind };
  }
}

function credentialValues(shown: ShownCredentials): FormValues {
  if (shown.kind !== 'assumeRole') return sourceValues(shown);
  // The form has one role only.
  if (shown.source.kind === 'assumeRole' || shown.durationSeconds !== undefined) return { kind: 'kept' };
  const { roleArn, externalId = '', mfaSerial = '', sessionName = '', stsEndpoint = '', source } = shown;
  return { ...sourceValues(source), role: true, roleArn, externalId, mfaSerial, sessionName, stsEndpoint };
}

function sourceValues(shown: ShownCredentials): FormValues {
  const { kind } = shown;
  if (kind === 'profile') return { kind, profile: shown.profile };
  if (kind !== 'sso') return { kind };
  // A profile that signs in by single sign-on is a profile like any other.
  if (shown.profile !== undefined) return { kind: 'profile', profile: shown.profile };
  const { startUrl = '', ssoRegion = '', accountId = '', roleName = '' } = shown;
  return { kind, startUrl, ssoRegion, accountId, roleName };
}

function innermost(credentials: Credentials): Credentials {
  return credentials.kind === 'assumeRole' ? innermost(credentials.source) : credentials;
}

/** The text of a field; empty where it is something else. */
export function textOf(value: string | boolean | undefined): string {
  return typeof value === 'string' ? value : '';
}

function pick(values: FormValues, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function filled(values: FormValues, names: readonly string[]): Record<string, unknown> {
  return pick(
    values,
    names.filter((name) => textOf(values[name]).trim() !== ''),
  );
}

function linesOf(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}
