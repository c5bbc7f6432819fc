import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Destination } from '../destination/destination.ts';

const CONNECTION_TIMEOUT_MS = 10_000;
/** A request on whose socket nothing moves for this long is given up and tried again. */
const IDLE_TIMEOUT_MS = 120_000;

/** What differs from client to client. */
export interface ClientOptions {
  /** Connections that may be open at once; more requests wait for one. */
  maxConnections: number;
  /** How often a request is sent before its failure is believed. */
  maxAttempts: number;
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
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    socketTimeout: IDLE_TIMEOUT_MS,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  });
  const { accessKeyId, secretAccessKey, sessionToken } = destination.credentials;
  // Many stores other than AWS refuse the checksums that the SDK adds by default.
  const checksums = destination.endpoint === undefined ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const client = new S3Client({
    region: destination.region,
    forcePathStyle: destination.forcePathStyle,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    maxAttempts: options.maxAttempts,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    // It would send each part through a connection of its own.
    expectContinueHeader: false,
    requestHandler: options.signal === undefined ? handler : cuttable(handler, options.signal),
    ...(destination.endpoint === undefined ? {} : { endpoint: destination.endpoint }),
  });
  keepConnectionsAlive(client);
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
