import { Arguments } from '../arguments.ts';
import { bucketNameBreaches } from './bucketName.ts';
import { type Credentials, parseCredentials } from './credentials.ts';
import { endpointBreach } from './endpoint.ts';
import { DEFAULT_PATH_PREFIX, hasControlCharacter, normalisePathPrefix, pathPrefixBreach } from './keys.ts';
import { DEFAULT_REGION, regionBreach } from './regions.ts';

export const FILE_FORMATS = ['csv', 'jsonl'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** How a destination's files are written unless an export says otherwise. */
export interface Target {
  format: FileFormat;
  gzip: boolean;
}

/** All of a destination that is no secret. */
export interface DestinationFields {
  name: string;
  bucket: string;
  region: string;
  /** Normalised: empty, or with a slash at its end and none at its start. */
  pathPrefix: string;
  /** Only for stores other than AWS. */
  endpoint?: string;
  /** Whether the bucket stands in the path rather than in the host name. */
  forcePathStyle: boolean;
  target: Target;
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
  const region = given.text('region', DEFAULT_REGION).trim();
  given.refuse('region', regionBreach(region));
  const pathPrefix = given.text('pathPrefix', DEFAULT_PATH_PREFIX);
  given.refuse('pathPrefix', pathPrefixBreach(pathPrefix));
  const endpoint = given.text('endpoint', '').trim();
  given.refuse('endpoint', endpoint === '' ? undefined : endpointBreach(endpoint));
  const target = given.within('target');
  return {
    name,
    bucket,
    region,
    pathPrefix: normalisePathPrefix(pathPrefix),
    ...(endpoint === '' ? {} : { endpoint }),
    forcePathStyle: given.flag('forcePathStyle', needsPathStyle(bucket)),
    target: { format: target.choice('format', FILE_FORMATS, 'csv'), gzip: target.flag('gzip', true) },
  };
}

/** A dot in the bucket's name breaks the certificate of the host name that it would become part of. */
export function needsPathStyle(bucket: string): boolean {
  return bucket.includes('.');
}

/** What is wrong with a destination's name, or undefined. */
export function nameBreach(name: string): string | undefined {
  if (name.trim() === '') return 'A name is required.';
  if (name.length > 100) return 'A name may have at most 100 characters.';
  if (hasControlCharacter(name)) return 'A name may not contain control characters.';
  return undefined;
}

/** What listings may show of a destination: everything but its secrets. */
export function summarise(destination: DestinationFields, kind: Credentials['kind']): DestinationSummary {
  const { name, bucket, region, pathPrefix, endpoint } = destination;
  return { name, bucket, region, pathPrefix, ...(endpoint === undefined ? {} : { endpoint }), credentials: { kind } };
}
