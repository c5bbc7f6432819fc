import { Arguments } from '../arguments.ts';
import { invalidArgument } from '../problem.ts';
import { type Credentials, parseCredentials } from './credentials.ts';
import { type DestinationFields, defaultPathStyle, parseDestinationFields } from './destination.ts';

/** What may be changed of a destination. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  'name',
  'bucket',
  'region',
  'pathPrefix',
  'store',
  'endpoint',
  'fips',
  'dualStack',
  'checksums',
  'deletes',
  'forcePathStyle',
  'target',
  'options',
  'credentials',
]);

/** What a destination is after changes; `credentials` only where they are replaced. */
export interface ChangedDestination {
  fields: DestinationFields;
  credentials?: Credentials;
}

/**
 * Changes a destination. Fields that are not named stay; `null` brings a field back to its default; objects such as
 * `target` are changed field by field, but `credentials` are replaced whole.
 * @throws ProblemError `invalid-argument`, naming the field
 */
export function changeDestination(current: DestinationFields, value: unknown): ChangedDestination {
  const changes = new Arguments(value, 'changes.');
  const unknown = Object.keys(value as object).find((name) => !CHANGEABLE.has(name));
  if (unknown !== undefined) throw invalidArgument(`“changes.${unknown}” is nothing that a destination has.`);
  const { name, bucket, forcePathStyle, ...others } = current;
  const followed = forcePathStyle === defaultPathStyle(current.store, bucket) ? {} : { forcePathStyle };
  const fields = { name, bucket, ...followed, ...others };
  return {
    fields: parseDestinationFields(merged(fields, value as Record<string, unknown>), 'changes.'),
    ...(changes.has('credentials')
      ? { credentials: parseCredentials(changes.raw('credentials'), 'changes.credentials.') }
      : {}),
  };
}

function merged(base: object, changes: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    const before = result[name];
    result[name] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
