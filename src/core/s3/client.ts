import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { checksumPolicy, type Destination } from '../destination/destination.ts';
import { refuseWebPages } from '../diagnose/webPage.ts';
import { objectParams } from '../destination/objectOptions.ts';
import { Signer } from './signer.ts';

const CONNECTION_TIMEOUT_MS = 10_000;
/** A request on whose socket nothing moves for this long is given up and tried again. */
const IDLE_TIMEOUT_MS = 120_000;

/** What differs from client to client. */
export interface ClientOptions {
  /** Connections that may be open at once; more requests wait for one. */
  maxConnections: number;
  /** How often a request is sent before its failure is believed. */
  maxAttempts: number;
  /** Signs the requests: shared by clients of one destination. By default, one of the client's own. */
  signer?: Signer;
  /** What the client writes, which decides on the options of its objects; `side` by default. */
  objects?: 'data' | 'side';
  /** When a connection that is not made, and one on which nothing moves, is given up; by default late. */
  timeouts?: { connectionMs: number; idleMs: number };
  /** Cuts the requests for which `cuttable` says so. */
  signal?: AbortSignal;
}

/** The parts of the SDK's request that are looked at here. */
interface Request {
  headers: Record<string, string>;
  query?: Record<string, unknown>;
}

/** A client for one destination. Its connections stay open between requests; `destroy()` closes them. */
export function createClient(destination: Destination, options: ClientOptions): S3Client {
  const agent = { keepAlive: true, maxSockets: options.maxConnections };
  const handler = new NodeHttpHandler({
    connectionTimeout: options.timeouts?.connectionMs ?? CONNECTION_TIMEOUT_MS,
    socketTimeout: options.timeouts?.idleMs ?? IDLE_TIMEOUT_MS,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  });
  const signer = options.signer ?? Signer.of(destination.credentials, { destination });
  // Many stores other than AWS refuse the checksums that the SDK adds by default.
  const checksums = checksumPolicy(destination) === 'supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const client = new S3Client({
    region: destination.region,
    forcePathStyle: destination.forcePathStyle,
    credentials: signer.provide,
    maxAttempts: options.maxAttempts,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    // It would send each part through a connection of its own.
    expectContinueHeader: false,
    requestHandler: options.signal === undefined ? handler : cuttable(handler, options.signal),
    ...(destination.endpoint === undefined ? {} : { endpoint: destination.endpoint }),
    ...(destination.fips === true ? { useFipsEndpoint: true } : {}),
    ...(destination.dualStack === true ? { useDualstackEndpoint: true } : {}),
  });
  keepConnectionsAlive(client);
  client.middlewareStack.add(refuseWebPages, { step: 'deserialize', priority: 'high', name: 'refuseWebPages' });
  renewCredentials(client, signer);
  describeObjects(client, destination, options.objects ?? 'side');
  return client;
}

/** The editor's proxy layer asks for a connection to be closed after each request unless the request says otherwise. */
function keepConnectionsAlive(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as Request).headers.connection = 'keep-alive';
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'keepConnectionsAlive' },
  );
}

/** Adds a destination's object options to each request, and who its bucket has to belong to. */
function describeObjects(client: S3Client, { options }: Destination, kind: 'data' | 'side'): void {
  if (options === undefined) return;
  const { expectedBucketOwner } = options;
  const params = objectParams(options, kind);
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const { Bucket, Metadata } = args.input as { Bucket?: string; Metadata?: Record<string, string> };
        const owned =
          Bucket === undefined || expectedBucketOwner === undefined ? {} : { ExpectedBucketOwner: expectedBucketOwner };
        const created = CREATES_OBJECT.has(commandName ?? '')
          ? { ...params, Metadata: { ...params.Metadata, ...Metadata } }
          : {};
        return next({ ...args, input: { ...args.input, ...created, ...owned } });
      },
    { step: 'initialize', priority: 'low', name: 'describeObjects' },
  );
}

const CREATES_OBJECT = new Set(['PutObjectCommand', 'CreateMultipartUploadCommand']);

/** Codes of refusals that other credentials may get around. */
const REFUSED = new Set([
  'ExpiredToken',
  'TokenRefreshRequired',
  'InvalidToken',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
]);

/** Tries once more with new credentials, where there are any, when the store no longer takes the old ones. */
function renewCredentials(client: S3Client, signer: Signer): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { held } = signer;
      try {
        return await next(args);
      } catch (error) {
        const { name = '', Code = name } = error as { Code?: string; name?: string };
        if (!REFUSED.has(Code) || !(await signer.renew(held ?? signer.held, Code))) throw error;
        return next(args);
      }
    },
    { step: 'serialize', priority: 'high', name: 'renewCredentials' },
  );
}

/**
 * Lets the signal cut the upload of parts, and of parts only: the answer to a request that creates something has to be
 * waited for, or nobody would know what to clean up.
 */
function cuttable(handler: NodeHttpHandler, signal: AbortSignal): NodeHttpHandler {
  const handle = handler.handle.bind(handler);
  handler.handle = (request, options) =>
    handle(request, request.query.partNumber === undefined ? options : { ...options, abortSignal: signal });
  return handler;
}
