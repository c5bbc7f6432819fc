import { Arguments } from '../arguments.ts';
import { bucketNameBreaches } from './bucketName.ts';
import { type Credentials, parseCredentials } from './credentials.ts';
import { endpointBreach } from './endpoint.ts';
import { DEFAULT_PATH_PREFIX, hasControlCharacter, normalisePathPrefix, pathPrefixBreach } from './keys.ts';
import { type ObjectOptions, parseObjectOptions } from './objectOptions.ts';
import { regionBreach } from './regions.ts';
import {
  CHECKSUM_POLICIES,
  type ChecksumPolicy,
  defaultRegion,
  DELETE_POLICIES,
  type DeletePolicy,
  STORE_PRESETS,
  storeAt,
  type StoreKind,
  STORES,
} from './storePresets.ts';
import { parseTarget, type Target } from './target.ts';

/** All of a destination that is no secret. */
export interface DestinationFields {
  name: string;
  bucket: string;
  region: string;
  /** Normalised: empty, or with a slash at its end and none at its start. */
  pathPrefix: string;
  /** The sort of store; told by the endpoint where it is missing. */
  store?: StoreKind;
  /** Only for stores other than AWS, and for AWS's private endpoints. */
  endpoint?: string;
  /** AWS's endpoints with FIPS 140 cryptography. */
  fips?: true;
  /** AWS's endpoints for IPv6, too. */
  dualStack?: true;
  /** Only where they differ from the store's usual ways. */
  checksums?: ChecksumPolicy;
  deletes?: DeletePolicy;
  /** Whether the bucket stands in the path rather than in the host name. */
  forcePathStyle: boolean;
  target: Target;
  options?: ObjectOptions;
}

/** Where exports go, and how they get in. */
export interface Destination extends DestinationFields {
  credentials: Credentials;
}

/** What listings show of a destination. */
export interface DestinationSummary {
  name: string;
  bucket: string;
  region: string;
  pathPrefix: string;
  endpoint?: string;
  credentials: { kind: Credentials['kind'] };
}

/**
 * Makes a destination from what a caller passed, with the defaults filled in.
 * @throws ProblemError `invalid-argument`, naming the field and every rule that it breaks; never repeats a secret.
 */
export function parseDestination(value: unknown): Destination {
  return { ...parseDestinationFields(value), credentials: parseCredentials(new Arguments(value).raw('credentials')) };
}

/** Makes all of a destination but its credentials, as `parseDestination`. @param path how it is called in messages */
export function parseDestinationFields(value: unknown, path = ''): DestinationFields {
  const given = new Arguments(value, path);
  const name = given.text('name').trim();
  given.refuse('name', nameBreach(name));
  const bucket = given.text('bucket').trim();
  given.refuse('bucket', bucketNameBreaches(bucket).join(' '));
  const { store, endpoint } = parseStore(given);
  const preset = STORE_PRESETS[store];
  const region = given.text('region', defaultRegion(store, endpoint)).trim();
  given.refuse('region', regionBreach(region));
  const pathPrefix = given.text('pathPrefix', DEFAULT_PATH_PREFIX);
  given.refuse('pathPrefix', pathPrefixBreach(pathPrefix));
  const options = parseObjectOptions(given.within('options'));
  return {
    name,
    bucket,
    region,
    pathPrefix: normalisePathPrefix(pathPrefix),
    ...(given.has('store') ? { store } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...awsSwitch(given, 'fips', endpoint),
    ...awsSwitch(given, 'dualStack', endpoint),
    ...(given.has('checksums') ? { checksums: given.choice('checksums', CHECKSUM_POLICIES, preset.checksums) } : {}),
    ...(given.has('deletes') ? { deletes: given.choice('deletes', DELETE_POLICIES, preset.deletes) } : {}),
    forcePathStyle: given.flag('forcePathStyle', defaultPathStyle(given.has('store') ? store : undefined, bucket)),
    target: parseTarget(given.within('target')),
    ...(options === undefined ? {} : { options }),
  };
}

function parseStore(given: Arguments): { store: StoreKind; endpoint: string | undefined } {
  const typed = given.text('endpoint', '').trim();
  const text = typed.replace(/^https?:/i, (scheme) => scheme.toLowerCase());
  given.refuse('endpoint', text === '' ? undefined : endpointBreach(text));
  if (!given.has('store')) {
    const endpoint = text === '' ? undefined : text;
    return { store: storeAt(endpoint), endpoint };
  }
  const store = given.choice('store', STORES, 'aws');
  const { endpoint: usual, endpointPattern } = STORE_PRESETS[store];
  const endpoint = text === '' ? usual : text;
  const needed = `This store has an endpoint, like ${endpointPattern ?? ''}.`;
  given.refuse('endpoint', endpoint === undefined && store !== 'aws' ? needed : undefined);
  return { store, endpoint };
}

function awsSwitch(given: Arguments, name: 'fips' | 'dualStack', endpoint: string | undefined): object {
  if (!given.flag(name, false)) return {};
  given.refuse(name, endpoint === undefined ? undefined : 'It chooses among AWS’s own endpoints, and one is given.');
  return { [name]: true };
}

/** Whether the bucket stands in the path where nothing is said of it. @param store where it is chosen, not found out */
export function defaultPathStyle(store: StoreKind | undefined, bucket: string): boolean {
  return needsPathStyle(bucket) || (store !== undefined && STORE_PRESETS[store].forcePathStyle);
}

/** How requests to a destination carry checksums. */
export function checksumPolicy({ checksums, store, endpoint }: DestinationFields): ChecksumPolicy {
  return checksums ?? STORE_PRESETS[store ?? storeAt(endpoint)].checksums;
}

/** How several objects of a destination are deleted. */
export function deletePolicy({ deletes, store, endpoint }: DestinationFields): DeletePolicy {
  return deletes ?? STORE_PRESETS[store ?? storeAt(endpoint)].deletes;
}

/** A dot in the bucket's name breaks the certificate of the host name that it would become part of. */
function needsPathStyle(bucket: string): boolean {
  return bucket.includes('.');
}

/** What is wrong with a destination's name, or undefined. */
export function nameBreach(name: string): string | undefined {
  if (name.trim() === '') return 'A name is required.';
  if (name.length > 100) return 'A name may have at most 100 characters.';
  if (hasControlCharacter(name)) return 'A name may not contain control characters.';
  // In a notification, the editor would make a link of it.
  if (name.includes('](')) return 'A name may not contain “](”.';
  return undefined;
}

/** What listings may show of a destination: everything but its secrets. */
export function summarise(destination: DestinationFields, kind: Credentials['kind']): DestinationSummary {
  const { name, bucket, region, pathPrefix, endpoint } = destination;
  return { name, bucket, region, pathPrefix, ...(endpoint === undefined ? {} : { endpoint }), credentials: { kind } };
}
