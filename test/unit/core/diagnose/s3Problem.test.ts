import assert from 'node:assert/strict';
import { s3Problem } from '../../../../src/core/diagnose/s3Problem.ts';
import { parseDestination } from '../../../../src/core/destination/destination.ts';
import { cancelled, type Problem, PROBLEM_CODES } from '../../../../src/core/problem.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'top-secret-key' };
const destination = parseDestination({ name: 'prod', bucket: 'my-bucket', region: 'eu-west-1', credentials });

/** An error as the SDK throws it for an answer of the store. */
function answer(status: number, name: string, message = name, more: object = {}): Error {
  const $metadata = { httpStatusCode: status, requestId: 'R1' };
  return Object.assign(new Error(message), { name, Code: name, $fault: 'client', $metadata }, more);
}

/** The answer to a HEAD, which has no body to take a code from. */
const head = (status: number, name: string, headers = {}): Error =>
  answer(status, name, 'UnknownError', { Code: undefined, $response: { statusCode: status, headers } });
const network = (code: string, name = 'Error', more: object = {}): Error =>
  Object.assign(new Error(code), { name, code, ...more });
const notAllowed = (action: string, why: string): string =>
  `User: arn:aws:iam::1:user/ann is not authorized to perform: ${action} on resource: "arn:aws:s3:::my-bucket/k" ${why}`;
const region = { headers: { 'x-amz-bucket-region': 'us-west-2' } };

const IDENTITY = 'because no identity-based policy allows the s3:PutObject action';
const EXPLICIT = 'with an explicit deny in a resource-based policy';
const elsewhere = { code: 'region-mismatch', region: 'us-west-2' } as const;

