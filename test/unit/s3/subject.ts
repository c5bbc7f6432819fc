import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { CreateBucketCommand, S3Client, S3ServiceException, type S3ClientConfig } from '@aws-sdk/client-s3';
import { radosgwInstalled } from '../../s3/radosgw.ts';
import type { EmbeddedS3 } from '../../s3/server.ts';
import { startStore, type Store, type StoreKind } from '../../s3/store.ts';

/** What a check runs against: one server, and a bucket that the checks of a file share. */
export interface Subject {
  store: Store;
  admin: S3Client;
  other: S3Client;
  bucket: string;
  /** A client of the admin; options override. Nothing is tried twice unless `maxAttempts` says so. */
  client: (options?: S3ClientConfig) => S3Client;
}

export type Check = (subject: Subject) => Promise<void>;

/** A check that radosgw 16 is known not to pass: what it does instead is asserted, too. */
export interface Deviation {
  aws: Check;
  /** In words, for the title of the test. */
  differs: string;
  radosgw: Check;
}

const KINDS: StoreKind[] = radosgwInstalled() ? ['embedded', 'radosgw'] : ['embedded'];
const stores = new Map<StoreKind, Promise<Store>>();
let bucketNumber = 0;

// At the root, so that the servers serve all files and end when the last test has.
after(async () => {
  for (const store of stores.values()) await (await store).stop();
  stores.clear();
});

/** Runs checks, by title, on every kind of store that is there. */
export function onEachStore(title: string, checks: Record<string, Check | Deviation>): void {
  for (const kind of KINDS) {
    describe(`${title} (${kind})`, () => {
      const subject = prepare(kind);
      for (const [name, check] of Object.entries(checks)) {
        if (typeof check === 'function') it(name, () => check(subject()));
        else if (kind === 'embedded') it(name, () => check.aws(subject()));
        else it(`${name} – radosgw: ${check.differs}`, () => check.radosgw(subject()));
      }
    });
  }
}

/** Runs checks of what only the embedded server has. Faults are cleared after each. */
export function onEmbedded(
  title: string,
  checks: Record<string, (subject: Subject, s3: EmbeddedS3) => Promise<void>>,
): void {
  describe(`${title} (embedded)`, () => {
    const subject = prepare('embedded');
    afterEach(() => subject().store.embedded!.faults.clear());
    for (const [name, check] of Object.entries(checks)) it(name, () => check(subject(), subject().store.embedded!));
  });
}

function prepare(kind: StoreKind): () => Subject {
  let subject: Subject | undefined;
  before(async () => {
    const starting = stores.get(kind) ?? startStore(kind);
    stores.set(kind, starting);
    const store = await starting;
    const clients: S3Client[] = [];
    const client = (options: S3ClientConfig = {}) => {
      const made = clientOf(store, options);
      clients.push(made);
      return made;
    };
    const bucket = `checks-${++bucketNumber}`;
    subject = { store, bucket, client, admin: client(), other: client({ credentials: store.other }) };
    await subject.admin.send(new CreateBucketCommand({ Bucket: bucket }));
    clientsInUse = clients;
  });
  let clientsInUse: S3Client[] = [];
  after(() => clientsInUse.forEach((client) => client.destroy()));
  return () => subject!;
}

// The SDK's advice about streams goes to the console otherwise.
const silent = () => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };

export function clientOf(store: Pick<Store, 'endpoint' | 'region' | 'admin'>, options: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: store.endpoint,
    region: store.region,
    credentials: store.admin,
    forcePathStyle: true,
    maxAttempts: 1,
    logger,
    ...options,
  });
}

/** What a server said no with. */
export interface Refusal {
  status: number | undefined;
  /** `Unknown` or `NotFound` for HEAD requests, whose answers have no body. */
  code: string;
  error: S3ServiceException & Record<string, unknown>;
  /** Headers of the answer. */
  headers: Record<string, string>;
}

/** Waits for a request to be refused. @throws AssertionError if it succeeds; the error itself if it is not S3's */
export async function refusal(request: Promise<unknown>): Promise<Refusal> {
  const error = await request.then(
    () => assert.fail('The request has succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof S3ServiceException)) throw error;
  return {
    status: error.$metadata.httpStatusCode,
    code: error.name,
    error: error as Refusal['error'],
    headers: error.$response?.headers ?? {},
  };
}

/** Asserts that a request is refused with that status and, unless it is HEAD, that code. */
export async function assertRefused(request: Promise<unknown>, status: number, code?: string): Promise<Refusal> {
  const refused = await refusal(request);
  assert.deepEqual([refused.status, code && refused.code], [status, code]);
  return refused;
}

/** The bytes of an answer. */
export async function bytesOf(body: unknown): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as Readable) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function textOf(body: unknown): Promise<string> {
  return (await bytesOf(body)).toString();
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Headers of the last request that a client has sent, filled as it sends. */
export function sentHeaders(client: S3Client): () => Record<string, string> {
  let headers: Record<string, string> = {};
  client.middlewareStack.add(
    (next) => (args) => {
      headers = { ...(args.request as { headers: Record<string, string> }).headers };
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'sentHeaders' },
  );
  return () => headers;
}
