import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ChunkVerifier } from './chunked.ts';
import { accessDenied, invalidRequest, S3Error } from './errors.ts';
import type { User } from './policy.ts';

export interface SignedRequest {
  method: string;
  /** As it came, percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
}

export interface Identity {
  user: User;
  /** The region the request was signed for. */
  region: string;
  /** For bodies whose chunks are signed. */
  verifier: ChunkVerifier;
}

interface Claim {
  presigned: boolean;
  credential: string;
  signedHeaders: string;
  signature: string;
  date: string;
  token: string | undefined;
  payloadHash: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MS = 15 * 60_000;
const WEEK_S = 7 * 24 * 3600;
const EMPTY_SHA256 = sha256('');

/**
 * Finds out who sent a request: Signature Version 4 in the Authorization header or in the query.
 * @param users by access key id
 * @returns undefined if the request is not signed
 * @throws S3Error for whatever is wrong with the signature, the token or the clock
 */
export function authenticate(request: SignedRequest, users: ReadonlyMap<string, User>): Identity | undefined {
  const claim = claimOf(request);
  if (!claim) return undefined;
  const [keyId = '', day = '', region = '', service, terminator] = claim.credential.split('/');
  if (service !== 's3' || terminator !== 'aws4_request' || !/^\d{8}$/.test(day)) {
    throw malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  const user = users.get(keyId);
  // Temporary keys do not exist without their token, as far as AWS is concerned.
  if (!user || (user.sessionToken && !claim.token)) {
    const message = 'The AWS Access Key Id you provided does not exist in our records.';
    throw new S3Error(403, 'InvalidAccessKeyId', message, { AWSAccessKeyId: keyId });
  }
  checkClock(claim, request.query);
  checkToken(user, claim.token);
  const scope = `${day}/${region}/s3/aws4_request`;
  const key = ['aws4_request', 's3', region, day].reduceRight<Buffer | string>(hmac, `AWS4${user.secretAccessKey}`);
  const canonical = canonicalRequest(request, claim);
  const toSign = [ALGORITHM, claim.date, scope, sha256(canonical)].join('\n');
  if (!sameSignature(hmac(key, toSign), claim.signature)) throw doesNotMatch(keyId, toSign, claim.signature, canonical);
  checkSignedHeaders(request, claim);
  return { user, region, verifier: chunkVerifier(key, keyId, claim, scope) };
}

function claimOf({ headers, query }: SignedRequest): Claim | undefined {
  const { authorization } = headers;
  const payloadHash = headers['x-amz-content-sha256'] as string | undefined;
  if (authorization !== undefined) {
    if (!authorization.startsWith(ALGORITHM)) {
      throw invalidRequest(
        'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
      );
    }
    const field = (name: string) => new RegExp(`\\b${name}=([^,\\s]+)`).exec(authorization)?.[1];
    const credential = field('Credential');
    const signedHeaders = field('SignedHeaders');
    const signature = field('Signature');
    if (!credential || !signedHeaders || !signature) {
      throw malformed('the authorization header requires three components: Credential, SignedHeaders, and Signature.');
    }
    if (!payloadHash) throw invalidRequest('Missing required header for this request: x-amz-content-sha256');
    const date = String(headers['x-amz-date'] ?? '');
    const token = headers['x-amz-security-token'] as string | undefined;
    return { presigned: false, credential, signedHeaders, signature, date, token, payloadHash };
  }
  if (!query.has('X-Amz-Algorithm')) return undefined;
  const [credential, signedHeaders, signature, date, expires] = [
    'X-Amz-Credential',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'X-Amz-Date',
    'X-Amz-Expires',
  ].map((name) => query.get(name));
  if (!credential || !signedHeaders || !signature || !date || !expires) {
    const parameters =
      'X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires';
    throw badQuery(`Query-string authentication version 4 requires the ${parameters} parameters.`);
  }
  if (!(Number(expires) <= WEEK_S)) {
    throw badQuery(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${WEEK_S} seconds`,
    );
  }
  const token = query.get('X-Amz-Security-Token') ?? undefined;
  return {
    presigned: true,
    credential,
    signedHeaders,
    signature,
    date,
    token,
    payloadHash: payloadHash ?? 'UNSIGNED-PAYLOAD',
  };
}

function checkClock(claim: Claim, query: URLSearchParams): void {
  const time = Date.parse(claim.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(time)) throw accessDenied('AWS authentication requires a valid Date or x-amz-date header');
  const now = Date.now();
  const ServerTime = new Date(now).toISOString().replace(/\.\d+/, '');
  const expires = query.get('X-Amz-Expires');
  const end = time + Number(expires) * 1000;
  if (claim.presigned && now > end) {
    const Expires = new Date(end).toISOString().replace(/\.\d+/, '');
    throw new S3Error(403, 'AccessDenied', 'Request has expired', { 'X-Amz-Expires': expires!, Expires, ServerTime });
  }
  if (claim.presigned ? time - now > MAX_SKEW_MS : Math.abs(now - time) > MAX_SKEW_MS) {
    const message = 'The difference between the request time and the current time is too large.';
    const fields = { RequestTime: claim.date, ServerTime, MaxAllowedSkewMilliseconds: MAX_SKEW_MS };
    throw new S3Error(403, 'RequestTimeTooSkewed', message, fields);
  }
}

function checkToken(user: User, token: string | undefined): void {
  if (token !== user.sessionToken) {
    throw new S3Error(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.', {
      'Token-0': token,
    });
  }
  if (user.expires && Date.now() >= user.expires.getTime()) {
    throw new S3Error(400, 'ExpiredToken', 'The provided token has expired.', { 'Token-0': token });
  }
}

function checkSignedHeaders({ headers }: SignedRequest, claim: Claim): void {
  const signed = claim.signedHeaders.split(';');
  const mustBe = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  // Presigned requests may carry this one unsigned.
  const missing = mustBe.filter(
    (name) => !signed.includes(name) && !(claim.presigned && name === 'x-amz-content-sha256'),
  );
  if (missing.length) {
    const message = 'There were headers present in the request which were not signed';
    throw new S3Error(403, 'AccessDenied', message, { HeadersNotSigned: missing.join(', ') });
  }
}

function canonicalRequest({ method, path, query, headers }: SignedRequest, claim: Claim): string {
  const parameters = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const signedHeaders = claim.signedHeaders.split(';').map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  );
  return [
    method,
    path
      .split('/')
      .map((segment) => encode(decodeURIComponent(segment)))
      .join('/'),
    parameters.join('&'),
    signedHeaders.join(''),
    claim.signedHeaders,
    claim.payloadHash,
  ].join('\n');
}

function chunkVerifier(key: Buffer | string, keyId: string, claim: Claim, scope: string): ChunkVerifier {
  let previous = claim.signature;
  const verify = (kind: string, hashes: string[], signature: string) => {
    const toSign = [`${ALGORITHM}-${kind}`, claim.date, scope, previous, ...hashes].join('\n');
    if (!sameSignature(hmac(key, toSign), signature)) throw doesNotMatch(keyId, toSign, signature);
    previous = signature;
  };
  return {
    chunk: (hash, signature) => verify('PAYLOAD', [EMPTY_SHA256, hash], signature),
    trailer: (lines, signature) => verify('TRAILER', [sha256(lines)], signature),
  };
}

/** Percent-encodes as AWS does: everything but letters, digits and `-._~`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function malformed(what: string): S3Error {
  return new S3Error(400, 'AuthorizationHeaderMalformed', `The authorization header is malformed; ${what}`);
}

function badQuery(message: string): S3Error {
  return new S3Error(400, 'AuthorizationQueryParametersError', message);
}

function doesNotMatch(AWSAccessKeyId: string, StringToSign: string, signature: string, canonical?: string): S3Error {
  const message =
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.';
  return new S3Error(403, 'SignatureDoesNotMatch', message, {
    AWSAccessKeyId,
    StringToSign,
    SignatureProvided: signature,
    StringToSignBytes: spacedHex(StringToSign),
    CanonicalRequest: canonical,
    CanonicalRequestBytes: canonical === undefined ? undefined : spacedHex(canonical),
  });
}

function spacedHex(text: string): string {
  return Buffer.from(text)
    .toString('hex')
    .replace(/..(?!$)/g, '$& ');
}

function sameSignature(wanted: Buffer, given: string): boolean {
  const bytes = Buffer.from(given, 'hex');
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
