import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Error } from './errors.ts';
import type { User } from './policy.ts';
import type { Identity } from './signature.ts';
import type { Storage } from './storage.ts';
import { document, element, type XmlValue } from './xml.ts';

/** What all requests share. */
export interface Service {
  /** The region that this endpoint stands for. */
  region: string;
  /** The account of users who do not name another one. */
  account: string;
  /** By access key id. */
  accounts: Map<string, User>;
  storage: Storage;
  /** Bytes that each part but the last must have. */
  minPartSize: number;
  /** How conditions of writes are met. */
  conditions: 'kept' | 'ignored' | 'refused';
  /** Ids or ARNs of the keys that exist; undefined: any. */
  kmsKeys: ReadonlySet<string> | undefined;
  /** Aborted when the server ends, so that no handler outlives it. */
  stopping: AbortSignal;
}

/** A request as the log shows it. It is there from the moment it came; what is undefined has not happened (yet). */
export interface LoggedRequest {
  /** S3's name of the operation, undefined if there is none for it. */
  op: string | undefined;
  bucket: string;
  key: string;
  partNumber: number | undefined;
  /** Name of who signed it. */
  user: string | undefined;
  status: number | undefined;
  /** Error code, also of a 200 with an error in its body. */
  code: string | undefined;
  /** The client's TCP port: requests with the same one shared a connection. */
  remotePort: number | undefined;
}

/** The connection has been cut on purpose; there is nobody left to answer. */
export class ConnectionCut extends Error {}

/** One request and its answer. */
export class Exchange {
  readonly service: Service;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId = randomBytes(8).toString('hex').toUpperCase();
  readonly path: string;
  readonly query: URLSearchParams;
  bucketName = '';
  key = '';
  /** The percent-encoding of the path is wrong, so there is neither bucket nor key. */
  malformedUri = false;
  identity: Identity | undefined;
  /** Of the answer, once there is one. */
  status: number | undefined;
  /** Set by faults: limits both ways, and the number of body bytes after which the connection ends. */
  bytesPerSecond: number | undefined;
  cutAfterBytes: number | undefined;
  /** Set by faults: the number of bytes of the answer's body after which the connection ends. */
  cutAnswerAfterBytes: number | undefined;
  /** Set by faults: answers are not sent. */
  silent = false;
  #awaitsContinue: boolean;

  constructor(service: Service, request: IncomingMessage, response: ServerResponse) {
    this.service = service;
    this.request = request;
    this.response = response;
    this.#awaitsContinue = request.headers.expect === '100-continue';
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? '' : url.slice(mark));
    response.setHeader('x-amz-request-id', this.requestId);
    response.setHeader('x-amz-id-2', randomBytes(48).toString('base64'));
    response.setHeader('server', 'AmazonS3');
    this.#locate();
  }

  /** Path style, or virtual-host style for `BUCKET.s3.localhost` and AWS's own names. */
  #locate(): void {
    let path: string;
    try {
      path = decodeURIComponent(this.path.slice(1));
    } catch {
      this.malformedUri = true;
      return;
    }
    const host = /^(.+)\.s3(?:[.-][a-z0-9-]+)?\.(?:localhost|amazonaws\.com)(?::\d+)?$/.exec(this.header('host') ?? '');
    const slash = path.indexOf('/');
    this.bucketName = host ? host[1]! : slash < 0 ? path : path.slice(0, slash);
    this.key = host ? path : slash < 0 ? '' : path.slice(slash + 1);
  }

  header(name: string): string | undefined {
    return this.request.headers[name] as string | undefined;
  }

  param(name: string): string | undefined {
    return this.query.get(name) ?? undefined;
  }

  /** Who asks, undefined for a request without a signature. */
  get principal(): { name: string; arn: string; account: string } | undefined {
    const user = this.identity?.user;
    if (!user) return undefined;
    const account = user.account ?? this.service.account;
    return { name: user.name, account, arn: user.arn ?? `arn:aws:iam::${account}:user/${user.name}` };
  }

  /** The body as it comes over the wire. Asking for it lets a client go on that waits for `100 Continue`. */
  async *body(): AsyncGenerator<Buffer> {
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      this.response.writeContinue();
    }
    let received = 0;
    // Whoever stops reading half-way still wants to answer, so that must not destroy the request.
    for await (const chunk of this.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (this.cutAfterBytes !== undefined && received >= this.cutAfterBytes) this.cut();
      await this.#pace(chunk.length);
      yield chunk;
    }
  }

  setHeader(name: string, value: string | number | undefined): void {
    if (value !== undefined) this.response.setHeader(name, value);
  }

  send(status: number, body = '', contentType = 'application/xml'): void {
    if (!this.#beforeAnswer(status)) return;
    if (body) this.response.setHeader('content-type', contentType);
    if (status !== 204 && status !== 304) this.response.setHeader('content-length', Buffer.byteLength(body));
    this.response.writeHead(status).end(this.request.method === 'HEAD' ? '' : body);
  }

  sendXml(root: string, value: XmlValue): void {
    this.send(200, document(root, value));
  }

  /** Sends a body of a known length. */
  async sendData(status: number, length: number, data: AsyncIterable<Buffer>): Promise<void> {
    if (!this.#beforeAnswer(status)) return;
    this.response.setHeader('content-length', length);
    this.response.writeHead(status);
    let sent = 0;
    for await (const chunk of data) {
      await this.#pace(chunk.length);
      sent += chunk.length;
      if (sent > (this.cutAnswerAfterBytes ?? Infinity)) await this.#cutAnswer(chunk, sent);
      const room = this.response.write(chunk);
      if (this.response.destroyed) return;
      if (!room) await once(this.response, 'drain', { signal: this.service.stopping });
    }
    this.response.end();
  }

  sendError(error: S3Error): void {
    for (const [name, value] of Object.entries(error.headers)) this.response.setHeader(name, value);
    const body = element('Error', {
      Code: error.code,
      Message: error.message,
      ...error.fields,
      RequestId: this.requestId,
      HostId: this.response.getHeader('x-amz-id-2') as string,
    });
    const withoutBody = this.request.method === 'HEAD' || error.status === 304;
    this.send(error.status, withoutBody ? '' : `<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
  }

  async #cutAnswer(chunk: Buffer, sent: number): Promise<never> {
    const rest = chunk.subarray(0, chunk.length - (sent - (this.cutAnswerAfterBytes ?? 0)));
    // A reset would throw away what the client has not read yet.
    await new Promise<void>((resolve) => this.response.write(rest, () => resolve()));
    this.request.socket.destroy();
    throw new ConnectionCut();
  }

  /** Ends the TCP connection here and now. */
  cut(): never {
    this.request.socket.resetAndDestroy();
    throw new ConnectionCut();
  }

  #beforeAnswer(status: number): boolean {
    this.status = status;
    if (this.silent) return false;
    // The client has not been told to send its body, so what follows on this connection would be ambiguous.
    if (this.#awaitsContinue) this.response.setHeader('connection', 'close');
    // What is left of the body is read and dropped: closing before that would reset the connection, and the client
    // would see that instead of the answer.
    else this.request.resume();
    return true;
  }

  async #pace(bytes: number): Promise<void> {
    if (!this.bytesPerSecond) return;
    await sleep((bytes / this.bytesPerSecond) * 1000, undefined, { signal: this.service.stopping });
  }
}
