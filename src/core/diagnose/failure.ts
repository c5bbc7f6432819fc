import { saidBy } from './saidBy.ts';

/** What is read of an error of the SDK; all of it may be missing. */
interface SdkError {
  name?: string;
  message?: string;
  /** S3's code where the SDK has another name for it, or Node's code of a network error. */
  Code?: string;
  code?: string;
  Region?: string;
  Endpoint?: string;
  Details?: string;
  ArgumentName?: string;
  ArgumentValue?: string;
  Header?: string;
  hostname?: string;
  host?: string;
  /** To which no connection could be made. */
  port?: number;
  errors?: unknown[];
  cause?: unknown;
  $metadata?: { httpStatusCode?: number; requestId?: string; extendedRequestId?: string };
  $response?: { statusCode?: number; headers?: Record<string, string> };
  /** Of an answer that is no XML. */
  $responseBodyText?: string;
}

/** What a refusal says about the policy behind it. */
export interface Denial {
  /** The IAM action, `s3:PutObject`. */
  permission?: string;
  /** ARN of whoever asked. */
  principal?: string;
  /** ARN of what was asked for. */
  resource?: string;
  /** A statement says no, rather than none saying yes. */
  explicit: boolean;
  /** The kind of policy, in AWS's words: `service control policy`. */
  policy?: string;
}

/** A failed request, as far as it can be told from the SDK's error. */
export interface Failure {
  /** S3's code; empty where the answer had none, as those to HEAD. */
  code: string;
  /** Node's code where there was no answer: `ECONNREFUSED`. */
  network?: string;
  /** The host that was asked for its address. */
  host?: string;
  /** The port to which no connection could be made: the store's, or a proxy's. */
  port?: number;
  status?: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** S3's words in one line, without a full stop; empty where there are none. */
  message: string;
  /** The body of an answer that is no XML. */
  page?: string;
  /** The region that the answer names as the bucket's. */
  region?: string;
  endpoint?: string;
  requestId?: string;
  extendedRequestId?: string;
  denial: Denial;
}

/** What stands for a code of Node's where the editor could not reach its proxy. */
export const NO_PROXY = 'no connection to the proxy';

/** The name of the error that says: the answer is none of a store. */
export const NO_STORE = 'WebPage';

/** Headers that only stores send: Amazon's, and Google's. */
const STORE_HEADER = /^(x-amz-|x-goog-|x-guploader-|x-rgw-|x-minio-)/;

