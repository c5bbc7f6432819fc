import { BlockList, isIP } from 'node:net';

/** One statement of an IAM or bucket policy, as AWS writes it in JSON. */
export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  /** Bucket policies only. */
  Principal?: '*' | { AWS: string | string[] };
  NotPrincipal?: { AWS: string | string[] };
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, string | number | boolean | (string | number | boolean)[]>>;
}

export interface Policy {
  Version?: string;
  Id?: string;
  Statement: Statement | Statement[];
}

/** Someone who signs requests. A user with two access keys is two entries with one `arn`. */
export interface User {
  name: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Makes the credentials temporary ones: requests have to carry the token. */
  sessionToken?: string;
  /** When temporary credentials end. */
  expires?: Date;
  /** Twelve digits; the server's own account if not given. */
  account?: string;
  /** Default: `arn:aws:iam::ACCOUNT:user/NAME`. */
  arn?: string;
  /** What the user may do. None: nothing but what bucket policies allow. */
  policy?: Policy;
  /** Where given, these limit what `policy` and the bucket's policy allow. */
  boundary?: Policy;
  serviceControlPolicy?: Policy;
  sessionPolicy?: Policy;
}

/** What is asked for, and the values that conditions and policy variables look at. */
export interface AccessQuestion {
  action: string;
  /** ARN of the bucket, object or KMS key. */
  resource: string;
  /** Undefined for a request without a signature. */
  principal: { arn: string; account: string } | undefined;
  /** Value of a condition key (lower case), undefined if the request does not have it. */
  condition: (key: string) => string | undefined;
}

export interface Policies {
  user: Pick<User, 'policy' | 'boundary' | 'serviceControlPolicy' | 'sessionPolicy'> | undefined;
  bucket: Policy | undefined;
  bucketOwner: string | undefined;
}

/** Why not: the end of the sentence that AWS writes after the resource. */
export type Denial = string;

const LIMITS = [
  ['serviceControlPolicy', 'a service control policy', 'no service control policy allows'],
  ['boundary', 'a permissions boundary', 'no permissions boundary allows'],
  ['sessionPolicy', 'a session policy', 'no session policy allows'],
] as const;

/**
 * Decides as AWS does: an explicit deny anywhere wins; limiting policies must allow; then, within an account, the user's
 * policy or the bucket's has to allow; across accounts both have to.
 * @returns undefined if allowed
 */
export function decide(question: AccessQuestion, policies: Policies): Denial | undefined {
  const { action, principal } = question;
  const { user, bucket } = policies;
  if (some('Deny', bucket, question, true)) return 'with an explicit deny in a resource-based policy';
  if (some('Deny', user?.policy, question)) return 'with an explicit deny in an identity-based policy';
  for (const [kind, name] of LIMITS) {
    if (some('Deny', user?.[kind], question)) return `with an explicit deny in ${name}`;
  }
  for (const [kind, , phrase] of LIMITS) {
    if (user?.[kind] && !some('Allow', user[kind], question)) return `because ${phrase} the ${action} action`;
  }
  const byUser = some('Allow', user?.policy, question);
  const byBucket = some('Allow', bucket, question, true);
  const foreign = principal && policies.bucketOwner && principal.account !== policies.bucketOwner;
  if (foreign ? byUser && byBucket : byUser || byBucket) return undefined;
  const lacking = foreign && byUser ? 'resource-based' : 'identity-based';
  return `because no ${lacking} policy allows the ${action} action`;
}

/** `*` and `?` as in policies and fault rules. */
export function globMatches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

export function listOf<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function some(
  effect: 'Allow' | 'Deny',
  policy: Policy | undefined,
  question: AccessQuestion,
  ofBucket = false,
): boolean {
  return listOf(policy?.Statement).some(
    (statement) =>
      statement.Effect === effect &&
      (!ofBucket || principalMatches(statement, question)) &&
      actionMatches(statement, question.action) &&
      resourceMatches(statement, question) &&
      Object.entries(statement.Condition ?? {}).every(([operator, keys]) => conditionHolds(operator, keys, question)),
  );
}

function principalMatches(statement: Statement, { principal }: AccessQuestion): boolean {
  const covers = (name: string) => {
    if (name === '*' || name === principal?.arn) return true;
    const wholeAccount = name === principal?.account || name === `arn:aws:iam::${principal?.account ?? '-'}:root`;
    // Naming the account delegates to its own policies, so it allows nobody there by itself; a deny reaches all of them.
    return wholeAccount && statement.Effect === 'Deny';
  };
  if (statement.NotPrincipal) return !listOf(statement.NotPrincipal.AWS).some(covers);
  const names = statement.Principal === '*' ? ['*'] : listOf(statement.Principal?.AWS);
  return names.some(covers);
}

function actionMatches(statement: Statement, action: string): boolean {
  const covers = (pattern: string) => globMatches(pattern.toLowerCase(), action.toLowerCase());
  return statement.NotAction ? !listOf(statement.NotAction).some(covers) : listOf(statement.Action).some(covers);
}

function resourceMatches(statement: Statement, question: AccessQuestion): boolean {
  const covers = (pattern: string) => globMatches(fillIn(pattern, question), question.resource);
  return statement.NotResource ? !listOf(statement.NotResource).some(covers) : listOf(statement.Resource).some(covers);
}

function fillIn(pattern: string, { condition }: AccessQuestion): string {
  return pattern.replace(/\$\{([\w:/-]+)\}/g, (whole, key: string) => condition(key.toLowerCase()) ?? whole);
}

type Comparison = (actual: string, wanted: string) => boolean;

const number =
  (compare: (a: number, b: number) => boolean): Comparison =>
  (a, b) =>
    compare(Number(a), Number(b));

const COMPARISONS: Record<string, Comparison> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => globMatches(wanted, actual),
  ArnEquals: (actual, wanted) => globMatches(wanted, actual),
  ArnLike: (actual, wanted) => globMatches(wanted, actual),
  Bool: (actual, wanted) => actual === wanted,
  IpAddress: inSubnet,
  NumericEquals: number((a, b) => a === b),
  NumericLessThan: number((a, b) => a < b),
  NumericLessThanEquals: number((a, b) => a <= b),
  NumericGreaterThan: number((a, b) => a > b),
  NumericGreaterThanEquals: number((a, b) => a >= b),
};
const NEGATIONS: Record<string, string> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NotIpAddress: 'IpAddress',
  NumericNotEquals: 'NumericEquals',
};

/** Whether a policy may use the operator; `…IfExists` is one too. */
export function isConditionOperator(operator: string): boolean {
  const name = operator.replace(/IfExists$/, '');
  return name === 'Null' || name in COMPARISONS || name in NEGATIONS;
}

function conditionHolds(
  operator: string,
  keys: NonNullable<Statement['Condition']>[string],
  q: AccessQuestion,
): boolean {
  const name = operator.replace(/IfExists$/, '');
  return Object.entries(keys).every(([key, values]) => {
    const actual = q.condition(key.toLowerCase());
    const wanted = listOf(values).map((value) => fillIn(String(value), q));
    if (name === 'Null') return wanted.includes(String(actual === undefined));
    const negated = NEGATIONS[name];
    // An absent key fails a positive comparison and satisfies a negated one.
    if (actual === undefined) return operator !== name || negated !== undefined;
    const compare = COMPARISONS[negated ?? name]!;
    return wanted.some((value) => compare(actual, value)) !== (negated !== undefined);
  });
}

function inSubnet(actual: string, wanted: string): boolean {
  const [network = '', bits] = wanted.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  return list.check(actual, isIP(actual) === 6 ? 'ipv6' : 'ipv4');
}
