import type { DestinationFields } from '../destination/destination.ts';
import { type Failure, isFromStore, NO_PROXY, NO_STORE } from './failure.ts';
import type { FailureKind } from './catalogue.ts';

/** S3's codes, and those of other stores, that mean one thing wherever they come from. */
const BY_CODE: Readonly<Record<string, FailureKind>> = {
  NoSuchBucket: 'no-bucket',
  InvalidBucketName: 'bucket-name',
  PermanentRedirect: 'elsewhere',
  PermanentRedirectControlError: 'elsewhere',
  IllegalLocationConstraintException: 'opt-in-region',
  AuthorizationHeaderMalformed: 'authorization',
  AuthorizationQueryParametersError: 'authorization',
  InvalidRegionName: 'region-name',
  InvalidRegion: 'region-name',
  RegionDisabled: 'region-disabled',
  TemporaryRedirect: 'new-bucket',
  Redirect: 'new-bucket',
  InvalidAccessKeyId: 'unknown-key',
  InvalidClientTokenId: 'unknown-key',
  UnrecognizedClientException: 'unknown-key',
  InvalidSecurity: 'unknown-key',
  SignatureDoesNotMatch: 'wrong-secret',
  ExpiredToken: 'token-expired',
  ExpiredTokenException: 'token-expired',
  TokenRefreshRequired: 'token-expired',
  InvalidToken: 'token-invalid',
  CredentialsProviderError: 'no-credentials',
  MissingSecurityHeader: 'no-credentials',
  MissingAuthenticationToken: 'no-credentials',
  RequestTimeTooSkewed: 'clock',
  RequestInTheFuture: 'clock',
  RequestExpired: 'clock',
  AllAccessDisabled: 'account',
  AccountProblem: 'account',
  NotSignedUp: 'account',
  UserSuspended: 'account',
  InvalidPayer: 'account',
  UserProjectMissing: 'requester-pays',
  AccessControlListNotSupported: 'no-acls',
  ObjectLockConfigurationNotFoundError: 'object-lock',
  InvalidBucketOwnerAWSAccountID: 'owner-id',
  QuotaExceeded: 'quota',
  XMinioStorageFull: 'quota',
  XMinioAdminBucketQuotaExceeded: 'quota',
  StorageCapExceeded: 'quota',
  InsufficientStorage: 'quota',
  SlowDown: 'throttled',
  SlowDownRead: 'throttled',
  SlowDownWrite: 'throttled',
  ServiceUnavailable: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequests: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  BandwidthLimitExceeded: 'throttled',
  Busy: 'throttled',
  InternalError: 'store-fault',
  XMinioServerNotInitialized: 'store-fault',
  PreconditionFailed: 'object-exists',
  ObjectAlreadyInActiveTierError: 'object-exists',
  ConditionalRequestConflict: 'conflict',
  OperationAborted: 'conflict',
  NoSuchUpload: 'upload-gone',
  InvalidPart: 'parts-lost',
  InvalidPartOrder: 'parts-lost',
  EntityTooSmall: 'part-too-small',
  EntityTooLarge: 'too-large',
  MaxMessageLengthExceeded: 'too-large',
  NoSuchKey: 'no-object',
  NoSuchVersion: 'no-object',
  RequestTimeout: 'body-late',
  IncompleteBody: 'body-late',
  BadDigest: 'corrupted',
  InvalidDigest: 'corrupted',
  XAmzContentSHA256Mismatch: 'corrupted',
  XAmzContentChecksumMismatch: 'corrupted',
  KeyTooLongError: 'key-too-long',
  MetadataTooLarge: 'metadata-too-large',
  InvalidStorageClass: 'storage-class',
  InvalidTag: 'tags',
  InvalidEncryptionAlgorithmError: 'encryption',
  ServerSideEncryptionConfigurationNotFoundError: 'encryption',
  MissingContentLength: 'checksums',
  MalformedTrailerError: 'checksums',
  MethodNotAllowed: 'unsupported',
  NotImplemented: 'unsupported',
  UnsupportedOperation: 'unsupported',
  InvalidObjectState: 'archived',
  MalformedXML: 'malformed',
  InvalidURI: 'malformed',
  InvalidHost: 'host-name',
  InvalidHostHeader: 'host-name',
};