const table: [title: string, error: unknown, problem: Partial<Problem>][] = [
  ['denied, other account', answer(403, 'AccessDenied', 'Access Denied'), { code: 'access-denied' }],
  [
    'denied, same account',
    answer(403, 'AccessDenied', notAllowed('s3:PutObject', IDENTITY)),
    { code: 'access-denied', permission: 's3:PutObject' },
  ],
  [
    'denied, without a resource',
    answer(403, 'AccessDenied', 'User: x is not authorized to perform: s3:ListBucket because no'),
    { code: 'access-denied', permission: 's3:ListBucket' },
  ],
  ['denied explicitly', answer(403, 'AccessDenied', notAllowed('s3:PutObject', EXPLICIT)), { code: 'explicit-deny' }],
  [
    'no KMS key',
    answer(403, 'AccessDenied', notAllowed('kms:GenerateDataKey', IDENTITY)),
    { code: 'kms-denied', permission: 'kms:GenerateDataKey' },
  ],
  ['denied on HEAD', head(403, 'Unknown'), { code: 'access-denied' }],
  ['denied by a store without words', answer(403, 'AccessDenied', 'UnknownError'), { code: 'access-denied' }],
  [
    'a 403 that is no XML',
    Object.assign(new SyntaxError('x'), { $response: { statusCode: 403 } }),
    { code: 'access-denied' },
  ],
  ['no bucket', answer(404, 'NoSuchBucket', 'The specified bucket does not exist'), { code: 'bucket-not-found' }],
  ['wrong region', answer(301, 'PermanentRedirect', 'x', { $response: region }), elsewhere],
  ['wrong signing region', answer(400, 'AuthorizationHeaderMalformed', 'x', { Region: 'us-west-2' }), elsewhere],
  ['wrong region on HEAD', head(301, 'Unknown', region.headers), elsewhere],
  ['wrong signing region on HEAD', head(400, 'Unknown', region.headers), elsewhere],
  ['opt-in region', answer(400, 'IllegalLocationConstraintException'), { code: 'region-mismatch' }],
  ['another region that is not told', answer(301, 'PermanentRedirect'), { code: 'region-mismatch' }],
  ['another region by status only', answer(301, 'Unknown'), { code: 'region-mismatch' }],
  [
    'our own region named in another refusal',
    answer(400, 'InvalidRequest', 'x', { $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } } }),
    { code: 'upload-failed' },
  ],
  ['bad key id', answer(403, 'InvalidAccessKeyId'), { code: 'invalid-access-key' }],
  ['bad secret', answer(403, 'SignatureDoesNotMatch'), { code: 'signature-mismatch' }],
  ['expired', answer(400, 'ExpiredToken'), { code: 'credentials-expired' }],
  ['bad token', answer(400, 'InvalidToken'), { code: 'credentials-expired' }],
  ['clock', answer(403, 'RequestTimeTooSkewed'), { code: 'clock-skew' }],
  ['throttled', answer(503, 'SlowDown'), { code: 'throttled' }],
  ['throttled without a code', head(503, '503'), { code: 'throttled' }],
  ['too many requests', answer(429, 'TooManyRequests'), { code: 'throttled' }],
  ['precondition', answer(412, 'PreconditionFailed'), { code: 'object-exists' }],
  ['an error within 200', answer(503, 'InternalError', 'We encountered an internal error.'), { code: 'upload-failed' }],
  ['internal error', answer(500, 'InternalError'), { code: 'upload-failed' }],
  ['no upload', answer(404, 'NoSuchUpload'), { code: 'upload-failed' }],
  [
    'no proxy, as the editor says',
    new Error('Failed to establish a socket connection to proxies: PROXY 127.0.0.1:9'),
    { code: 'endpoint-unreachable', kind: 'no-proxy' },
  ],
  ['no proxy, at another port', network('ECONNREFUSED', 'Error', { port: 3128 }), { kind: 'no-proxy' }],
  ['closed port of the store', network('ECONNREFUSED', 'Error', { port: 443 }), { kind: 'refused' }],
  ['no host of a proxy', network('ENOTFOUND', 'Error', { hostname: 'proxy.corp.example' }), { kind: 'no-proxy' }],
  [
    'no host of S3',
    network('ENOTFOUND', 'Error', { hostname: 'my-bucket.s3.eu-west-9.amazonaws.com' }),
    { kind: 'unknown-host' },
  ],
  ['no host', network('ENOTFOUND'), { code: 'endpoint-unreachable' }],
  ['closed port', network('ECONNREFUSED'), { code: 'endpoint-unreachable' }],
  ['closed port, two addresses', network('ECONNREFUSED', 'AggregateError'), { code: 'endpoint-unreachable' }],
  ['cut connection', network('ECONNRESET', 'TimeoutError'), { code: 'endpoint-unreachable' }],
  ['timeout', network('ETIMEDOUT', 'TimeoutError'), { code: 'endpoint-unreachable' }],
  ['no DNS', network('EAI_AGAIN'), { code: 'endpoint-unreachable' }],
  ['self-signed', network('DEPTH_ZERO_SELF_SIGNED_CERT'), { code: 'tls-failed' }],
  ['unknown authority', network('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), { code: 'tls-failed' }],
  ['certificate expired', network('CERT_HAS_EXPIRED'), { code: 'tls-failed' }],
  ['certificate of another host', network('ERR_TLS_CERT_ALTNAME_INVALID'), { code: 'tls-failed' }],
  ['https to a port that speaks http', network('ERR_SSL_PACKET_LENGTH_TOO_LONG'), { code: 'tls-failed' }],
  ['https to a port that speaks http, as older ones say', network('EPROTO'), { code: 'tls-failed' }],
  ['something else', new Error('odd'), { code: 'upload-failed' }],
  ['no error at all', 'odd', { code: 'upload-failed' }],
  ['nothing', undefined, { code: 'upload-failed' }],
];

describe('s3Problem', () => {
  for (const [title, error, expected] of table) {
    it(`${title}: ${expected.code ?? expected.kind}`, () => {
      const { problem, code, cause } = s3Problem(error, destination, 'write');
      assert.deepEqual({ ...problem, ...expected }, problem);
      assert.ok(PROBLEM_CODES.includes(code));
      assert.equal(cause, error);
      assert.match(problem.message, /^\p{Lu}[^\n]*\.$/u);
      assert.ok(!problem.message.includes('undefined') && !problem.message.includes('()'), problem.message);
      assert.doesNotMatch(problem.message, /top-secret-key|UnknownError/);
      if ((error as { $metadata?: object } | undefined)?.$metadata !== undefined) assert.equal(problem.requestId, 'R1');
    });
  }

  it('tells a missing bucket when the bucket was looked at', () => {
    assert.equal(s3Problem(head(404, 'NotFound'), destination, 'look at').code, 'bucket-not-found');
  });

  it('offers the repair', () => {
    const { problem } = s3Problem(answer(301, 'PermanentRedirect', 'x', { $response: region }), destination, 'write');
    assert.match(problem.fix ?? '', /us-west-2/);
    const denied = s3Problem(answer(403, 'AccessDenied', notAllowed('s3:PutObject', IDENTITY)), destination, 'write');
    assert.match(denied.problem.fix ?? '', /s3:PutObject/);
  });

  it('leaves problems as they are', () => {
    const problem = cancelled();
    assert.equal(s3Problem(problem, destination, 'write'), problem);
  });
});
