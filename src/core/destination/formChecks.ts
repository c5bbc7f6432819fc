import { fileName as nameOfFile, DEFAULT_FILE_NAME, extensionOf, fileNameBreach } from '../sync/fileName.ts';
import { delimiterBreach, nullTextBreach } from '../sync/textOptions.ts';
import { bucketNameBreaches } from './bucketName.ts';
import {
  accountIdBreach,
  cleanKey,
  externalIdBreach,
  keyBreach,
  mfaSerialBreach,
  profileBreach,
  roleArnBreach,
  sessionNameBreach,
  ssoRoleNameBreach,
  startUrlBreach,
} from './credentials.ts';
import { nameBreach } from './destination.ts';
import { endpointBreach, endpointWarning } from './endpoint.ts';
import type { FormValues } from './formMessages.ts';
import { keepsKeys, mapOf, textOf } from './formValues.ts';
import { normalisePathPrefix, pathPrefixBreach, s3Uri } from './keys.ts';
import { kmsKeyBreach, metadataBreach, storageClassBreach, tagsBreach } from './objectOptions.ts';
import { regionBreach } from './regions.ts';
import { defaultRegion, STORE_PRESETS, STORES } from './storePresets.ts';

/** What a form has to know besides its values. */
export interface FormContext {
  /** Whether keys are stored that fields left empty stand for. */
  keysStored: boolean;
  /** Whether another destination has the name. */
  isTaken: (name: string) => boolean;
}

type Check = (text: string, values: FormValues, context: FormContext) => string | undefined;

const optional =
  (breach: (text: string) => string | undefined): Check =>
  (text) =>
    text === '' ? undefined : breach(text);

const key =
  (needed: boolean): Check =>
  (text, values, { keysStored }) => {
    if (keysStored && keepsKeys(values)) return undefined;
    if (text === '' && !needed) return undefined;
    const breach = keyBreach(cleanKey(text));
    return breach === undefined ? undefined : `It ${breach}`;
  };

const CHECKS: Readonly<Record<string, Check>> = {
  name: (text, _, { isTaken }) =>
    nameBreach(text) ?? (isTaken(text) ? `There is already a destination ${text}.` : undefined),
  bucket: (text) => bucketNameBreaches(text).join(' ') || undefined,
  region: optional(regionBreach),
  pathPrefix: pathPrefixBreach,
  endpoint: (text, { store }) => {
    const { endpoint, endpointPattern = '' } = STORE_PRESETS[STORES.find((one) => one === store) ?? 'aws'];
    if (text !== '') return endpointBreach(text);
    return store === 'aws' || endpoint !== undefined ? undefined : `An endpoint is required, like ${endpointPattern}.`;
  },
  accessKeyId: key(true),
  secretAccessKey: key(true),
  sessionToken: key(false),
  profile: profileBreach,
  startUrl: startUrlBreach,
  ssoRegion: regionBreach,
  accountId: accountIdBreach,
  roleName: ssoRoleNameBreach,
  roleArn: roleArnBreach,
  externalId: optional(externalIdBreach),
  mfaSerial: optional(mfaSerialBreach),
  sessionName: optional(sessionNameBreach),
  stsEndpoint: optional(endpointBreach),
  fileName: optional(fileNameBreach),
  delimiter: (_, { delimiter }) => delimiterBreach(textOf(delimiter)),
  nullText: (_, { nullText, delimiter }) => nullTextBreach(textOf(nullText), textOf(delimiter)),
  kmsKeyId: optional(kmsKeyBreach),
  storageClass: optional(storageClassBreach),
  expectedBucketOwner: optional(accountIdBreach),
  tags: (text) => tagsBreach(mapOf(text)),
  metadata: (text) =>
    metadataBreach(Object.fromEntries(Object.entries(mapOf(text)).map(([name, value]) => [name.toLowerCase(), value]))),
};

/** What is wrong, by field, of those that are shown. No message repeats a secret. */
export function formErrors(values: FormValues, context: FormContext): Record<string, string> {
  const hidden = hiddenFields(values);
  const errors: Record<string, string> = {};
  for (const [id, check] of Object.entries(CHECKS)) {
    if (hidden.has(id)) continue;
    const breach = check(textOf(values[id]).trim(), values, context);
    if (breach !== undefined) errors[id] = breach;
  }
  return errors;
}

/** What speaks against values that can be used, by field. */
export function formWarnings(values: FormValues): Record<string, string> {
  const endpoint = textOf(values.endpoint).trim();
  const warnings: Record<string, string> = {};
  const open = endpointWarning(endpoint);
  if (open !== undefined) warnings.endpoint = open;
  if (values.acl === 'public-read' || values.acl === 'public-read-write') {
    warnings.acl = 'Everybody on the internet may read what is exported.';
  }
  return warnings;
}

/** The fields that have no meaning, given the others. */
export function hiddenFields(values: FormValues): ReadonlySet<string> {
  const { store, kind, role, format, encryption, endpoint } = values;
  const hidden: string[] = [];
  const hide = (unless: boolean, ...ids: string[]): void => {
    if (!unless) hidden.push(...ids);
  };
  hide(kind === 'keys', 'accessKeyId', 'secretAccessKey', 'sessionToken');
  hide(kind === 'profile', 'profile');
  hide(kind === 'sso', 'startUrl', 'ssoRegion', 'accountId', 'roleName');
  hide(kind !== 'kept', 'role');
  hide(role === true && kind !== 'kept', 'roleArn', 'externalId', 'mfaSerial', 'sessionName', 'stsEndpoint');
  hide(format === 'csv', 'delimiter', 'nullText', 'header', 'quoteAll', 'crlf', 'bom', 'escapeFormulas');
  hide(format === 'jsonl', 'bigNumbersAsStrings');
  hide(store === 'aws' && textOf(endpoint).trim() === '', 'fips', 'dualStack');
  hide(encryption === 'aws:kms' || encryption === 'aws:kms:dsse', 'kmsKeyId', 'bucketKey');
  return new Set(hidden);
}

/** The key of a file as an export would write it, as far as the values say. */
export function keyExample(values: FormValues): string {
  const template = textOf(values.fileName).trim();
  const usable = template !== '' && fileNameBreach(template) === undefined ? template : DEFAULT_FILE_NAME;
  const extension = extensionOf(values.format === 'jsonl' ? 'jsonl' : 'csv', values.gzip === true);
  const run = { time: '20261122T210301Z', random: '7f3a9c' };
  const file = nameOfFile(usable, { syncId: 'active-users', run, extension }, 0);
  const prefix = normalisePathPrefix(textOf(values.pathPrefix));
  return s3Uri(textOf(values.bucket).trim() || '<bucket>', `${prefix}active-users/${file}`);
}

/** What a field would be if it were left empty, where that depends on others. */
export function placeholders(values: FormValues): Record<string, string> {
  const store = STORES.find((one) => one === values.store) ?? 'aws';
  const { endpointPattern = '', endpoint: usual } = STORE_PRESETS[store];
  const endpoint = textOf(values.endpoint).trim();
  const at = endpoint !== '' && endpointBreach(endpoint) === undefined ? endpoint : usual;
  return {
    endpoint: store === 'aws' ? 'Only for private endpoints' : endpointPattern,
    region: defaultRegion(store, at),
  };
}
