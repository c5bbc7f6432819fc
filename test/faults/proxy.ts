import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What may go wrong with a request on its way to the store and back. */
export const FAULTS = [
  'cut before',
  'cut within',
  'answer lost',
  'late',
  '400',
  '403',
  '500',
  '503',
  'error within 200',
] as const;
export type FaultKind = (typeof FAULTS)[number];

const LATE_MS = 300;
const CODES = { 400: 'InvalidRequest', 403: 'AccessDenied', 500: 'InternalError', 503: 'SlowDown' } as const;

/** What is done when a request of that number (from 1) arrives; `forever` also to all that follow. */
export interface Plan {
  fault: FaultKind;
  at: number;
  forever?: boolean;
}

/** A request that has passed. */
export interface Passed {
  method: string;
  /** Path and query, without what signs it. */
  target: string;
}

/** Stands between a client and the store, on a port of its own, and lets go wrong what a plan says. */
export class FaultProxy {
  readonly passed: Passed[] = [];
  readonly #target: URL;
  readonly #server: http.Server;
  readonly #agent = new http.Agent({ keepAlive: true });
  plan: Plan | undefined;
  /** How often something went wrong. */
  hits = 0;
  /** Keeps a request back until the promise resolves. */
  hold: ((request: Passed) => Promise<void>) | undefined;
  /** Called with each request before it is sent on, and when its answer is there. */
  onRequest: ((count: number, moment: 'before' | 'after') => void) | undefined;

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = http.createServer((request, response) => {
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      this.#pass(request, response).catch(() => request.socket.destroy());
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets everything pass from here on. */
  heal(): void {
    this.plan = undefined;
    this.onRequest = undefined;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const count = this.passed.push({ method, target: url.replace(/[?&]x-id=[^&]*/, '') });
    const { plan } = this;
    const due = plan !== undefined && (plan.forever === true ? count >= plan.at : count === plan.at);
    const fault = due ? plan.fault : undefined;
    this.onRequest?.(count, 'before');
    if (fault !== undefined) this.hits++;
    if (fault === 'cut before') {
      request.socket.destroy();
      return;
    }
    const body = await bodyOf(request);
    await this.hold?.({ method, target: url });
    if (fault === 'late') await sleep(LATE_MS);
    if (fault === '400' || fault === '403' || fault === '500' || fault === '503') {
      answer(response, Number(fault), CODES[fault], method);
      return;
    }
    if (fault === 'error within 200') {
      answer(response, 200, 'InternalError', method);
      return;
    }
    if (fault === 'cut within') {
      await this.#sendHalf(request, body);
      request.socket.destroy();
      return;
    }
    const { answer: from, content } = await this.#send(request, body);
    this.onRequest?.(count, 'after');
    if (fault === 'answer lost') {
      request.socket.destroy();
      return;
    }
    response.writeHead(from.statusCode ?? 500, from.rawHeaders);
    response.end(content);
  }

  #options({ method, url, rawHeaders }: http.IncomingMessage): http.RequestOptions {
    const { hostname: host, port } = this.#target;
    return { host, port, method, path: url, headers: pairs(rawHeaders), agent: this.#agent };
  }

  #send(request: http.IncomingMessage, body: Buffer): Promise<{ answer: http.IncomingMessage; content: Buffer }> {
    return new Promise((resolve, reject) => {
      const sent = http.request(this.#options(request), (answer) => {
        bodyOf(answer).then((content) => resolve({ answer, content }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** The store gets half of the body and then nothing more. */
  #sendHalf(request: http.IncomingMessage, body: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const sent = http.request({ ...this.#options(request), agent: false });
      sent.on('error', () => resolve());
      sent.on('close', () => resolve());
      sent.flushHeaders();
      sent.write(body.subarray(0, body.length >> 1), () => setTimeout(() => sent.destroy(), 20));
    });
  }
}

function answer(response: http.ServerResponse, status: number, code: string, method: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>Made up</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': 'FAULT' });
  response.end(method === 'HEAD' ? undefined : body);
}

async function bodyOf(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function pairs(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < raw.length; i += 2) headers[raw[i] ?? ''] = raw[i + 1] ?? '';
  return headers;
}
