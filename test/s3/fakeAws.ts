import { readFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

const CERTIFICATES = path.join(import.meta.dirname, '../fixtures/tls');

/** Certificates that a server may show; `fixtures/tls/make.sh` makes them. All but `intercepted` are of the tests' authority. */
export type Certificate = 'trusted' | 'intercepted' | 'expired' | 'other-host';

/** What a proxy answers instead of leading anywhere. */
export interface ProxyAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A network in which AWS's names, and all others, lead to servers of the tests: through a proxy and over TLS. */
export interface FakeAws {
  /** Of the proxy, for `http.proxy`. */
  proxy: string;
  /** Where the servers answer over TLS without the proxy. Whoever speaks plain HTTP there is told so, as nginx does. */
  tlsPort: number;
  /** Hosts and ports that the proxy was asked for, oldest first. */
  readonly asked: string[];
  /** Has the servers show another certificate. */
  show(certificate: Certificate): void;
  /** Has the proxy answer all by itself, or pass on again. */
  answer(answer: ProxyAnswer | undefined): void;
  stop(): Promise<void>;
}

const PLAIN_TO_TLS =
  '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head><body><center><h1>400 Bad Request</h1></center><center>The plain HTTP request was sent to HTTPS port</center><hr><center>nginx</center></body></html>';

/**
 * Starts the network on 127.0.0.1.
 * @param ports where S3 and STS answer without TLS
 */
export async function startFakeAws(ports: { s3: number; sts: number }): Promise<FakeAws> {
  const asked: string[] = [];
  let ownAnswer: ProxyAnswer | undefined;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const join = (one: Socket, other: Socket): void => {
    keep(other);
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      from.pipe(to);
      from.once('close', () => to.destroy());
    }
  };
  const secure = tls.createServer(contextOf('trusted'), (socket) => {
    const name = (socket as tls.TLSSocket & { servername: string | false }).servername;
    const isSts = typeof name === 'string' && name.startsWith('sts.');
    keep(socket);
    join(socket, net.connect(isSts ? ports.sts : ports.s3, '127.0.0.1'));
  });
  const front = net.createServer((socket) => {
    keep(socket);
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      if (first[0] === 0x16) {
        socket.unshift(first);
        secure.emit('connection', socket);
        return;
      }
      const head = `HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nConnection: close`;
      socket.end(`${head}\r\nContent-Length: ${PLAIN_TO_TLS.length}\r\n\r\n${PLAIN_TO_TLS}`);
    });
  });
  const tlsPort = await listen(front);
  const proxy = http.createServer((request, response) => {
    asked.push(new URL(request.url ?? '').host);
    request.resume();
    const { status, headers = {}, body = '' } = ownAnswer ?? { status: 502 };
    response.writeHead(status, headers).end(body);
  });
  proxy.on('connect', (request: http.IncomingMessage, socket: Socket) => {
    asked.push(request.url ?? '');
    keep(socket);
    if (ownAnswer !== undefined) {
      const { status, headers = {}, body = '' } = ownAnswer;
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const length = `Content-Length: ${Buffer.byteLength(body)}`;
      socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${lines.join('')}${length}\r\n\r\n${body}`);
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    join(socket, net.connect(tlsPort, '127.0.0.1'));
  });
  const proxyPort = await listen(proxy);
  return {
    proxy: `http://127.0.0.1:${proxyPort}`,
    tlsPort,
    asked,
    show: (certificate) => secure.setSecureContext(contextOf(certificate)),
    answer: (answer) => (ownAnswer = answer),
    async stop() {
      for (const socket of sockets) socket.destroy();
      proxy.closeAllConnections();
      await Promise.all([front, proxy].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** The file with the certificate of the authority that the tests' editor trusts. */
export const AUTHORITY = path.join(CERTIFICATES, 'authority.pem');

function contextOf(certificate: Certificate): { cert: string; key: string } {
  const text = readFileSync(path.join(CERTIFICATES, `${certificate}.pem`), 'utf8');
  return { cert: text, key: text };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
