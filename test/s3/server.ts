import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { S3Error, notImplemented } from './errors.ts';
import { ConnectionCut, Exchange, type LoggedRequest, type Service } from './exchange.ts';
import { Faults, underFault } from './faults.ts';
import { operationOf } from './operations.ts';
import type { Policy, User } from './policy.ts';
import { authenticate } from './signature.ts';
import { Storage } from './storage.ts';

/** The account that everything belongs to unless said otherwise. */
export const ACCOUNT = '123456789012';

/** May do everything. The keys are for this server only and open nothing anywhere else. */
export const DEMO_ADMIN: User = {
  name: 'admin',
  accessKeyId: 'DEMOADMIN',
  secretAccessKey: 'demo-admin-secret',
  policy: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
};

export interface S3Options {
  /** Default: a free one. */
  port?: number;
  /** Where the objects are kept; what an earlier server left there is served again. Default: a new folder, removed at the end. */
  dir?: string;
  /** The region the endpoint stands for, default us-east-1. Buckets may be in any region. */
  region?: string;
  /** Default: `DEMO_ADMIN` alone. */
  users?: User[];
  /** Bytes that each part but the last must have, default 5 MiB. */
  minPartSize?: number;
  /** How conditions of writes are met: as by AWS (the default), not at all, or with 501. */
  conditions?: 'kept' | 'ignored' | 'refused';
  /** Ids or ARNs of the KMS keys that exist, default: all. */
  kmsKeys?: string[];
}

/** A running server. */
export interface EmbeddedS3 {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly port: number;
  readonly dir: string;
  readonly faults: Faults;
  /** Every request since the start, oldest first; may be emptied. */
  readonly requests: LoggedRequest[];
  /** By access key id. Adding, changing and removing entries takes effect with the next request. */
  readonly accounts: Map<string, User>;
  /** Makes a bucket, or changes the settings of the one there is. `owner` is an account number. */
  createBucket(name: string, settings?: { region?: string; owner?: string; policy?: Policy }): void;
  /** Replaces what a user may do; undefined takes everything away. @throws Error if there is no such user */
  setUserPolicy(userName: string, policy: Policy | undefined): void;
  /** Replaces or (undefined) removes a bucket's policy, without the checks of PutBucketPolicy. */
  setBucketPolicy(bucket: string, policy: Policy | undefined): void;
  /** Adds small objects by the thousand, for listings. The content is the same for all. */
  seed(bucket: string, keys: Iterable<string>, content?: string): void;
  /** Puts the small objects of a bucket into another as they are, with their dates and ETags. */
  copyObjects(from: string, to: string): void;
  /** Cuts all connections, ends all requests, closes the store, and removes the folder if it was a temporary one. */
  stop: () => Promise<void>;
}

/**
 * Starts an S3 server on 127.0.0.1.
 * @throws Error if the port is taken or the folder cannot be used
 */
export async function startS3(options: S3Options = {}): Promise<EmbeddedS3> {
  const dir = options.dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 's3-embedded-'));
  const ending = new AbortController();
  const storage = new Storage(dir);
  const service: Service = {
    region: options.region ?? 'us-east-1',
    account: ACCOUNT,
    accounts: new Map((options.users ?? [DEMO_ADMIN]).map((user) => [user.accessKeyId, { ...user }])),
    storage,
    minPartSize: options.minPartSize ?? 5 << 20,
    conditions: options.conditions ?? 'kept',
    kmsKeys: options.kmsKeys && new Set(options.kmsKeys),
    stopping: ending.signal,
  };
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const running = new Set<Promise<void>>();
  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse) => {
    const handling = serve(service, faults, requests, request, response).finally(() => running.delete(handling));
    running.add(handling);
  };
  const server = http.createServer(onRequest);
  // The body is asked for when it is wanted, so that a refusal comes before it.
  server.on('checkContinue', onRequest);
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  const bucketOf = (name: string) => {
    const bucket = storage.buckets.get(name);
    if (!bucket) throw new Error(`No bucket ${name}`);
    return bucket;
  };
  const setBucketPolicy = (name: string, policy: Policy | undefined) => {
    const bucket = bucketOf(name);
    if (policy) bucket.settings.policy = policy;
    else delete bucket.settings.policy;
    bucket.saveSettings();
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    dir,
    faults,
    requests,
    accounts: service.accounts,
    createBucket(name, { region = service.region, owner = ACCOUNT, policy } = {}) {
      const existing = storage.buckets.get(name);
      if (existing) Object.assign(existing.settings, { region, owner });
      else storage.create({ name, region, owner, created: new Date().toISOString() });
      setBucketPolicy(name, policy);
    },
    setUserPolicy(userName, policy) {
      const users = [...service.accounts.values()].filter(({ name }) => name === userName);
      if (users.length === 0) throw new Error(`No user ${userName}`);
      for (const user of users) {
        if (policy) user.policy = policy;
        else delete user.policy;
      }
    },
    setBucketPolicy,
    seed: (name, keys, content = '') => bucketOf(name).seed(keys, content),
    copyObjects: (from, to) => bucketOf(from).copyTo(bucketOf(to)),
    async stop() {
      ending.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.allSettled([...running, closed]);
      storage.close();
      if (options.dir === undefined) fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function serve(
  service: Service,
  faults: Faults,
  requests: LoggedRequest[],
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  // A client that goes away shows in whatever is being done; without this it would end the process as well.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const x = new Exchange(service, request, response);
  const operation = operationOf(x);
  const logged: LoggedRequest = {
    op: operation?.name,
    bucket: x.bucketName,
    key: x.key,
    partNumber: x.query.has('partNumber') ? Number(x.param('partNumber')) : undefined,
    user: undefined,
    status: undefined,
    code: undefined,
    remotePort: request.socket.remotePort,
  };
  requests.push(logged);
  const handle = async () => {
    try {
      if (x.malformedUri) throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.");
      x.identity = authenticate(
        { method: request.method ?? '', path: x.path, query: x.query, headers: request.headers },
        service.accounts,
      );
      logged.user = x.identity?.user.name;
      if (!operation) throw notImplemented('');
      await operation.handle(x);
    } catch (error) {
      refuse(x, logged, error);
    }
  };
  try {
    const fault = faults.strike(logged, request.headers);
    if (fault) await underFault(fault, x, handle);
    else await handle();
  } catch (error) {
    refuse(x, logged, error);
  } finally {
    logged.status = x.status;
  }
}

/** Answers with an error, unless there is nobody left or the answer has begun. */
function refuse(x: Exchange, logged: LoggedRequest, error: unknown): void {
  const { response, request } = x;
  if (error instanceof ConnectionCut || x.service.stopping.aborted) return;
  if (response.headersSent || (request.destroyed && !request.complete)) {
    response.destroy();
    return;
  }
  if (error instanceof S3Error) {
    logged.code = error.code;
    x.sendError(error);
    return;
  }
  console.error(error);
  logged.code = 'InternalError';
  x.sendError(new S3Error(500, 'InternalError', 'We encountered an internal error. Please try again.'));
}
