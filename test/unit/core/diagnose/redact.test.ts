import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { REDACTED, redact } from '../../../../src/core/diagnose/redact.ts';

// The beginning is for those that are made from words which the texts around them have, too.
const secret = fc.stringMatching(/^Zq7[A-Za-z0-9+/=]{17,60}$/);
const keyId = fc.stringMatching(/^(AKIA|ASIA)[A-Z0-9]{16}$/);

/** Where secrets turn up although nobody has told which they are. */
const places: Record<string, (secret: string) => string> = {
  'an InvalidAccessKeyId body': (s) =>
    `<Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>${s}</AWSAccessKeyId></Error>`,
  'a SignatureDoesNotMatch body': (s) =>
    `<Error><AWSAccessKeyId>${s}</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n${s}\n</StringToSign>` +
    `<SignatureProvided>${s}</SignatureProvided><StringToSignBytes>41 ${s}</StringToSignBytes>` +
    `<CanonicalRequest>PUT\n/k\n\nx-amz-security-token:${s}\n\nhost</CanonicalRequest>` +
    `<CanonicalRequestBytes>50 ${s}</CanonicalRequestBytes><RequestId>R1</RequestId></Error>`,
  'an ExpiredToken body': (s) =>
    `<Error><Code>ExpiredToken</Code><Token-0>${s}</Token-0><Token-11>${s}</Token-11></Error>`,
  'a body that was cut off': (s) => `<Error><Code>InvalidToken</Code><Token-0>${s}`,
  'a signed URL': (s) =>
    `https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(s)}%2F20261122` +
    `&X-Amz-Security-Token=${encodeURIComponent(s)}&X-Amz-SignedHeaders=host&X-Amz-Signature=${encodeURIComponent(s)}`,
  'a signed URL in XML': (s) =>
    `<a href="https://h/k?a=1&amp;X-Amz-Security-Token=${s}&amp;X-Amz-Signature=${s}">k</a>`,
  'a signed URL of the old kind': (s) =>
    `GET http://h/k?AWSAccessKeyId=${encodeURIComponent(s)}&Expires=1&Signature=${encodeURIComponent(s)} HTTP/1.1`,
  'an Authorization header': (s) =>
    `authorization: AWS4-HMAC-SHA256 Credential=${s}/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${s}`,
  'a token header': (s) => `PUT /k HTTP/1.1\r\nHost: h\r\nX-Amz-Security-Token: ${s}\r\nContent-Length: 1`,
  'what a process prints': (s) => `{"Version": 1, "SecretAccessKey": "${s}", "SessionToken":"${s}"}`,
  'a file of credentials': (s) => `[dev]\naws_secret_access_key = ${s}\naws_session_token=${s}\n`,
  'the headers of a request as JSON': (s) => JSON.stringify({ 'x-amz-security-token': s, host: 'h' }),
  'the headers of a request in a log': (s) => inspect({ host: 'h', 'x-amz-security-token': s }),
};

function assertGone(text: string, hidden: string): void {
  for (const form of [hidden, encodeURIComponent(hidden)]) assert.ok(!text.includes(form), text);
  // Nor the most of it.
  assert.ok(!text.includes(hidden.slice(3, 18)) && !text.includes(hidden.slice(-15)), text);
}

describe('redact', () => {
  for (const [place, text] of Object.entries(places)) {
    it(`finds what is secret in ${place}`, () => {
      fc.assert(fc.property(secret, (s) => assertGone(redact(text(s)), s)));
      assert.ok(redact(text('Zq7')).includes(REDACTED));
    });
  }

  it('finds access key ids anywhere', () => {
    fc.assert(
      fc.property(keyId, fc.constantFrom(' ', '"', '/', ':', ''), (id, edge) => {
        assert.ok(!redact(`The key${edge === '' ? ' ' : edge}${id}${edge} is unknown`).includes(id));
      }),
    );
  });

  it('finds known secrets anywhere, as they are and in URLs', () => {
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (s, before, after) => {
        assertGone(redact(`${before}${s}${after}?t=${encodeURIComponent(s)}`, [s]), s);
        assertGone(redact(inspect(new Error(`${before}${s}${after}`)), ['', s]), s);
      }),
    );
  });

  it('leaves nothing of a secret that another one is the beginning of', () => {
    for (const secrets of [
      ['token', 'token-and-more'],
      ['token-and-more', 'token'],
    ]) {
      assert.equal(redact('a token-and-more b token c', secrets), `a ${REDACTED} b ${REDACTED} c`);
    }
  });

  it('leaves all else as it is', () => {
    const text =
      'PUT s3://my-bucket/signalsmith/users/20261122T210301Z-7f3a9c-00000.csv.gz 403 AccessDenied ' +
      'User: arn:aws:iam::123456789012:user/ann is not authorized to perform: s3:PutObject (request 4442587FB7D0A2F9)';
    assert.equal(redact(text, ['secret', '']), text);
    const body = '<Error><Code>X</Code><StringToSign>secret</StringToSign><RequestId>R1</RequestId></Error>';
    assert.equal(redact(body), body.replace('secret', REDACTED));
    assert.equal(redact('a=1&X-Amz-Signature=abc&b=2'), `a=1&X-Amz-Signature=${REDACTED}&b=2`);
  });

  it('changes nothing when it is done twice', () => {
    const text = fc.oneof(...Object.values(places).map((place) => secret.map(place)));
    fc.assert(fc.property(text, (t) => assert.equal(redact(redact(t)), redact(t))));
  });
});
