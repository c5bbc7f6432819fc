/** What is put in the place of a secret. */
export const REDACTED = '•••';

/** Elements of S3's error bodies, and parameters of signed URLs, that hold credentials or what was made from them. */
const ELEMENTS =
  /<(AWSAccessKeyId|StringToSign|StringToSignBytes|SignatureProvided|CanonicalRequest|CanonicalRequestBytes|Token-\d+)>[\s\S]*?(?:<\/\1>|$)/g;
const PARAMETERS = /\b((?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=)[^&\s"'<>]*/gi;
const HEADERS = /((?:Credential|Signature)=)[^\s,&"']+/g;
const TOKEN_HEADERS = /(x-amz-security-token["']?\s*:\s*["']?)[^\s,"'<>]+/gi;
/** What programs print, and files hold, under names like `SecretAccessKey` and `aws_session_token`. */
const NAMED =
  /((?:secret_?access_?key|(?:session|security)_?token|password|token(?=["']?\s*[:=]\s*["']?\S{16}))["']?\s*[:=]\s*["']?)[^\s,"'<>&]+/gi;
const KEY_IDS = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g;

/**
 * Takes everything out of a text that must not be shown or logged.
 * @param secrets values that are known to be secret; they are found wherever they stand
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // The longest first, or the rest of one that begins with another would stay.
  for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
    if (secret !== '') clean = clean.replaceAll(secret, REDACTED).replaceAll(encodeURIComponent(secret), REDACTED);
  }
  return clean
    .replace(ELEMENTS, `<$1>${REDACTED}</$1>`)
    .replace(PARAMETERS, `$1${REDACTED}`)
    .replace(HEADERS, `$1${REDACTED}`)
    .replace(TOKEN_HEADERS, `$1${REDACTED}`)
    .replace(NAMED, `$1${REDACTED}`)
    .replace(KEY_IDS, REDACTED);
}

/** A signature, or what one is made from. */
const HASHES = /\b[0-9a-f]{64}\b/g;

/** As `redact`, for the words of a store, which have no other use for what looks like a signature. */
export function redactAnswer(text: string, secrets: readonly string[] = []): string {
  return redact(text, secrets).replace(HASHES, REDACTED);
}
