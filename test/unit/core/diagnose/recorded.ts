import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type Destination, parseDestination } from '../../../../src/core/destination/destination.ts';
import { s3Problem } from '../../../../src/core/diagnose/s3Problem.ts';
import type { ProblemError } from '../../../../src/core/problem.ts';
import { createClient } from '../../../../src/core/s3/client.ts';

const FIXTURES = path.join(import.meta.dirname, '../../../fixtures/failures');

/** An answer as it came over the wire, and what it has to be taken for. */
export interface Recorded {
  title: string;
  request: keyof typeof REQUESTS;
  status: number;
  headers: Record<string, string>;
  /** `{{keyId}}`, `{{secret}}`, `{{token}}` and `{{signature}}` stand for those of the request. */
  body: string;
  /** What differs from the usual destination; no endpoint: it is AWS. */
  destination?: Record<string, unknown>;
  expected: {
    code: string;
    kind: string;
    permission?: string;
    principal?: string;
    region?: string;
    /** Stands somewhere in what the user reads. */
    says?: string;
  };
}

export interface Secrets {
  keyId: string;
  secret: string;
  token: string;
}

const KEY = { Bucket: 'acme-data', Key: 'signalsmith/k' };
const UPLOAD = { ...KEY, UploadId: 'u' };

/** The requests that are sent, each with what the product calls it. */
const REQUESTS = {
  put: ['write', (c: S3Client) => c.send(new PutObjectCommand({ ...KEY, Body: 'x' }))],
  create: ['write', (c: S3Client) => c.send(new CreateMultipartUploadCommand(KEY))],
  part: ['write', (c: S3Client) => c.send(new UploadPartCommand({ ...UPLOAD, PartNumber: 1, Body: 'x' }))],
  complete: [
    'write',
    (c: S3Client) =>
      c.send(
        new CompleteMultipartUploadCommand({ ...UPLOAD, MultipartUpload: { Parts: [{ PartNumber: 1, ETag: 'e' }] } }),
      ),
  ],
  abort: ['abort uploads', (c: S3Client) => c.send(new AbortMultipartUploadCommand(UPLOAD))],
  list: ['list', (c: S3Client) => c.send(new ListObjectsV2Command({ Bucket: KEY.Bucket }))],
  get: ['read', (c: S3Client) => c.send(new GetObjectCommand(KEY))],
  head: ['look at', (c: S3Client) => c.send(new HeadBucketCommand({ Bucket: KEY.Bucket }))],
  delete: ['delete', (c: S3Client) => c.send(new DeleteObjectCommand(KEY))],
} as const satisfies Record<string, readonly [string, (client: S3Client) => Promise<unknown>]>;

/** All recorded answers, by the file that they stand in. */
export function recordedFailures(): Map<string, Recorded[]> {
  const files = fs.readdirSync(FIXTURES).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((name) => [
      path.basename(name, '.json'),
      JSON.parse(fs.readFileSync(path.join(FIXTURES, name), 'utf8')) as Recorded[],
    ]),
  );
}

/** A server on 127.0.0.1 that gives recorded answers to the SDK. */
export class Replay {
  readonly #server: http.Server;
  #answer: Recorded | undefined;
  #secrets: Secrets | undefined;

  private constructor(server: http.Server) {
    this.#server = server;
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      request.resume();
      const { status = 500, headers = {}, body = '' } = this.#answer ?? {};
      const signature = /Signature=(\w+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const filled: Record<string, string | undefined> = { ...this.#secrets, signature };
      response.writeHead(status, headers);
      response.end(
        request.method === 'HEAD' ? undefined : body.replace(/\{\{(\w+)\}\}/g, (_, name: string) => filled[name] ?? ''),
      );
    });
  }

  static async start(): Promise<Replay> {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Replay(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The destination to which a recorded answer belongs. */
  destinationOf({ destination }: Recorded, { keyId, secret, token }: Secrets): Destination {
    const credentials = { accessKeyId: keyId, secretAccessKey: secret, sessionToken: token };
    const usual = { name: 'prod', bucket: KEY.Bucket, endpoint: this.endpoint, forcePathStyle: true, credentials };
    const changed: Record<string, unknown> = { ...usual, ...destination };
    // As an endpoint that is AWS's.
    const fields = Object.entries(changed).filter(([, value]) => value !== null);
    return parseDestination(Object.fromEntries(fields));
  }

  /** Sends a request by the product's client, has it answered as recorded, and gives what is made of that. */
  async problemOf(answer: Recorded, secrets: Secrets): Promise<ProblemError> {
    this.#answer = answer;
    this.#secrets = secrets;
    const destination = this.destinationOf(answer, secrets);
    const client = createClient({ ...destination, endpoint: this.endpoint }, { maxConnections: 1, maxAttempts: 1 });
    const [action, send] = REQUESTS[answer.request];
    try {
      await send(client);
    } catch (error) {
      return s3Problem(error, destination, action, [secrets.secret, secrets.token]);
    } finally {
      client.destroy();
    }
    throw new Error(`${answer.title}: the SDK took it for a success`);
  }
}
