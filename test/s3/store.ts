import { type Keys, RADOSGW_OTHER_ARN, startRadosgw } from './radosgw.ts';
import { ACCOUNT, DEMO_ADMIN, type EmbeddedS3, startS3 } from './server.ts';

export type StoreKind = 'embedded' | 'radosgw';

/** What the S3 servers of the tests have in common. */
export interface Store {
  kind: StoreKind;
  endpoint: string;
  /** Where buckets are unless they are made elsewhere. */
  region: string;
  /** May do everything with its own buckets. */
  admin: Keys;
  /** May do nothing but what bucket policies allow its ARN. */
  other: Keys & { arn: string };
  /** Faults, users and the request log, of the embedded server only. */
  embedded: EmbeddedS3 | undefined;
  /** Ends the server and removes its data. */
  stop: () => Promise<void>;
}

const OTHER = { name: 'other', accessKeyId: 'DEMOOTHER', secretAccessKey: 'demo-other-secret' };

/** Starts an empty server. @throws Error if it does not start, for radosgw also if it is not installed */
export async function startStore(kind: StoreKind): Promise<Store> {
  if (kind === 'embedded') {
    const embedded = await startS3({ users: [DEMO_ADMIN, OTHER], kmsKeys: ['testkey-1'] });
    const other = { ...OTHER, arn: `arn:aws:iam::${ACCOUNT}:user/${OTHER.name}` };
    const { endpoint, stop } = embedded;
    return { kind, endpoint, region: 'us-east-1', admin: DEMO_ADMIN, other, embedded, stop };
  }
  const { endpoint, admin, other, stop } = await startRadosgw();
  const otherWithArn = { ...other, arn: RADOSGW_OTHER_ARN };
  return { kind, endpoint, region: 'eu-west-1', admin, other: otherWithArn, embedded: undefined, stop };
}
