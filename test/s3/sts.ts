import { createHash, createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Policy, User } from './policy.ts';
import { ACCOUNT, type EmbeddedS3 } from './server.ts';

/** A role as the test's STS knows it. */
export interface Role {
  arn: string;
  /** Who may assume it: ARNs of users or of sessions of other roles. */
  trusts: string[];
  externalId?: string;
  /** The code that has to come with each request, and the device that shows it. */
  mfa?: { serial: string; code: string };
  policy: Policy;
  /** How long its sessions live, whatever is asked for; milliseconds. */
  lifeMs?: number;
}

/** A running STS, whose sessions the S3 server knows. */
export interface Sts {
  endpoint: string;
  /** What was asked, oldest first: role, session name and the code of the answer. */
  readonly requests: { role: string; session: string; user: string; status: number }[];
  stop(): Promise<void>;
}

/** Starts an STS on 127.0.0.1 that knows AssumeRole and GetCallerIdentity. It checks signatures as STS does. */
export async function startSts(s3: EmbeddedS3, roles: readonly Role[]): Promise<Sts> {
  const requests: Sts['requests'] = [];
  const server = http.createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'text/xml' });
      response.end(body);
    });
  });
  const answer = async (request: http.IncomingMessage): Promise<{ status: number; body: string }> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const asked = new URLSearchParams(body);
    const logged = {
      role: asked.get('RoleArn') ?? '',
      session: asked.get('RoleSessionName') ?? '',
      user: '',
      status: 403,
    };
    requests.push(logged);
    const user = signerOf(request, body, s3.accounts);
    if (typeof user === 'string') return refusal(user, 'The security token included in the request is invalid.');
    logged.user = arnOf(user);
    if (asked.get('Action') === 'GetCallerIdentity') {
      logged.status = 200;
      return { status: 200, body: identity(logged.user) };
    }
    const role = roles.find(({ arn }) => arn === logged.role);
    if (role === undefined || !mayAssume(role, logged.user, asked)) {
      return refusal(
        'AccessDenied',
        `User: ${logged.user} is not authorized to perform: sts:AssumeRole on resource: ${logged.role}`,
      );
    }
    logged.status = 200;
    return { status: 200, body: session(s3, role, asked) };
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function mayAssume(role: Role, user: string, asked: URLSearchParams): boolean {
  if (!role.trusts.includes(user)) return false;
  if (role.externalId !== undefined && asked.get('ExternalId') !== role.externalId) return false;
  const { mfa } = role;
  return mfa === undefined || (asked.get('SerialNumber') === mfa.serial && asked.get('TokenCode') === mfa.code);
}

function session(s3: EmbeddedS3, role: Role, asked: URLSearchParams): string {
  const name = asked.get('RoleSessionName') ?? '';
  const life = role.lifeMs ?? Number(asked.get('DurationSeconds') ?? '3600') * 1000;
  const expires = new Date(Date.now() + life);
  const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
  const secretAccessKey = randomBytes(20).toString('hex');
  const sessionToken = randomBytes(40).toString('base64');
  const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/${role.arn.split('/').at(-1)}/${name}`;
  s3.accounts.set(accessKeyId, { name, accessKeyId, secretAccessKey, sessionToken, expires, arn, policy: role.policy });
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
<SessionToken>${sessionToken}</SessionToken><Expiration>${expires.toISOString()}</Expiration></Credentials>
<AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>AROAEXAMPLE:${name}</AssumedRoleId></AssumedRoleUser>
</AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>`;
}

function identity(arn: string): string {
  return `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>${arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
}

function refusal(code: string, message: string): { status: number; body: string } {
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
  return { status: 403, body };
}

/** Who signed a request; the code of the refusal where nobody did. */
function signerOf(request: http.IncomingMessage, body: string, users: ReadonlyMap<string, User>): User | string {
  const authorization = request.headers.authorization ?? '';
  const [, keyId = '', day = '', region = '', names = '', signature = ''] =
    /Credential=([^/]+)\/(\d{8})\/([^/]+)\/sts\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(
      authorization,
    ) ?? [];
  const user = users.get(keyId);
  if (user === undefined) return 'InvalidClientTokenId';
  if (user.sessionToken !== undefined && request.headers['x-amz-security-token'] !== user.sessionToken)
    return 'InvalidClientTokenId';
  if (user.expires !== undefined && user.expires.getTime() <= Date.now()) return 'ExpiredToken';
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, request.url, '', headers.join(''), names, sha256(body)].join('\n');
  const scope = `${day}/${region}/sts/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, 'sts', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${user.secretAccessKey}`);
  return hmac(key, text).toString('hex') === signature ? user : 'SignatureDoesNotMatch';
}

function arnOf({ arn, name }: User): string {
  return arn ?? `arn:aws:iam::${ACCOUNT}:user/${name}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
