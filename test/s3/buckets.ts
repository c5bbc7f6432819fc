import { authorize, openBucket } from './access.ts';
import { receiveText } from './body.ts';
import { accessDenied, malformedXml, S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { isConditionOperator, listOf, type Policy, type Statement } from './policy.ts';
import { childText, document, parseXml } from './xml.ts';

export function listBuckets(x: Exchange): void {
  const { principal } = x;
  if (!principal) throw accessDenied();
  authorize(x, 's3:ListAllMyBuckets', undefined, '*');
  const own = [...x.service.storage.buckets.values()].filter(({ settings }) => settings.owner === principal.account);
  x.sendXml('ListAllMyBucketsResult', {
    Owner: { ID: canonicalId(principal.account) },
    Buckets: {
      Bucket: own
        .map(({ settings }) => ({ Name: settings.name, CreationDate: settings.created, BucketRegion: settings.region }))
        .sort((a, b) => (a.Name < b.Name ? -1 : 1)),
    },
  });
}

export async function createBucket(x: Exchange): Promise<void> {
  const { principal, bucketName } = x;
  if (!principal) throw accessDenied();
  if (!/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucketName)) {
    throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.', { BucketName: bucketName });
  }
  authorize(x, 's3:CreateBucket');
  const region = regionFor(x.identity!.region, await receiveText(x));
  const existing = x.service.storage.buckets.get(bucketName)?.settings;
  if (existing && existing.owner !== principal.account) {
    const message =
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.';
    throw new S3Error(409, 'BucketAlreadyExists', message, { BucketName: bucketName });
  }
  // us-east-1 alone lets an owner create a bucket again.
  if (existing && !(existing.region === 'us-east-1' && region === 'us-east-1')) {
    const message = 'Your previous request to create the named bucket succeeded and you already own it.';
    throw new S3Error(409, 'BucketAlreadyOwnedByYou', message, { BucketName: bucketName });
  }
  if (!existing) {
    const created = new Date().toISOString();
    x.service.storage.create({ name: bucketName, region, owner: principal.account, created });
  }
  x.setHeader('location', `/${bucketName}`);
  x.send(200);
}

function regionFor(endpointRegion: string, body: string): string {
  const constraint = body ? childText(parseXml(body), 'LocationConstraint') : undefined;
  if (endpointRegion === 'us-east-1') {
    if (constraint === undefined) return endpointRegion;
    if (constraint === 'EU') return 'eu-west-1';
    if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(constraint) && constraint !== 'us-east-1') return constraint;
    const message = 'The specified location-constraint is not valid';
    throw new S3Error(400, 'InvalidLocationConstraint', message, { LocationConstraint: constraint });
  }
  if (constraint === endpointRegion) return endpointRegion;
  const message = `The ${constraint ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`;
  throw new S3Error(400, 'IllegalLocationConstraintException', message);
}

export function headBucket(x: Exchange): void {
  openBucket(x);
  authorize(x, 's3:ListBucket');
  x.send(200);
}

export function deleteBucket(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:DeleteBucket');
  if (bucket.versions.size > 0) {
    const message = 'The bucket you tried to delete is not empty';
    throw new S3Error(409, 'BucketNotEmpty', message, { BucketName: x.bucketName });
  }
  x.service.storage.destroy(x.bucketName);
  x.send(204);
}

export function getBucketLocation(x: Exchange): void {
  const { region } = openBucket(x, true).settings;
  authorize(x, 's3:GetBucketLocation');
  x.send(200, document('LocationConstraint', region === 'us-east-1' ? '' : region));
}

export async function putBucketPolicy(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  authorize(x, 's3:PutBucketPolicy');
  bucket.settings.policy = readPolicy(x, await receiveText(x));
  bucket.saveSettings();
  x.send(204);
}

export function getBucketPolicy(x: Exchange): void {
  const { policy } = openBucket(x).settings;
  authorize(x, 's3:GetBucketPolicy');
  if (!policy) {
    const message = 'The bucket policy does not exist';
    throw new S3Error(404, 'NoSuchBucketPolicy', message, { BucketName: x.bucketName });
  }
  x.send(200, JSON.stringify(policy), 'application/json');
}

export function deleteBucketPolicy(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:DeleteBucketPolicy');
  delete bucket.settings.policy;
  bucket.saveSettings();
  x.send(204);
}

export async function putBucketVersioning(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  authorize(x, 's3:PutBucketVersioning');
  const status = childText(parseXml(await receiveText(x)), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw malformedXml();
  bucket.settings.versioning = status;
  bucket.saveSettings();
  x.send(200);
}

export function getBucketVersioning(x: Exchange): void {
  const { versioning } = openBucket(x).settings;
  authorize(x, 's3:GetBucketVersioning');
  x.sendXml('VersioningConfiguration', { Status: versioning });
}

/** The 64 hex digits that stand for an account in listings. */
export function canonicalId(account: string): string {
  return Buffer.from(account.padEnd(32, '.')).toString('hex');
}

function readPolicy(x: Exchange, text: string): Policy {
  if (!text.startsWith('{')) throw malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  let policy: Partial<Policy>;
  try {
    policy = JSON.parse(text) as Partial<Policy>;
  } catch {
    throw malformedPolicy('This policy contains invalid Json');
  }
  if (policy.Statement === undefined) throw malformedPolicy('Missing required field Statement');
  for (const statement of listOf(policy.Statement)) checkStatement(x, statement);
  return policy as Policy;
}

function checkStatement(x: Exchange, statement: Partial<Statement>): void {
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw malformedPolicy(`Invalid effect: ${String(statement.Effect)}`);
  }
  if (!statement.Action && !statement.NotAction) throw malformedPolicy('Missing required field Action');
  if (!statement.Principal && !statement.NotPrincipal) throw malformedPolicy('Missing required field Principal');
  const resources = [...listOf(statement.Resource), ...listOf(statement.NotResource)];
  if (!resources.length) throw malformedPolicy('Missing required field Resource');
  const arn = `arn:aws:s3:::${x.bucketName}`;
  if (!resources.every((resource) => resource === arn || resource.startsWith(`${arn}/`) || resource === `${arn}*`)) {
    throw malformedPolicy('Policy has invalid resource');
  }
  const { Principal } = statement;
  const principals = Principal === '*' ? [] : [...listOf(Principal?.AWS), ...listOf(statement.NotPrincipal?.AWS)];
  if (!principals.every((principal) => isPrincipal(x, principal))) throw malformedPolicy('Invalid principal in policy');
  for (const operator of Object.keys(statement.Condition ?? {})) {
    if (!isConditionOperator(operator)) throw malformedPolicy(`Invalid Condition type : ${operator}`);
  }
}

function isPrincipal(x: Exchange, name: string): boolean {
  if (name === '*' || /^\d{12}$/.test(name) || /^arn:aws:iam::\d{12}:(root|role\/.+)$/.test(name)) return true;
  const users = [...x.service.accounts.values()];
  return users.some(
    (user) => name === (user.arn ?? `arn:aws:iam::${user.account ?? x.service.account}:user/${user.name}`),
  );
}

function malformedPolicy(message: string): S3Error {
  return new S3Error(400, 'MalformedPolicy', message);
}