const BY_NETWORK: Readonly<Record<string, FailureKind>> = {
  ENOTFOUND: 'unknown-host',
  EAI_AGAIN: 'no-dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  ENETDOWN: 'no-route',
  ECONNRESET: 'cut',
  EPIPE: 'cut',
  ECONNABORTED: 'cut',
  HPE_INVALID_CONSTANT: 'not-http',
  HPE_INVALID_HEADER_TOKEN: 'not-http',
  ETIMEDOUT: 'timeout',
  ESOCKETTIMEDOUT: 'timeout',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-of-other',
};

/** Says what a failed request is a case of; the text for it is in the catalogue. */
export function classify(failure: Failure, destination: DestinationFields, action: string): FailureKind {
  const { network, status } = failure;
  if (network !== undefined) return byNetwork(network, failure, destination);
  if (!isFromStore(failure) && status !== undefined) {
    const kind = byPage(failure, destination, action);
    if (kind !== undefined) return kind;
  }
  return byAnswer(failure, destination, action);
}

function byNetwork(network: string, failure: Failure, destination: DestinationFields): FailureKind {
  const known = BY_NETWORK[network];
  if (network === NO_PROXY || isOfProxy(failure, destination)) return 'no-proxy';
  if (known === 'unknown-host' && inHostName(failure, destination)) return 'bucket-in-host-name';
  if (known !== undefined) return known;
  if (network.startsWith('HPE_')) return 'not-http';
  if (network === 'EPROTO' || network.startsWith('ERR_SSL')) return 'no-tls';
  if (/^(ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO)|SELF_SIGNED/.test(network)) return 'certificate-untrusted';
  return network.startsWith('E') ? 'no-connection' : 'other';
}

/** Whether the name that is unknown has the bucket in front, which an endpoint of one's own need not know. */
function inHostName({ host }: Failure, { bucket, endpoint, forcePathStyle }: DestinationFields): boolean {
  return endpoint !== undefined && !forcePathStyle && host?.startsWith(`${bucket}.`) === true;
}

/** Whether what could not be found or reached is not the store, so that it is a proxy on the way there. */
function isOfProxy({ host, port, network }: Failure, { endpoint }: DestinationFields): boolean {
  const there = endpoint === undefined ? undefined : new URL(endpoint);
  if (network === 'ENOTFOUND' && host !== undefined) {
    return there === undefined
      ? !/aws|\bs3\b/.test(host)
      : host !== there.hostname && !host.endsWith(`.${there.hostname}`);
  }
  if (network !== 'ECONNREFUSED' || port === undefined) return false;
  const usual = there?.protocol === 'http:' ? 80 : 443;
  return port !== (Number(there?.port ?? '') || usual);
}

/** What has answered is no store, or one that says nothing: HEAD has no body. */
function byPage(failure: Failure, { endpoint }: DestinationFields, action: string): FailureKind | undefined {
  const { status = 0, headers, page, code } = failure;
  if (status === 407) return 'proxy-sign-in';
  if (status === 511) return 'portal';
  if (status === 400 && /plain HTTP request|HTTP request to an HTTPS/i.test(page ?? '')) return 'http-to-https';
  if (status === 413) return 'body-limit';
  if (status === 408) return 'body-late';
  if (isOfGateway(status)) return 'gateway';
  if (status === 503 || status === 429) return 'throttled';
  if (code === NO_STORE || (page !== undefined && status < 300))
    return endpoint === undefined ? 'portal' : 'web-server';
  const { location } = headers;
  if (status >= 300 && status < 400 && location !== undefined && !/amazonaws|\.s3[.-]/.test(location)) {
    // Ceph says no more than this of a bucket in another region.
    if (page === undefined && isWithin(location, endpoint)) return undefined;
    return endpoint === undefined || !isWithin(location, endpoint) ? 'portal' : 'web-server';
  }
  if (page === undefined) return undefined;
  // A firewall may put a page of its own in the place of a refusal.
  if (status === 403 && endpoint === undefined) return 'portal';
  return action === 'look at' && page === '' && !headers['content-type']?.includes('html') ? undefined : 'web-server';
}

