import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DEMO_ADMIN, startS3 } from '../s3/server.ts';

/** The store that the demo exports to. */
export interface DemoStore {
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  stop(): Promise<void>;
}

const BUCKET = 'demo-exports';

/**
 * Starts a store of the demo's own, or uses one that is there already.
 * @param url the endpoint of a store that is there; its keys are taken from the usual AWS variables, its bucket from
 * `S3_BUCKET` (made when it is missing)
 */
export async function openDemoStore(url: string | undefined): Promise<DemoStore> {
  if (url === undefined) {
    const s3 = await startS3();
    s3.createBucket(BUCKET);
    const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
    const stop = (): Promise<void> => s3.stop();
    return { endpoint: s3.endpoint, region: 'us-east-1', bucket: BUCKET, accessKeyId, secretAccessKey, stop };
  }
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION = 'us-east-1', S3_BUCKET = BUCKET } = process.env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
    throw new Error('With --s3, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  }
  const store: DemoStore = {
    endpoint: url,
    region: AWS_REGION,
    bucket: S3_BUCKET,
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    stop: () => Promise.resolve(),
  };
  await ensureBucket(store);
  return store;
}

/** Reads an object back from the store, by a client that has nothing to do with the extension's. */
export async function readBack(store: DemoStore, key: string): Promise<Buffer> {
  const client = clientOf(store);
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: store.bucket, Key: key }));
    if (Body === undefined) throw new Error(`${key} has no content.`);
    return Buffer.from(await Body.transformToByteArray());
  } finally {
    client.destroy();
  }
}

async function ensureBucket(store: DemoStore): Promise<void> {
  const client = clientOf(store);
  try {
    await client.send(new CreateBucketCommand({ Bucket: store.bucket }));
  } catch (error) {
    if (!(error as Error).name.startsWith('BucketAlready')) throw error;
  } finally {
    client.destroy();
  }
}

function clientOf({ endpoint, region, accessKeyId, secretAccessKey }: DemoStore): S3Client {
  return new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
}
