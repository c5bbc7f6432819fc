import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Policy } from './policy.ts';
import type { EmbeddedS3 } from './server.ts';

const HOUR = 3_600_000;

/** The portal of a single sign-on, whose sessions the S3 server knows. */
export interface SsoPortal {
  url: string;
  /** What it was asked with, oldest first. */
  tokens: string[];
  /** How long what it hands out is good for. */
  lifeMs: number;
  stop: () => Promise<void>;
}

/** Starts a portal on 127.0.0.1 that takes the token `good-token` and no other. @param policy what its users may do */
export async function startSsoPortal(s3: EmbeddedS3, policy: Policy): Promise<SsoPortal> {
  const tokens: string[] = [];
  const server = http.createServer((request, response) => {
    const token = String(request.headers['x-amz-sso_bearer_token']);
    tokens.push(token);
    response.setHeader('content-type', 'application/json');
    if (token !== 'good-token') {
      response.setHeader('x-amzn-errortype', 'UnauthorizedException');
      response.writeHead(401).end('{"message":"Session token not found or invalid"}');
      return;
    }
    const roleCredentials = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(20).toString('hex'),
      sessionToken: randomBytes(20).toString('hex'),
      expiration: Date.now() + started.lifeMs,
    };
    const expires = new Date(roleCredentials.expiration);
    s3.accounts.set(roleCredentials.accessKeyId, { name: 'sso', ...roleCredentials, policy, expires });
    response.end(JSON.stringify({ roleCredentials }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const started: SsoPortal = { url, tokens, lifeMs: HOUR, stop };
  return started;
}