/** Those above 520 are Cloudflare's. */
function isOfGateway(status: number): boolean {
  return status === 502 || status === 504 || (status >= 520 && status <= 530);
}

function isWithin(location: string, endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(location, endpoint)) return false;
  const here = new URL(endpoint).hostname;
  const there = new URL(location, endpoint).hostname;
  return there === here || there.endsWith(`.${here}`) || isAddress(there);
}

function isAddress(host: string): boolean {
  return /^\d+(\.\d+){3}$/.test(host);
}

function byAnswer(failure: Failure, destination: DestinationFields, action: string): FailureKind {
  const { code, status, region, message } = failure;
  if (region !== undefined && region !== destination.region && isRegional(failure)) return 'wrong-region';
  if (code.startsWith('KMS.') || code === 'KMSInvalidStateException') return 'kms-key';
  const kind = special(failure, destination) ?? BY_CODE[code];
  if (kind !== undefined) return kind;
  if (status === 301 || status === 302 || status === 308) return 'elsewhere';
  if (status === 307) return 'new-bucket';
  if (status === 404) return action === 'look at' ? 'no-bucket' : 'no-object';
  if (status === 401) return 'unknown-key';
  if (status === 403 || code === 'AccessDenied') return denied(failure, destination, action);
  if (status === 412) return 'object-exists';
  if (status === 409) return 'conflict';
  if (status === 405 || status === 501) return 'unsupported';
  if (status === 411) return 'checksums';
  if (status === 507) return 'quota';
  if (status === 429 || status === 503) return 'throttled';
  if (status !== undefined && isOfGateway(status)) return 'gateway';
  if (status === 413) return 'body-limit';
  if (status === 408) return 'body-late';
  if (status !== undefined && status >= 500) return 'store-fault';
  if (code === 'InvalidArgument' || code === 'InvalidRequest' || status === 400) {
    // A HEAD that is refused for the region or the token has nothing but this status.
    return code === '' && message === '' ? 'bad-request' : 'invalid';
  }
  return 'other';
}

function isRegional({ code, status }: Failure): boolean {
  return (
    ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'].includes(code) ||
    (code !== 'TemporaryRedirect' && status === 307) ||
    status === 301 ||
    status === 302 ||
    status === 400
  );
}

/** What has one code and several meanings, of which the rest of the answer tells one. */
function special({ code, message }: Failure, { options }: DestinationFields): FailureKind | undefined {
  if (code === 'InternalError') return 'store-fault';
  if (/checksum|trailer|STREAMING-|x-amz-sdk-|aws-chunked/i.test(message) && !/match|differ/i.test(message)) {
    if (['InvalidRequest', 'InvalidArgument', 'NotImplemented', 'UnsupportedHeader'].includes(code)) {
      return message.includes('is required') ? 'checksum-required' : 'checksums';
    }
  }
  if (code === 'InvalidArgument' && /access key|credential/i.test(message)) return 'unknown-key';
  if (code === 'InvalidRequest' && /ObjectLock|Object Lock/i.test(message)) return 'object-lock';
  if (code === 'InvalidRequest' && /path.style|virtual.host/i.test(message)) return 'host-name';
  if (code === 'InvalidArgument' && options?.kmsKeyId !== undefined && /KMS|encryption/i.test(message))
    return 'kms-key';
  return undefined;
}

function denied(failure: Failure, { options }: DestinationFields, action: string): FailureKind {
  const { message, denial } = failure;
  if (denial.permission?.startsWith('kms:') === true) return 'kms-denied';
  if (action === 'abort uploads') return 'abort-denied';
  if (/object lock|WORM protected|retention/i.test(message)) return 'object-lock';
  if (/requester.pays/i.test(message)) return 'requester-pays';
  if (/BlockPublic|public access|public ACL/i.test(message)) return 'public-access';
  if (/cap exceeded|quota/i.test(message)) return 'quota';
  if (denial.explicit) return 'explicit-deny';
  if (denial.permission !== undefined) return 'denied-by-policy';
  if (/has expired/i.test(message)) return 'clock';
  // The answer is the same as any other refusal; AWS gives no reason for this one.
  if (options?.expectedBucketOwner !== undefined) return 'maybe-other-owner';
  return 'denied';
}
