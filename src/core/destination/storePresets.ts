import { DEFAULT_REGION } from './regions.ts';

export const STORES = ['aws', 'minio', 'r2', 'b2', 'ceph', 'gcs', 'localstack', 'custom'] as const;
/** A sort of store, which knows best how to be talked to. */
export type StoreKind = (typeof STORES)[number];

export const CHECKSUM_POLICIES = ['supported', 'required'] as const;
/** Whether checksums are sent wherever S3 knows them, or only where a request needs one: many stores refuse the others. */
export type ChecksumPolicy = (typeof CHECKSUM_POLICIES)[number];

export const DELETE_POLICIES = ['many', 'single'] as const;
/** Whether objects are deleted by the thousand or one by one. */
export type DeletePolicy = (typeof DELETE_POLICIES)[number];

/** How to talk to a sort of store, unless a destination says otherwise. */
export interface StorePreset {
  label: string;
  detail: string;
  /** What an endpoint looks like; undefined where there is none to give. */
  endpointPattern?: string;
  /** The endpoint where none is given; undefined where there has to be one, or none at all. */
  endpoint?: string;
  region: string;
  forcePathStyle: boolean;
  checksums: ChecksumPolicy;
  deletes: DeletePolicy;
}

const SIMILAR = { region: DEFAULT_REGION, forcePathStyle: true, checksums: 'required', deletes: 'many' } as const;

export const STORE_PRESETS: Readonly<Record<StoreKind, StorePreset>> = {
  aws: {
    label: 'Amazon S3',
    detail: 'A bucket at AWS, in any partition',
    region: DEFAULT_REGION,
    forcePathStyle: false,
    checksums: 'supported',
    deletes: 'many',
  },
  minio: { label: 'MinIO', detail: 'A MinIO or AIStor server', endpointPattern: 'http://127.0.0.1:9000', ...SIMILAR },
  r2: {
    label: 'Cloudflare R2',
    detail: 'The account id stands in the endpoint',
    endpointPattern: 'https://<account id>.r2.cloudflarestorage.com',
    ...SIMILAR,
    region: 'auto',
  },
  b2: {
    label: 'Backblaze B2',
    detail: 'The region stands in the endpoint',
    endpointPattern: 'https://s3.us-west-004.backblazeb2.com',
    ...SIMILAR,
    deletes: 'single',
  },
  ceph: { label: 'Ceph', detail: 'A Ceph object gateway', endpointPattern: 'https://s3.example.com', ...SIMILAR },
  gcs: {
    label: 'Google Cloud Storage',
    detail: 'Through its XML API, with HMAC keys',
    endpointPattern: 'https://storage.googleapis.com',
    endpoint: 'https://storage.googleapis.com',
    ...SIMILAR,
    region: 'auto',
    deletes: 'single',
  },
  localstack: {
    label: 'LocalStack',
    detail: 'AWS on your machine',
    endpointPattern: 'http://localhost:4566',
    endpoint: 'http://localhost:4566',
    ...SIMILAR,
  },
  custom: {
    label: 'Another S3-compatible store',
    detail: 'By its endpoint',
    endpointPattern: 'https://s3.example.com',
    ...SIMILAR,
  },
};

const HOSTS: readonly [RegExp, StoreKind][] = [
  [/(^|\.)amazonaws\.com(\.cn)?$|\.api\.aws$/, 'aws'],
  [/\.r2\.cloudflarestorage\.com$/, 'r2'],
  [/\.backblazeb2\.com$/, 'b2'],
  [/(^|\.)storage\.googleapis\.com$/, 'gcs'],
  [/\.localstack\.cloud$/, 'localstack'],
];

/** The sort of store that is at an endpoint, as far as its host tells. */
export function storeAt(endpoint: string | undefined): StoreKind {
  if (endpoint === undefined) return 'aws';
  const { hostname } = new URL(endpoint);
  return HOSTS.find(([pattern]) => pattern.test(hostname))?.[1] ?? 'custom';
}

/** The region of a destination where none is given: of the endpoint's host, if it says so, or else the store's usual one. */
export function defaultRegion(store: StoreKind, endpoint: string | undefined): string {
  const hostname = endpoint === undefined ? '' : new URL(endpoint).hostname;
  const named =
    store === 'b2'
      ? /^s3\.([a-z0-9-]+)\.backblazeb2\.com$/.exec(hostname)
      : store === 'aws'
        ? /(?:^|\.)s3(?:-fips)?(?:\.dualstack)?[.-]([a-z]{2}-[a-z0-9-]+-\d+)\./.exec(hostname)
        : null;
  return named?.[1] ?? STORE_PRESETS[store].region;
}

/** The partition of AWS that a region belongs to, as it stands in ARNs. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('us-iso-')) return 'aws-iso';
  if (region.startsWith('us-isob-')) return 'aws-iso-b';
  if (region.startsWith('eu-isoe-')) return 'aws-iso-e';
  if (region.startsWith('us-isof-') || region.startsWith('eu-isof-')) return 'aws-iso-f';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
}