/** Reads an error of the SDK, or of whatever else was thrown. Never throws. */
export function readFailure(error: unknown): Failure {
  const e = withTexts(typeof error === 'object' && error !== null ? error : {});
  const status = e.$metadata?.httpStatusCode ?? e.$response?.statusCode;
  const headers = Object.fromEntries(
    Object.entries(e.$response?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const network = status === undefined ? networkCode(e) : undefined;
  const page = e.$responseBodyText ?? (headers['content-type']?.includes('html') === true ? '' : undefined);
  const message = page === undefined ? wordsOf(e) : '';
  const region =
    headers['x-amz-bucket-region'] ?? e.Region ?? regionIn(e.Endpoint) ?? regionInWords(codeOf(e), message);
  const requestId = e.$metadata?.requestId ?? headers['x-amz-request-id'];
  const extended = e.$metadata?.extendedRequestId ?? headers['x-amz-id-2'];
  return {
    code: network === undefined ? codeOf(e) : '',
    headers,
    message,
    denial: denialIn(`${message} ${e.Details ?? ''}`),
    ...(network === undefined ? {} : { network }),
    ...defined('host', e.hostname ?? e.host),
    ...defined('port', network === undefined ? undefined : portOf(e)),
    ...defined('status', status),
    ...(page === undefined ? {} : { page }),
    ...defined('region', region),
    ...defined('endpoint', e.Endpoint),
    ...defined('requestId', requestId),
    ...defined('extendedRequestId', extended),
  };
}

/** What is read as text of an error, as text: an element that is there twice is a list, and one with others within an object. */
function withTexts(e: SdkError): SdkError {
  const { name, message, Code, Region, Endpoint, Details } = e;
  const texts = Object.entries({ name, message, Code, Region, Endpoint, Details }).filter(
    ([, value]: [string, unknown]) => value !== undefined && typeof value !== 'string',
  );
  if (texts.length === 0) return e;
  const asText = (value: unknown): string => (Array.isArray(value) ? value.map(asText).join(' ') : String(value));
  const plain = texts.map(([key, value]: [string, unknown]) => [key, isObject(value) ? '' : asText(value)]);
  return Object.create(e, Object.getOwnPropertyDescriptors(Object.fromEntries(plain))) as SdkError;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a store has answered, rather than a web server, a proxy or a portal in between. */
export function isFromStore({ code, headers, page }: Pick<Failure, 'code' | 'headers' | 'page'>): boolean {
  if (Object.keys(headers).some((name) => STORE_HEADER.test(name))) return true;
  return page === undefined && code !== '' && code !== NO_STORE;
}

function codeOf(e: SdkError): string {
  const code = e.Code ?? e.name ?? '';
  // What the SDK and JavaScript call errors that have no code of S3's. A status may stand in its place, too.
  return ['Unknown', 'UnknownError', 'NotFound', 'Error', 'TypeError', 'SyntaxError', 'S3ServiceException'].includes(
    code,
  ) || /^\d+$/.test(code)
    ? ''
    : code;
}

function networkCode(e: SdkError): string | undefined {
  if (e.code !== undefined && /^[A-Z][A-Z0-9_]+$/.test(e.code)) return e.code;
  for (const inner of [...(e.errors ?? []), e.cause]) {
    const code = typeof inner === 'object' && inner !== null ? networkCode(inner) : undefined;
    if (code !== undefined) return code;
  }
  if (e.name === 'TimeoutError' || e.name === 'AbortError') return 'ETIMEDOUT';
  // The editor's words, which come without a code, also where its proxy is a host that nobody knows.
  return e.message?.includes('socket connection to proxies') === true ? NO_PROXY : undefined;
}

function portOf({ port, errors = [], cause }: SdkError): number | undefined {
  if (port !== undefined) return port;
  const inner = [...errors, cause].find((one) => typeof one === 'object' && one !== null);
  return inner === undefined ? undefined : portOf(inner);
}

function wordsOf({ message = '', Details }: SdkError): string {
  const own = message === 'UnknownError' ? '' : message;
  // Google says in another element what is missing.
  const text = Details === undefined || Details === '' ? own : `${own.replace(/\.$/, '')}: ${Details}`;
  return saidBy(text).replace(/\.$/, '');
}

function regionIn(endpoint: string | undefined): string | undefined {
  return /(?:^|\.)s3[.-](?:fips[.-])?(?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/.exec(
    endpoint ?? '',
  )?.[1];
}

/** These two name the region in their sentence, and not always elsewhere. */
function regionInWords(code: string, message: string): string | undefined {
  if (code === 'AuthorizationHeaderMalformed') return /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
  if (code === 'IllegalLocationConstraintException') return /The (\S+-\d) location constraint/.exec(message)?.[1];
  return undefined;
}

function denialIn(words: string): Denial {
  const who = /([^\s]+) is not authorized to perform: ([\w-]+:[\w*]+)(?: on resource:? "?([^\s"]+)"?)?/.exec(words);
  // Google's form.
  const google = /(\S+) does not have (storage\.[\w.]+) access/.exec(words);
  const explicit = /explicit deny/i.test(words);
  const policy =
    /explicit deny in (?:an? |the )?([A-Za-z -]+?(?:policy|boundary))/i.exec(words)?.[1] ??
    /because no ([A-Za-z -]+?(?:policy|boundary)) allows/i.exec(words)?.[1];
  return {
    explicit,
    ...defined('principal', who?.[1] ?? google?.[1]),
    ...defined('permission', who?.[2] ?? google?.[2]),
    ...defined('resource', who?.[3]),
    ...defined('policy', policy),
  };
}

function defined<K extends string, V>(name: K, value: V | undefined): Record<K, V> | object {
  return value === undefined || value === '' ? {} : { [name]: value };
}
