import { isIP } from 'node:net';
import type { DestinationFields } from '../destination/destination.ts';
import { partitionOf, storeAt } from '../destination/storePresets.ts';

/** What is read of a destination here. */
type Place = Pick<
  DestinationFields,
  'bucket' | 'region' | 'store' | 'endpoint' | 'fips' | 'dualStack' | 'forcePathStyle'
>;

/** The hosts of the console, by partition; the others' consoles are not reached from outside. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
};

const HOSTS: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
  'aws-eusc': 'amazonaws.eu',
};

/** The HTTPS URL under which an object, or what begins with a prefix, lies; it takes rights to read it. */
export function httpsUrl(place: Place, key: string): string {
  const { bucket, forcePathStyle } = place;
  const base = new URL(place.endpoint ?? awsEndpoint(place));
  const path = key.split('/').map(encoded).join('/');
  const root = base.pathname.replace(/\/$/, '');
  // An address has no names below it: the SDK has the bucket in the path then, too.
  if (forcePathStyle || isIP(base.hostname.replace(/^\[(.*)\]$/, '$1')) !== 0)
    return `${base.protocol}//${base.host}${root}/${encoded(bucket)}/${path}`;
  return `${base.protocol}//${bucket}.${base.host}${root}/${path}`;
}

/**
 * The page of AWS's console about an object, or about a folder: a key that is empty or ends with a slash.
 * @returns undefined for a store that has no such console
 */
export function consoleUrl({ bucket, region, store, endpoint }: Place, key: string): string | undefined {
  const host = CONSOLES[partitionOf(region)];
  if (host === undefined || (store ?? storeAt(endpoint)) !== 'aws') return undefined;
  const folder = key === '' || key.endsWith('/');
  const page = `https://${region}.${host}/s3/${folder ? 'buckets' : 'object'}/${encoded(bucket)}`;
  return `${page}?region=${encoded(region)}${key === '' ? '' : `&prefix=${encoded(key)}`}`;
}

function awsEndpoint({ region, fips, dualStack }: Place): string {
  const service = `s3${fips === true ? '-fips' : ''}${dualStack === true ? '.dualstack' : ''}`;
  return `https://${service}.${region}.${HOSTS[partitionOf(region)] ?? 'amazonaws.com'}`;
}

/** As AWS encodes it: all but letters, digits and `-._~`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
